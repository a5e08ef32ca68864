package compute

import (
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// FuzzCastText checks that no text or JSON makes a cast panic or build a malformed column, and that being strict and trying agree.
func FuzzCastText(f *testing.F) {
	for _, s := range []string{"[1, NULL, 3]", "{'a': 1, 'b': \"x\\u00e9\"}", "{1=2, 3=4}", `{"a": [1, {"b": null}]}`, "0x1F", "1_000.5e3", "[[a, b], [c]]", `"\ud83e\udd86"`, "{a:{b:1}, 'c' : [']']}", "2026-01-17 12:00:00+01"} {
		f.Add(s)
	}
	types := append(allTypes[1:len(allTypes):len(allTypes)], dtype.Of(dtype.JSON), dtype.TimestampOf(dtype.Second, "Europe/Berlin"))
	f.Fuzz(func(t *testing.T, s string) {
		for _, from := range []dtype.Type{dtype.Of(dtype.String), dtype.Of(dtype.JSON)} {
			c := data.ConstColumn(data.Scalar{Type: from, S: s}, 2)
			for _, to := range types {
				out, err := Cast(nil, c, to, true)
				if err != nil {
					t.Fatalf("try_cast to %s: %v", to, err)
				}
				if msg := broken(out); msg != "" {
					t.Fatalf("%s: %s", to, msg)
				}
				if _, err = Cast(nil, c, to, false); err != nil && !out.IsNull(0) && !to.IsNested() {
					t.Fatalf("%s: %v, but trying gives %s", to, err, out.Value(0))
				}
			}
		}
	})
}
