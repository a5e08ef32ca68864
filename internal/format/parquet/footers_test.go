package parquet

import (
	"bytes"
	"fmt"
	"testing"
)

// metaBytes is a footer that says how many rows there are, and who wrote them.
func metaBytes(rows byte, by string) []byte {
	b := []byte{0x36, rows * 2, 0x38, byte(len(by))} // field 3, an i64; field 6, a binary
	return append(append(b, by...), 0)
}

func mustParse(t *testing.T, f *footers, path string, b []byte) *fileMeta {
	t.Helper()
	m, err := f.parse(path, b)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAFooterIsParsedOnceUntilItsBytesChange(t *testing.T) {
	var f footers
	old := mustParse(t, &f, "a", metaBytes(1, "x"))
	if again := mustParse(t, &f, "a", metaBytes(1, "x")); again != old {
		t.Error("the same bytes of the same file were parsed again")
	}
	if other := mustParse(t, &f, "b", metaBytes(1, "x")); other == old {
		t.Error("another file has the metadata of the first")
	}
	if now := mustParse(t, &f, "a", metaBytes(2, "x")); now.rows != 2 {
		t.Errorf("the replaced file has %d rows, not 2", now.rows)
	}
	if len(f.list) != 2 {
		t.Errorf("%d footers are kept of two files", len(f.list))
	}
	if _, err := f.parse("a", metaBytes(2, "x")[:3]); err == nil {
		t.Error("half a footer was parsed")
	}
}

func TestFootersThatWereNotUsedForLongestAreDropped(t *testing.T) {
	var f footers
	first, second := mustParse(t, &f, "0", metaBytes(1, "x")), mustParse(t, &f, "1", metaBytes(1, "x"))
	for i := 2; i <= recentFiles; i++ {
		if mustParse(t, &f, "0", metaBytes(1, "x")) != first {
			t.Fatal("a footer that is used was dropped")
		}
		mustParse(t, &f, fmt.Sprint(i), metaBytes(1, "x"))
	}
	if len(f.list) != recentFiles || f.find("1", metaBytes(1, "x")) == second {
		t.Errorf("%d footers are kept, and the one used least is among them: %t", len(f.list), f.find("1", metaBytes(1, "x")) == second)
	}
	large := append(metaBytes(1, "x"), bytes.Repeat([]byte{0}, recentBytes-10)...)
	mustParse(t, &f, "large", large)
	if len(f.list) != 1 {
		t.Errorf("%d footers are kept with one that takes all the room", len(f.list))
	}
}

func TestFootersWhoseSizesAreCorrectedAreNotShared(t *testing.T) {
	var f footers
	b := metaBytes(1, "parquet-mr version 1.2.8")
	first := mustParse(t, &f, "a", b)
	if again := mustParse(t, &f, "a", b); again == first {
		t.Error("sizes would be corrected twice")
	}
}
