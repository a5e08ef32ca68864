package parquet

import "github.com/siksik-data/siksik/dtype"

// conv says how stored values become values of the column's type.
type conv uint8

// The conversions. Those that could lose something check every value and fail instead.
const (
	convSame       conv = iota // stored as in memory
	convI8                     // INT32 to a narrower integer
	convI16                    //
	convU8                     //
	convU16                    //
	convWiden                  // INT32 to 8 bytes
	convMilli                  // INT32 milliseconds of a time to microseconds
	convNanoTime               // INT64 nanoseconds of a time to microseconds
	convNarrow                 // INT64 to 4 bytes, for decimals
	convInt96                  // Julian day and nanoseconds to microseconds
	convInt96Nano              // the same to nanoseconds
	convHalf                   // 2 bytes to float32
	convDec32                  // big-endian bytes to a decimal of 4 bytes
	convDec64                  // of 8
	convDec128                 // of 16
	convUUID                   // 16 big-endian bytes
	convInterval               // months, days, milliseconds
	convText                   // bytes to views, checked as UTF-8
	convBytes                  // bytes to views
	convFixedText              // fixed-length bytes to views, checked as UTF-8
	convFixedBytes             // fixed-length bytes to views
	convBits                   // booleans
	convNull                   // no value at all
	convSeconds                // INT64 milliseconds to whole seconds
	convEnum                   // text to the code of an enum; only by note
)

// setType derives the type of a leaf from its annotations, or from the physical type when they say nothing we know.
func (l *leafInfo) setType(e *element, opts *options) error {
	lt := e.logical
	if lt.kind == ltNone {
		lt = fromConverted(e)
	}
	set := func(t dtype.Type, c conv) error {
		l.typ, l.conv = t, c
		return nil
	}
	if lt.kind == ltUnknown {
		return set(dtype.Of(dtype.Null), convNull)
	}
	if lt.kind == ltDecimal {
		return l.setDecimal(&lt)
	}
	switch e.typ {
	case ptBool:
		return set(dtype.Of(dtype.Bool), convBits)
	case ptInt32:
		return l.setInt32(&lt)
	case ptInt64:
		return l.setInt64(&lt)
	case ptInt96:
		l.special = true
		if opts.int96Nano {
			return set(dtype.TimestampOf(dtype.Nano, ""), convInt96Nano)
		}
		return set(dtype.TimestampOf(dtype.Micro, ""), convInt96)
	case ptFloat:
		return set(dtype.Of(dtype.Float32), convSame)
	case ptDouble:
		return set(dtype.Of(dtype.Float64), convSame)
	case ptBytes:
		return l.setBytes(&lt, opts)
	default:
		return l.setFixed(&lt)
	}
}

// fromConverted translates the older annotation.
func fromConverted(e *element) logical {
	integer := func(bits int8, signed bool) logical { return logical{kind: ltInteger, bits: bits, signed: signed} }
	switch e.converted {
	case ctUTF8:
		return logical{kind: ltString}
	case ctEnum:
		return logical{kind: ltEnum}
	case ctDecimal:
		return logical{kind: ltDecimal, scale: e.scale, precision: e.precision}
	case ctDate:
		return logical{kind: ltDate}
	case ctTimeMillis:
		return logical{kind: ltTime, utc: true, unit: unitMillis}
	case ctTimeMicros:
		return logical{kind: ltTime, utc: true, unit: unitMicros}
	case ctTimestampMillis:
		return logical{kind: ltTimestamp, utc: true, unit: unitMillis}
	case ctTimestampMicros:
		return logical{kind: ltTimestamp, utc: true, unit: unitMicros}
	case ctUint8, ctUint16, ctUint32, ctUint64:
		return integer(8<<(e.converted-ctUint8), false)
	case ctInt8, ctInt16, ctInt32, ctInt64:
		return integer(8<<(e.converted-ctInt8), true)
	case ctJSON:
		return logical{kind: ltJSON}
	case ctBSON:
		return logical{kind: ltBSON}
	case ctInterval:
		return logical{kind: ltInterval}
	}
	return logical{}
}

// ltInterval stands for the converted type, which has no logical twin.
const ltInterval = 100

