package dtype

import (
	"fmt"
	"strings"
)

var sqlNames = map[Kind]string{Null: `"NULL"`, Bool: "BOOLEAN", Int8: "TINYINT", Int16: "SMALLINT", Int32: "INTEGER", Int64: "BIGINT", Int128: "HUGEINT",
	Uint8: "UTINYINT", Uint16: "USMALLINT", Uint32: "UINTEGER", Uint64: "UBIGINT", Float32: "FLOAT", Float64: "DOUBLE", String: "VARCHAR", Binary: "BLOB",
	Date: "DATE", Time: "TIME", Interval: "INTERVAL", UUID: "UUID", JSON: "JSON"}

// SQL returns the type as DuckDB spells it, which typeof and DESCRIBE show; casts accept it as they accept String.
func (t Type) SQL() string {
	switch t.Kind {
	case Decimal:
		return fmt.Sprintf("DECIMAL(%d,%d)", t.Precision, t.Scale)
	case Timestamp, Duration:
		return strings.ToUpper(t.String())
	case List:
		return t.Fields[0].Type.SQL() + "[]"
	case Array:
		return fmt.Sprintf("%s[%d]", t.Fields[0].Type.SQL(), t.Len)
	case Struct:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			if parts[i] = f.Type.SQL(); f.Name != "" {
				parts[i] = QuoteName(f.Name) + " " + parts[i]
			}
		}
		return "STRUCT(" + strings.Join(parts, ", ") + ")"
	case Map:
		return "MAP(" + t.Fields[0].Type.SQL() + ", " + t.Fields[1].Type.SQL() + ")"
	case Enum:
		return "ENUM" + strings.TrimPrefix(t.String(), "enum")
	default:
		return sqlNames[t.Kind]
	}
}
