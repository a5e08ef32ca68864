package parquet

// The encodings of the format.
const (
	encPlain       = 0
	encPlainDict   = 2
	encRLE         = 3
	encBitPacked   = 4
	encDelta       = 5
	encDeltaLength = 6
	encDeltaBytes  = 7
	encRLEDict     = 8
	encByteStream  = 9
	pageDataV1     = 0
	pageIndex      = 1
	pageDict       = 2
	pageDataV2     = 3
	entriesPerPage = 1 << 30
)

// pageHeader is the part of a page header that decoding needs.
type pageHeader struct {
	kind    int32
	raw     int32 // bytes of the body before compression
	size    int32 // as stored
	n       int32 // entries, nulls included
	rows    int32 // v2 only, else -1
	enc     int32
	defEnc  int32
	repEnc  int32
	defLen  int32 // v2: bytes of definition levels, never compressed
	repLen  int32
	stored  bool // v2: not compressed
	crc     uint32
	hasCRC  bool
	hasBody bool // the struct for its kind was there
}

// parse reads one page header from b and returns its length. The body of the page is known to be in b after that.
func (h *pageHeader) parse(b []byte) (int, error) {
	r := compact{b: b}
	*h = pageHeader{rows: -1, kind: -1, raw: -1, size: -1, defEnc: encRLE, repEnc: encRLE}
	for id, t := r.open(tStruct); t != tStop; id, t = r.next(id) {
		switch id {
		case 1:
			h.kind = r.i32(t)
		case 2:
			h.raw = r.i32(t)
		case 3:
			h.size = r.i32(t)
		case 4:
			h.crc, h.hasCRC = uint32(r.i32(t)), true
		case 5:
			h.dataV1(&r, t)
		case 7:
			h.dict(&r, t)
		case 8:
			h.dataV2(&r, t)
		default:
			r.skip(t)
		}
	}
	if r.err != nil {
		return 0, r.err
	}
	return r.pos, h.check(len(b) - r.pos)
}

func (h *pageHeader) check(left int) error {
	switch {
	case h.raw < 0 || h.size < 0 || int(h.size) > left:
		return corrupt("a page header gives %d bytes, %d when decompressed, where %d are left", h.size, h.raw, left)
	case h.kind == pageIndex:
		return nil
	case h.kind != pageDataV1 && h.kind != pageDataV2 && h.kind != pageDict:
		return nil // the format asks readers to pass over unknown pages
	case !h.hasBody:
		return corrupt("a page header lacks the part for its type %d", h.kind)
	case h.n < 0 || h.n > entriesPerPage:
		return corrupt("a page header gives %d values", h.n)
	case h.raw > pageBytesMax:
		return unsupported("a page has %d bytes; at most %d are offered", h.raw, pageBytesMax)
	case h.defLen < 0 || h.repLen < 0 || int64(h.defLen)+int64(h.repLen) > int64(min(h.raw, h.size)):
		return corrupt("a page header gives levels of %d and %d bytes in a page of %d", h.repLen, h.defLen, h.size)
	}
	return nil
}

func (h *pageHeader) dataV1(r *compact, t byte) {
	h.hasBody = h.hasBody || h.kind == pageDataV1
	for id, t := r.open(t); t != tStop; id, t = r.next(id) {
		switch id {
		case 1:
			h.n = r.i32(t)
		case 2:
			h.enc = r.i32(t)
		case 3:
			h.defEnc = r.i32(t)
		case 4:
			h.repEnc = r.i32(t)
		default:
			r.skip(t)
		}
	}
}

func (h *pageHeader) dict(r *compact, t byte) {
	h.hasBody = h.hasBody || h.kind == pageDict
	for id, t := r.open(t); t != tStop; id, t = r.next(id) {
		switch id {
		case 1:
			h.n = r.i32(t)
		case 2:
			h.enc = r.i32(t)
		default:
			r.skip(t)
		}
	}
}

func (h *pageHeader) dataV2(r *compact, t byte) {
	h.hasBody = h.hasBody || h.kind == pageDataV2
	for id, t := r.open(t); t != tStop; id, t = r.next(id) {
		switch id {
		case 1:
			h.n = r.i32(t)
		case 3:
			h.rows = r.i32(t)
		case 4:
			h.enc = r.i32(t)
		case 5:
			h.defLen = r.i32(t)
		case 6:
			h.repLen = r.i32(t)
		case 7:
			h.stored = !r.bool(t)
		default:
			r.skip(t)
		}
	}
}
