//go:build !race

package op

// raced says that the race detector watches.
const raced = false
