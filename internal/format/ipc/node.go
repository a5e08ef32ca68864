package ipc

import (
	"github.com/siksik-data/siksik/dtype"
)

// layout is how an array lies in the body of a record batch.
type layout uint8

const (
	layNull        layout = iota // no buffers
	layBits                      // validity, bits
	layFixed                     // validity, values of width bytes
	layBinary                    // validity, offsets of width bytes, bytes
	layView                      // validity, views, any number of buffers of bytes
	layFixedBinary               // validity, strings of width bytes each
	layList                      // validity, offsets of width bytes; one kid
	layListView                  // validity, offsets and sizes of width bytes; one kid
	layArray                     // validity; one kid
	layStruct                    // validity; a kid for each field
	layDict                      // validity, codes of width bytes
)

// buffers is how many buffers an array of the layout has; views have more, as the message counts.
func (l layout) buffers() int {
	switch l {
	case layNull:
		return 0
	case layArray, layStruct:
		return 1
	case layBinary, layListView:
		return 3
	default:
		return 2
	}
}

// conv says how stored values of fixed width become ours.
type conv uint8

const (
	convNone         conv = iota // the layouts agree
	convHalf                     // 16-bit floats to 32 bits
	convDays                     // milliseconds to days, which must be whole
	convScale                    // 32-bit times to microseconds
	convTimeNano                 // nanoseconds to microseconds, which must be whole
	convMonths                   // months to an interval
	convDayTime                  // days and milliseconds to an interval
	convMonthDayNano             // months, days and nanoseconds to an interval
	convDecimal                  // a decimal to another width, which it must fit
	convUUID                     // 16 bytes in order to our swapped form
)

// node describes an array of the schema: a column, or a part of one.
type node struct {
	path  string // for messages: the column, and the parts of it
	typ   dtype.Type
	lay   layout
	width int
	conv  conv
	by    int64 // what convScale multiplies with
	text  bool  // strings must be UTF-8
	sign  bool  // codes are signed
	dict  *dictionary
	enum  bool // codes are looked up in the enum's values
	kids  []*node
}

// dictionary describes the values that one or more columns have codes for. Its content belongs to a scan.
type dictionary struct {
	id     int64
	values *node
}

// schema is the schema of a file as its messages follow it.
type schema struct {
	cols  []*node
	typed dtype.Schema
	dicts map[int64]*dictionary
}
