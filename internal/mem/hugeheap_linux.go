package mem

import (
	"iter"
	"runtime/debug"
	"syscall"
	"unsafe"
)

const (
	// hugeStack is the part of a stack of 64 MB that is advised.
	hugeStack = 60 << 20
	// hugeStackLimit is more than such a stack takes.
	hugeStackLimit = 256 << 20
)

// hugeHeap asks the system for huge pages under the next 60 MB of the Go heap, of which nothing is touched yet. A page fault for every 4 KB took a sixth
// of the processor time of queries that run for a tenth of a second.
//
// The heap's next memory is found by needing it for a moment: a coroutine gets a stack of 64 MB, touches only its ends, and gives it back to the heap when
// it ends, at once unless a collection runs. A runtime that kept the stack for longer would cost address space and no memory.
func hugeHeap() {
	defer debug.SetMaxStack(debug.SetMaxStack(hugeStackLimit))
	next, stop := iter.Pull(func(func(struct{}) bool) { adviseStack(false) })
	next()
	stop()
}

// adviseStack has room on its stack for the result of a function that it never calls.
//
//go:noinline
func adviseStack(call bool) {
	var top byte
	if call {
		wide()
	}
	low := unsafe.Add(unsafe.Pointer(&top), -hugeStack)
	up := -uintptr(low) & (hugePage - 1)
	// Where the system has no huge pages the memory is as good, only dearer.
	_ = syscall.Madvise(unsafe.Slice((*byte)(unsafe.Add(low, up)), (hugeStack-up)&^(hugePage-1)), syscall.MADV_HUGEPAGE)
}

//go:noinline
func wide() (result [hugeStack]byte) { return result }
