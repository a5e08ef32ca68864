//go:build !linux

package mem

// populate writes to every page of b.
func populate(b []byte) { store(b) }
