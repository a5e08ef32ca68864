package data

import (
	"testing"

	"github.com/siksik-data/siksik/dtype"
)

// FuzzParse checks that no text makes a parser panic, and that what a parser takes survives being written and read again.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"2026-01-17T12:34:56.789Z", "0044-03-15 (BC) 10:00:00", "-1.5e10", "1 year 2 mons -3 days ago", "infinity", "f47ac10b-58cc-4372-a567-0e02b2c3d479", "{}", "5 d:", "1:", "-", "9999999-12-31"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		ParseInt64(b)
		ParseUint64(b)
		ParseInt128(b)
		ParseFloat32(b)
		ParseBool(b)
		ParseUUID(b)
		ParseTime(b)
		if v, ok := ParseFloat64(b); ok {
			if back, ok := ParseFloat64(AppendFloat(nil, v, 64)); !ok || back != v && v == v {
				t.Errorf("float %q: %v, then %v", b, v, back)
			}
		}
		if v, ok := ParseDecimal(b, 38, 4); ok {
			if back, ok := ParseDecimal(v.AppendDecimal(nil, 4), 38, 4); !ok || back != v {
				t.Errorf("decimal %q: %s, then %s", b, v, back)
			}
		}
		if v, ok := ParseDate(b); ok {
			if back, ok := ParseDate(AppendDate(nil, int64(v))); !ok || back != v {
				t.Errorf("date %q: %d, then %d", b, v, back)
			}
		}
		for u := dtype.Micro; u <= dtype.Second; u++ {
			if v, _, ok := ParseTimestamp(b, u); ok {
				text := AppendTimestamp(nil, v, dtype.TimestampOf(u, ""))
				if back, _, ok := ParseTimestamp(text, u); !ok || back != v {
					t.Errorf("timestamp %q: %d, then %d from %q", b, v, back, text)
				}
			}
		}
		if v, ok := ParseInterval(b); ok {
			if back, ok := ParseInterval(AppendInterval(nil, v)); !ok || back != v {
				t.Errorf("interval %q: %v, then %v from %q", b, v, back, AppendInterval(nil, v))
			}
		}
	})
}
