package slt

import (
	"encoding/hex"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// datafusionOutside are the records of DataFusion's files that are about its own plans and switches.
var datafusionOutside = map[string]string{
	"explain":           "plans of DataFusion",
	"set datafusion.":   "a setting of DataFusion",
	"reset datafusion.": "a setting of DataFusion",
	"show datafusion.":  "a setting of DataFusion",
}

// datafusionText prints a value as DataFusion's runner does: instants by ISO 8601, binary as hexadecimal digits, the fields of structs and the keys of maps
// before a colon, without quotes.
func datafusionText(c *data.Column, row int, kind byte) string {
	if c.IsNull(row) {
		return "NULL"
	}
	f, j := c.Row(row)
	switch c.Type.Kind {
	case dtype.List:
		return "[" + datafusionItems(f.Kids[0], int(f.Offsets[j]), int(f.Offsets[j+1])) + "]"
	case dtype.Array:
		return "[" + datafusionItems(f.Kids[0], j*c.Type.Len, (j+1)*c.Type.Len) + "]"
	case dtype.Map:
		return "{" + datafusionPairs(f.Kids[0], int(f.Offsets[j]), int(f.Offsets[j+1])) + "}"
	case dtype.Struct:
		var parts []string
		for i, field := range c.Type.Fields {
			parts = append(parts, field.Name+": "+datafusionNested(f.Kids[i], j))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case dtype.Timestamp:
		s := strings.Replace(duckText(c, row, kind), " ", "T", 1)
		if c.Type.Zone != "" {
			s = strings.Replace(s, "+00", "Z", 1)
		}
		return s
	case dtype.Binary:
		return hex.EncodeToString(c.Bytes(row))
	}
	return strings.TrimRight(duckText(c, row, kind), "\n")
}

// datafusionNested prints a value inside of another, where an empty text is nothing.
func datafusionNested(c *data.Column, row int) string {
	s := datafusionText(c, row, 'T')
	if s == "(empty)" {
		return ""
	}
	return s
}

func datafusionItems(c *data.Column, from, to int) string {
	var parts []string
	for i := from; i < to; i++ {
		parts = append(parts, datafusionNested(c, i))
	}
	return strings.Join(parts, ", ")
}

func datafusionPairs(entries *data.Column, from, to int) string {
	var parts []string
	for i := from; i < to; i++ {
		parts = append(parts, datafusionNested(entries.Kids[0], i)+": "+datafusionNested(entries.Kids[1], i))
	}
	return strings.Join(parts, ", ")
}