func (l *leafInfo) setInt32(lt *logical) error {
	l.typ, l.conv = dtype.Of(dtype.Int32), convSame
	if lt.kind == ltTimestamp || lt.kind == ltTime && lt.unit != unitMillis || lt.kind == ltInteger && lt.bits > 32 {
		return corrupt("column %q has 32-bit integers and an annotation that is for 64", l.path)
	}
	switch {
	case lt.kind == ltDate:
		l.typ = dtype.Of(dtype.Date)
	case lt.kind == ltTime && lt.unit == unitMillis:
		l.typ, l.conv = dtype.Of(dtype.Time), convMilli
	case lt.kind == ltInteger && lt.signed && lt.bits == 8:
		l.typ, l.conv = dtype.Of(dtype.Int8), convI8
	case lt.kind == ltInteger && lt.signed && lt.bits == 16:
		l.typ, l.conv = dtype.Of(dtype.Int16), convI16
	case lt.kind == ltInteger && !lt.signed && lt.bits == 8:
		l.typ, l.conv = dtype.Of(dtype.Uint8), convU8
	case lt.kind == ltInteger && !lt.signed && lt.bits == 16:
		l.typ, l.conv = dtype.Of(dtype.Uint16), convU16
	case lt.kind == ltInteger && !lt.signed && lt.bits == 32:
		l.typ = dtype.Of(dtype.Uint32)
	}
	return nil
}

func (l *leafInfo) setInt64(lt *logical) error {
	l.typ, l.conv = dtype.Of(dtype.Int64), convSame
	if lt.kind == ltDate || lt.kind == ltTime && lt.unit == unitMillis || lt.kind == ltInteger && lt.bits < 64 {
		return corrupt("column %q has 64-bit integers and an annotation that is for 32", l.path)
	}
	zone := ""
	if lt.utc {
		zone = "UTC"
	}
	switch {
	case lt.kind == ltTime && lt.unit == unitMicros:
		l.typ = dtype.Of(dtype.Time)
	case lt.kind == ltTime && lt.unit == unitNanos:
		l.typ, l.conv = dtype.Of(dtype.Time), convNanoTime
	case lt.kind == ltTimestamp && lt.unit == unitMillis:
		l.typ = dtype.TimestampOf(dtype.Milli, zone)
	case lt.kind == ltTimestamp && lt.unit == unitMicros:
		l.typ = dtype.TimestampOf(dtype.Micro, zone)
	case lt.kind == ltTimestamp && lt.unit == unitNanos:
		l.typ = dtype.TimestampOf(dtype.Nano, zone)
	case lt.kind == ltInteger && !lt.signed && lt.bits == 64:
		l.typ = dtype.Of(dtype.Uint64)
	}
	return nil
}

func (l *leafInfo) setBytes(lt *logical, opts *options) error {
	switch lt.kind {
	case ltString, ltEnum:
		l.typ, l.conv = dtype.Of(dtype.String), convText
	case ltJSON:
		l.typ, l.conv = dtype.Of(dtype.JSON), convText
	default:
		l.typ, l.conv = dtype.Of(dtype.Binary), convBytes
		if opts.binaryAsString && lt.kind == ltNone {
			l.typ, l.conv = dtype.Of(dtype.String), convText
		}
	}
	return nil
}

func (l *leafInfo) setFixed(lt *logical) error {
	l.typ, l.conv = dtype.Of(dtype.Binary), convFixedBytes
	switch {
	case lt.kind == ltUUID && l.size == 16:
		l.typ, l.conv = dtype.Of(dtype.UUID), convUUID
	case lt.kind == ltFloat16 && l.size == 2:
		l.typ, l.conv, l.special = dtype.Of(dtype.Float32), convHalf, false
	case lt.kind == ltInterval && l.size == 12:
		l.typ, l.conv, l.special = dtype.Of(dtype.Interval), convInterval, true
	case lt.kind == ltString:
		l.typ, l.conv = dtype.Of(dtype.String), convFixedText
	}
	return nil
}

// setDecimal picks the narrowest memory for the declared precision, whatever the stored width; values that do not fit fail when read.
func (l *leafInfo) setDecimal(lt *logical) error {
	p, s := int(lt.precision), int(lt.scale)
	if p < 1 || s < 0 || s > p {
		return corrupt("column %q is a decimal(%d,%d)", l.path, p, s)
	}
	if p > 38 {
		return unsupported("column %q is a decimal(%d,%d); at most 38 digits are offered", l.path, p, s)
	}
	l.typ = dtype.DecimalOf(p, s)
	wide := l.typ.Phys()
	switch {
	case l.phys == ptInt32 && wide == dtype.PhysI32, l.phys == ptInt64 && wide == dtype.PhysI64:
		l.conv = convSame
	case l.phys == ptInt32 && wide == dtype.PhysI64:
		l.conv = convWiden
	case l.phys == ptInt64 && wide == dtype.PhysI32:
		l.conv = convNarrow
	case l.phys == ptBytes || l.phys == ptFixed:
		l.conv = map[dtype.Phys]conv{dtype.PhysI32: convDec32, dtype.PhysI64: convDec64, dtype.PhysI128: convDec128}[wide]
	default:
		return corrupt("column %q is a decimal(%d,%d) stored as %s", l.path, p, s, physNames[l.phys])
	}
	return nil
}
