package parquet

// physType is a physical type of the format.
type physType int8

// The physical types.
const (
	ptBool physType = iota
	ptInt32
	ptInt64
	ptInt96
	ptFloat
	ptDouble
	ptBytes
	ptFixed
)

var physNames = [...]string{"BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"}

// The repetitions of a schema element.
const (
	required = 0
	optional = 1
	repeated = 2
)

// The converted types that older files have instead of logical ones.
const (
	ctUTF8 = iota
	ctMap
	ctMapKeyValue
	ctList
	ctEnum
	ctDecimal
	ctDate
	ctTimeMillis
	ctTimeMicros
	ctTimestampMillis
	ctTimestampMicros
	ctUint8
	ctUint16
	ctUint32
	ctUint64
	ctInt8
	ctInt16
	ctInt32
	ctInt64
	ctJSON
	ctBSON
	ctInterval
)

// The logical types, which are the field ids of the union.
const (
	ltNone      = 0
	ltString    = 1
	ltMap       = 2
	ltList      = 3
	ltEnum      = 4
	ltDecimal   = 5
	ltDate      = 6
	ltTime      = 7
	ltTimestamp = 8
	ltInteger   = 10
	ltUnknown   = 11
	ltJSON      = 12
	ltBSON      = 13
	ltUUID      = 14
	ltFloat16   = 15
	ltVariant   = 16
)

// The units of times and timestamps, which are the field ids of their union.
const (
	unitMillis = 1
	unitMicros = 2
	unitNanos  = 3
)

// logical is a logical type with its parameters.
type logical struct {
	kind             int
	scale, precision int32
	utc              bool
	unit             int
	bits             int8
	signed           bool
}

// element is one node of the schema as stored.
type element struct {
	typ       physType // -1 for groups
	typeLen   int32
	rep       int32
	name      string
	kids      int32
	converted int32 // -1 for none
	scale     int32
	precision int32
	fieldID   int32
	logical   logical
}

// statistics of a chunk or page. Bounds are nil when absent.
type statistics struct {
	oldMin, oldMax []byte
	min, max       []byte
	nulls          int64 // or -1
	distinct       int64 // or -1
	nans           int64 // or -1
	minIs, maxIs   exactness
}

// exactness is what a writer says about a bound.
type exactness uint8

const (
	exactUnsaid exactness = iota
	exactYes
	exactNo
)

// chunkMeta describes a column chunk.
type chunkMeta struct {
	path      string // file of the chunk, if it is another one
	typ       physType
	codec     int32
	values    int64
	raw       int64 // bytes before compression
	size      int64 // bytes stored
	dataAt    int64
	dictAt    int64
	stats     statistics
	bloomAt   int64
	bloomLen  int64
	offsetAt  int64 // offset index
	offsetLen int64
	indexAt   int64 // column index
	indexLen  int64
	encrypted bool
	present   bool
}

// start returns where the chunk's bytes begin.
func (m *chunkMeta) start() int64 {
	if m.dictAt > 0 && m.dictAt < m.dataAt {
		return m.dictAt
	}
	return m.dataAt
}

// groupMeta describes a row group.
type groupMeta struct {
	chunks []chunkMeta // one a leaf
	rows   int64
}

// fileMeta is the footer.
type fileMeta struct {
	schema    []element
	rows      int64
	groups    []groupMeta
	createdBy string
	keys      map[string]string
	orders    []int // per leaf: 1 is the order of its type, 2 the IEEE total order; nil for old files
	encrypted bool
}

// parseMeta reads the footer. Byte slices in the result alias b.
func parseMeta(b []byte) (*fileMeta, error) {
	r := &compact{b: b}
	m := &fileMeta{rows: -1}
	for id, t := r.open(tStruct); t != tStop; id, t = r.next(id) {
		switch id {
		case 2:
			n, e := r.list(t)
			for i := 0; i < n && r.err == nil; i++ {
				m.schema = append(m.schema, r.element(e))
			}
		case 3:
			m.rows = r.i64(t)
		case 4:
			n, e := r.list(t)
			for i := 0; i < n && r.err == nil; i++ {
				m.groups = append(m.groups, r.group(e, len(m.schema)))
			}
		case 5:
			m.keys = r.keyValues(t)
		case 6:
			m.createdBy = r.string(t)
		case 7:
			n, e := r.list(t)
			for i := 0; i < n && r.err == nil; i++ {
				m.orders = append(m.orders, r.union(e))
			}
		case 8:
			m.encrypted = true
			r.skip(t)
		default:
			r.skip(t)
		}
	}
	return m, r.err
}

// union returns the id of the field that is set, without its content.
func (r *compact) union(t byte) int {
	set := 0
	for id, t := r.open(t); t != tStop; id, t = r.next(id) {
		set = id
		r.skip(t)
	}
	return set
}

func (r *compact) keyValues(t byte) map[string]string {
	out := map[string]string{}
	n, e := r.list(t)
	for i := 0; i < n && r.err == nil; i++ {
		var k, v string
		for id, t := r.open(e); t != tStop; id, t = r.next(id) {
			switch id {
			case 1:
				k = r.string(t)
			case 2:
				v = r.string(t)
			default:
				r.skip(t)
			}
		}
		out[k] = v
	}
	return out
}

