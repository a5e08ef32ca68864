package mem

import (
	"syscall"
	"unsafe"
)

// madvPopulateWrite is MADV_POPULATE_WRITE, of Linux 5.14 and later.
const madvPopulateWrite = 23

// populate asks for all pages of b at once, or writes to each where the system does not know how.
func populate(b []byte) {
	skip := -uintptr(unsafe.Pointer(unsafe.SliceData(b))) & (pageSize - 1)
	if whole := b[skip:][:(len(b)-int(skip))&^(pageSize-1)]; syscall.Madvise(whole, madvPopulateWrite) != nil {
		store(b)
	}
}
