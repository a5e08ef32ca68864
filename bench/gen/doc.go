// Package gen makes the data sets that benchmarks, demonstrations, examples and tests run on: logs of the main job and
// their users, endpoint logs, clickstreams and brands.
//
// What lives here: generators whose output depends on their arguments and seed alone, byte for byte, whatever the
// machine and the number of goroutines (compressed files may differ between Go versions, their content does not).
//
// What does not: anything that reads data, and the conversion to formats other than the one a generator writes.
//
// Who may import me: the bench module, examples, and tests.
package gen
