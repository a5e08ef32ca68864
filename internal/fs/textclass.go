package fs

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// TextClass tells dates (YYYY-MM-DD), times (HH:MM:SS) and timestamps (both, with T or a space) from other text. Only full ISO forms
// count, so that version numbers and the like stay text.
func TextClass(b []byte) dtype.Kind {
	switch {
	case len(b) == 10 && b[4] == '-' && b[7] == '-' && allDigits(b[:4]):
		if _, ok := data.ParseDate(b); ok {
			return dtype.Date
		}
	case len(b) >= 8 && b[2] == ':' && b[5] == ':' && allDigits(b[:2]):
		if _, ok := data.ParseTime(b); ok && !Finer(b, dtype.Micro) {
			return dtype.Time
		}
	case len(b) >= 19 && b[4] == '-' && b[7] == '-' && (b[10] == 'T' || b[10] == ' ') && b[13] == ':' && b[16] == ':' && allDigits(b[:4]):
		if _, _, ok := data.ParseTimestamp(b, dtype.Micro); ok && !Finer(b, dtype.Nano) {
			return dtype.Timestamp
		}
	}
	return dtype.String
}

// Moments collects which of a column's texts are dates, times and timestamps, to find a type for all of them.
type Moments struct {
	dates, times, stamps int
	zoned, fine          bool // an offset other than Z; digits below a microsecond
}

// Add looks at a text and reports whether it is one of the three.
func (m *Moments) Add(b []byte) bool {
	switch TextClass(b) {
	case dtype.Date:
		m.dates++
	case dtype.Time:
		m.times++
	case dtype.Timestamp:
		m.stamps++
		_, offset, _ := data.ParseTimestamp(b, dtype.Micro)
		m.zoned = m.zoned || offset && b[len(b)-1] != 'Z'
		m.fine = m.fine || Finer(b, dtype.Micro)
	default:
		return false
	}
	return true
}

// Type is the type of all values of a column, of which there is at least one: Date, Time or Timestamp if each of them was added and fits it, else String.
func (m *Moments) Type(values int) dtype.Type {
	switch values {
	case m.dates:
		return dtype.Of(dtype.Date)
	case m.times:
		return dtype.Of(dtype.Time)
	case m.dates + m.stamps:
		t := dtype.TimestampOf(dtype.Micro, "")
		if m.fine {
			t.Unit = dtype.Nano
		}
		if m.zoned {
			t.Zone = "UTC"
		}
		return t
	}
	return dtype.Of(dtype.String)
}

func allDigits(b []byte) bool {
	for _, c := range b {
		if c-'0' > 9 {
			return false
		}
	}
	return true
}
