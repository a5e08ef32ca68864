package dtype

// Phys is how the values of a type lie in memory; kernels dispatch on it.
type Phys uint8

// The physical representations. All are little-endian and follow the Arrow layout.
const (
	PhysNull     Phys = iota // no values, every row is null
	PhysBits                 // one bit a value
	PhysI8                   // 1 byte, signed
	PhysI16                  // 2 bytes, signed
	PhysI32                  // 4 bytes, signed: int32, date, decimal up to 9 digits
	PhysI64                  // 8 bytes, signed: int64, time, timestamp, duration, decimal up to 18 digits
	PhysI128                 // 16 bytes, low word first: int128, larger decimals, uuid
	PhysU8                   // 1 byte, unsigned
	PhysU16                  // 2 bytes, unsigned
	PhysU32                  // 4 bytes, unsigned: uint32, enum codes
	PhysU64                  // 8 bytes, unsigned
	PhysF32                  // IEEE 754 single
	PhysF64                  // IEEE 754 double
	PhysView                 // 16-byte string view: string, binary, json
	PhysInterval             // 16 bytes: int32 months, int32 days, int64 microseconds
	PhysList                 // n+1 int32 offsets and one child: list, map
	PhysArray                // one child of n*Len values
	PhysStruct               // one child per field
)

// Width returns the bytes of one value, or 0 for bits and nested representations.
func (p Phys) Width() int {
	return [...]int{PhysNull: 0, PhysBits: 0, PhysI8: 1, PhysI16: 2, PhysI32: 4, PhysI64: 8, PhysI128: 16, PhysU8: 1, PhysU16: 2,
		PhysU32: 4, PhysU64: 8, PhysF32: 4, PhysF64: 8, PhysView: 16, PhysInterval: 16, PhysList: 0, PhysArray: 0, PhysStruct: 0}[p]
}

// Phys returns the representation of the type's values. Decimals take the narrowest integer that holds their precision.
func (t Type) Phys() Phys {
	switch t.Kind {
	case Decimal:
		switch {
		case t.Precision <= 9:
			return PhysI32
		case t.Precision <= 18:
			return PhysI64
		default:
			return PhysI128
		}
	default:
		return kindPhys[t.Kind]
	}
}

var kindPhys = [...]Phys{Null: PhysNull, Bool: PhysBits, Int8: PhysI8, Int16: PhysI16, Int32: PhysI32, Int64: PhysI64, Int128: PhysI128,
	Uint8: PhysU8, Uint16: PhysU16, Uint32: PhysU32, Uint64: PhysU64, Float32: PhysF32, Float64: PhysF64, String: PhysView, Binary: PhysView,
	Date: PhysI32, Time: PhysI64, Timestamp: PhysI64, Duration: PhysI64, Interval: PhysInterval, List: PhysList, Array: PhysArray,
	Struct: PhysStruct, Map: PhysList, Enum: PhysU32, UUID: PhysI128, JSON: PhysView}
