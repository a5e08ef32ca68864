// Package dataset keeps the benchmark's data directory and the peers' virtual environment.
//
// What lives here: which files there are, how each is made, whether one is still fresh, and the installation of the
// pinned peers.
//
// What does not: generators (gen) and anything that is measured.
//
// Who may import me: the bench module.
package dataset
