package parquet

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/dtype"
)

// Text that is read must be UTF-8, however it is read; what is skipped need not even be looked at.
func TestTextOfPlainPagesIsCheckedWhenItIsRead(t *testing.T) {
	long := strings.Repeat("ein längerer Text, ", 9)
	for _, bad := range []string{"\xff", "\xc3", "cut \xd0", long + "\x80", "\xed\xa0\x80"} {
		var page []byte
		texts := []string{"plain", "тест", bad, "語 next", long}
		for _, s := range texts {
			page = append(binary.LittleEndian.AppendUint32(page, uint32(len(s))), s...)
		}
		start := func() (*chunk, *vector) {
			c := &chunk{leaf: &leafInfo{phys: ptBytes, conv: convText}, bufs: [][]byte{padded(page)}}
			c.head.enc = encPlain
			v := &vector{}
			v.init(dtype.Of(dtype.String))
			if err := c.vals.start(c, c.bufs[0]); err != nil {
				t.Fatal(err)
			}
			return c, v
		}
		for name, read := range map[string]func(c *chunk, v *vector) error{
			"all":        func(c *chunk, v *vector) error { return c.vals.read(c, v, 5, true) },
			"one by one": func(c *chunk, v *vector) error { return c.vals.pick(c, v, []uint32{0, 2, 4}, 0, 5) },
		} {
			c, v := start()
			if err := read(c, v); err == nil || !strings.Contains(err.Error(), "not valid UTF-8") {
				t.Errorf("%q, %s: %v", bad, name, err)
			}
		}
		c, v := start()
		if err := c.vals.pick(c, v, []uint32{0, 1, 3, 4}, 0, 5); err != nil || v.n != 4 {
			t.Errorf("%q is skipped: %d texts, %v", bad, v.n, err)
		}
		v.slots = v.n
		col := v.column(&c.dict, c.bufs)
		for i, want := range []string{"plain", "тест", "語 next", long} {
			if got := fmt.Sprint(col.Value(i).S); got != want {
				t.Errorf("text %d is %q, want %q", i, got, want)
			}
		}
	}
}
