package mem

import (
	"fmt"
	"syscall"
	"unsafe"
)

// mapRegion maps size bytes, a multiple of hugePage, on a huge-page boundary. The
// kernel commits them page by page as they are touched.
func mapRegion(size int) (region, error) {
	raw, err := syscall.Mmap(-1, 0, size+hugePage, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_PRIVATE|syscall.MAP_ANON|syscall.MAP_NORESERVE)
	if err != nil {
		return region{}, fmt.Errorf("mapping %s of memory: %w", FormatBytes(int64(size)), err)
	}
	off := -uintptr(unsafe.Pointer(unsafe.SliceData(raw))) & (hugePage - 1)
	data := raw[off : int(off)+size : int(off)+size]
	// Without huge pages it is merely slower, so a refusal does not matter.
	_ = syscall.Madvise(data, syscall.MADV_HUGEPAGE)
	return region{raw: raw, data: data}, nil
}

// unmap gives the memory back to the system.
func unmap(g region) {
	// It fails only for a region that was never mapped, which put rules out.
	_ = syscall.Munmap(g.raw)
}
