// Package testkit is the test machinery that several packages share: random plans over random data, and the comparison of the engine with
// internal/refimpl.
//
// What lives here: generators and comparisons. What does not: tests of single packages. Who may import it: tests only.
package testkit
