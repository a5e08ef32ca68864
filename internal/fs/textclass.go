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

func allDigits(b []byte) bool {
	for _, c := range b {
		if c-'0' > 9 {
			return false
		}
	}
	return true
}
