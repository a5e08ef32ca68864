package compute

import (
	"unsafe"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/kern"
)

// The types of data and kern have the same layout, which layout_test checks; these are the only places that rely on it.

// views returns the string views of a Flat column.
func views(c *data.Column) []kern.View { return kernViews(data.Slice[data.View](c)) }

func kernViews(v []data.View) []kern.View {
	return unsafe.Slice((*kern.View)(unsafe.Pointer(unsafe.SliceData(v))), len(v))
}

// wide returns the 128-bit integers of a Flat column.
func wide(c *data.Column) []kern.I128 { return kernWide(data.Slice[data.Int128](c)) }

func kernWide(v []data.Int128) []kern.I128 {
	return unsafe.Slice((*kern.I128)(unsafe.Pointer(unsafe.SliceData(v))), len(v))
}

// unsignedRows reads row numbers in which -1 is no row as kern reads them.
func unsignedRows(rows []int32) []uint32 {
	return unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(rows))), len(rows))
}

// signedWide is the inverse of kernWide.
func signedWide(v []kern.I128) []data.Int128 {
	return unsafe.Slice((*data.Int128)(unsafe.Pointer(unsafe.SliceData(v))), len(v))
}
