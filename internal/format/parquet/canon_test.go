package parquet

import (
	"encoding/hex"
	"fmt"
	"math"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// canon writes a value in a form that does not depend on how it is displayed: integers for everything stored as such, bits for floats, hex for bytes.
func canon(b *strings.Builder, s data.Scalar) {
	if s.Null {
		b.WriteString("null")
		return
	}
	switch s.Type.Phys() {
	case dtype.PhysF32, dtype.PhysF64:
		if math.IsNaN(s.F) {
			b.WriteString(`"nan"`)
		} else {
			fmt.Fprintf(b, `"%x"`, math.Float64bits(s.F))
		}
	case dtype.PhysView:
		fmt.Fprintf(b, `"%s"`, hex.EncodeToString([]byte(s.S)))
	case dtype.PhysInterval:
		fmt.Fprintf(b, "[%d,%d,%d]", s.Iv.Months, s.Iv.Days, s.Iv.Micros)
	case dtype.PhysList, dtype.PhysArray, dtype.PhysStruct:
		b.WriteByte('[')
		for i, k := range s.Kids {
			if i > 0 {
				b.WriteByte(',')
			}
			canon(b, k)
		}
		b.WriteByte(']')
	case dtype.PhysU64:
		fmt.Fprintf(b, "%d", s.I.Lo)
	default:
		b.WriteString(s.I.String())
	}
}

func canonColumn(c *data.Column) []string {
	out := make([]string, c.Len)
	for i := range out {
		var b strings.Builder
		canon(&b, c.Value(i))
		out[i] = b.String()
	}
	return out
}
