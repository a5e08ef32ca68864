//go:build !linux

package mem

// offHeap says that regions lie in the Go heap.
const offHeap = false

// mapRegion takes the memory from the Go heap.
func mapRegion(size int) (region, error) {
	b := asBytes(make([]uint64, size/8))
	return region{raw: b, data: b}, nil
}

// unmap leaves the memory to the garbage collector.
func unmap(region) {}