func (r *compact) element(t byte) element {
	e := element{typ: -1, converted: -1, rep: required, fieldID: -1}
	for id, t := r.open(t); t != tStop; id, t = r.next(id) {
		switch id {
		case 1:
			v := r.i32(t)
			if v < 0 || v > int32(ptFixed) {
				r.fail("unknown physical type %d", v)
				break
			}
			e.typ = physType(v)
		case 2:
			e.typeLen = r.i32(t)
		case 3:
			e.rep = r.i32(t)
		case 4:
			e.name = r.string(t)
		case 5:
			e.kids = r.i32(t)
		case 6:
			e.converted = r.i32(t)
		case 7:
			e.scale = r.i32(t)
		case 8:
			e.precision = r.i32(t)
		case 9:
			e.fieldID = r.i32(t)
		case 10:
			e.logical = r.logical(t)
		default:
			r.skip(t)
		}
	}
	return e
}

func (r *compact) logical(t byte) logical {
	var l logical
	for id, t := r.open(t); t != tStop; id, t = r.next(id) {
		l.kind = id
		switch id {
		case ltDecimal, ltTime, ltTimestamp, ltInteger:
			r.logicalArgs(t, &l)
		default:
			r.skip(t)
		}
	}
	return l
}

// logicalArgs reads the parameters of decimals (scale, precision), times and timestamps (UTC, unit) and integers (bits, signed).
func (r *compact) logicalArgs(t byte, l *logical) {
	for id, t := r.open(t); t != tStop; id, t = r.next(id) {
		switch {
		case l.kind == ltDecimal && id == 1:
			l.scale = r.i32(t)
		case l.kind == ltDecimal && id == 2:
			l.precision = r.i32(t)
		case l.kind == ltInteger && id == 1:
			l.bits = int8(r.i64(t))
		case l.kind == ltInteger && id == 2:
			l.signed = r.bool(t)
		case l.kind != ltInteger && l.kind != ltDecimal && id == 1:
			l.utc = r.bool(t)
		case l.kind != ltInteger && l.kind != ltDecimal && id == 2:
			l.unit = r.union(t)
		default:
			r.skip(t)
		}
	}
}

// group reads a row group of a schema of so many elements, which bounds what is allocated before the chunks are seen.
func (r *compact) group(t byte, elements int) groupMeta {
	g := groupMeta{rows: -1}
	for id, t := r.open(t); t != tStop; id, t = r.next(id) {
		switch id {
		case 1:
			n, e := r.list(t)
			g.chunks = make([]chunkMeta, 0, min(n, elements))
			for i := 0; i < n && r.err == nil; i++ {
				g.chunks = append(g.chunks, chunkMeta{})
				r.chunk(e, &g.chunks[i])
			}
		case 3:
			g.rows = r.i64(t)
		default:
			r.skip(t)
		}
	}
	return g
}

func (r *compact) chunk(t byte, m *chunkMeta) {
	for id, t := r.open(t); t != tStop; id, t = r.next(id) {
		switch id {
		case 1:
			m.path = r.string(t)
		case 3:
			r.chunkMeta(t, m)
		case 4:
			m.offsetAt = r.i64(t)
		case 5:
			m.offsetLen = int64(r.i32(t))
		case 6:
			m.indexAt = r.i64(t)
		case 7:
			m.indexLen = int64(r.i32(t))
		case 8, 9:
			m.encrypted = true
			r.skip(t)
		default:
			r.skip(t)
		}
	}
}

func (r *compact) chunkMeta(t byte, m *chunkMeta) {
	m.present = true
	m.stats.nulls, m.stats.distinct, m.stats.nans = -1, -1, -1
	for id, t := r.open(t); t != tStop; id, t = r.next(id) {
		switch id {
		case 1:
			v := r.i32(t)
			if v < 0 || v > int32(ptFixed) {
				r.fail("unknown physical type %d", v)
				break
			}
			m.typ = physType(v)
		case 4:
			m.codec = r.i32(t)
		case 5:
			m.values = r.i64(t)
		case 6:
			m.raw = r.i64(t)
		case 7:
			m.size = r.i64(t)
		case 9:
			m.dataAt = r.i64(t)
		case 11:
			m.dictAt = r.i64(t)
		case 12:
			r.statistics(t, &m.stats)
		case 14:
			m.bloomAt = r.i64(t)
		case 15:
			if t != tI32 { // some writers used the id for a list of their own
				r.skip(t)
				break
			}
			m.bloomLen = int64(r.i32(t))
		default:
			r.skip(t)
		}
	}
}

func exactnessOf(is bool) exactness {
	if is {
		return exactYes
	}
	return exactNo
}

func (r *compact) statistics(t byte, s *statistics) {
	for id, t := r.open(t); t != tStop; id, t = r.next(id) {
		switch id {
		case 1:
			s.oldMax = r.bytes(t)
		case 2:
			s.oldMin = r.bytes(t)
		case 3:
			s.nulls = r.i64(t)
		case 4:
			s.distinct = r.i64(t)
		case 5:
			s.max = r.bytes(t)
		case 6:
			s.min = r.bytes(t)
		case 7:
			s.maxIs = exactnessOf(r.bool(t))
		case 8:
			s.minIs = exactnessOf(r.bool(t))
		case 9:
			s.nans = r.i64(t)
		default:
			r.skip(t)
		}
	}
}
