//go:build !linux

package mem

// hugeHeap does nothing: other systems choose the size of pages themselves.
func hugeHeap() {}
