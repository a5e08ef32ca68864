//go:build race

package op

// raced says that the race detector watches. It makes everything ten times as slow, and runs of one worker, whose rows the plain tests check, have
// nothing to show it.
const raced = true
