package parquet

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"
	"unsafe"

	"github.com/siksik-data/siksik/data"
)

// loader gives a chunk its stored bytes, followed by pad readable ones; it is called once a chunk, when the first row of it is wanted.
type loader interface {
	load(leaf int) ([]byte, error)
}

// chunk walks the pages of one column chunk after another and keeps all its memory between them. It knows entries (values and nulls); what
// they mean is up to flatColumn and nestedColumn.
type chunk struct {
	leaf  *leafInfo
	meta  *chunkMeta
	src   loader
	z     *inflater
	raw   []byte // the chunk as stored; nil before the first row is wanted
	pos   int    // in raw, of the next page header
	page  int    // data pages begun
	locs  []pageLoc
	seen  int64 // entries of the pages begun or passed
	begun bool  // a data page has been read
	limit int64 // entries of the chunk

	head   pageHeader // of the current data page
	body   []byte     // its stored bytes
	left   int        // entries left in it
	loaded bool       // the cursors below are at it

	lazy  pageHeader // of a dictionary page that is not decoded yet, with kind >= 0
	coded []byte     // its stored bytes
	dict  dictionary

	defBits bitRuns // 1-bit definition levels
	defs    hybrid  // definition and repetition levels otherwise
	reps    hybrid
	oldDefs []uint8 // levels in the deprecated bit-packed encoding, unpacked
	oldReps []uint8
	vals    values

	bufs    [][]byte // 0: dictionary text; then the pages of the current batch
	pageBuf int      // index in bufs of the current page; its values may stand in another
	free    [][]byte
}

// pageLoc is an entry of the offset index.
type pageLoc struct {
	at   int64 // in the file
	size int64
	row  int64 // first row in the row group
}

// open starts a chunk of the given number of entries. It reads nothing. What earlier vectors refer to is reused from here on.
func (c *chunk) open(leaf *leafInfo, meta *chunkMeta, src loader, locs []pageLoc) error {
	c.recycle(true)
	c.leaf, c.meta, c.src, c.locs = leaf, meta, src, locs
	c.raw, c.pos, c.page, c.seen, c.limit = nil, 0, 0, 0, meta.values
	c.left, c.loaded, c.begun, c.lazy.kind = 0, false, false, -1
	c.dict.reset()
	if meta.encrypted || !meta.present {
		return unsupported("the column is encrypted")
	}
	if meta.typ != leaf.phys {
		return corrupt("the column has type %s and its chunk %s", physNames[leaf.phys], physNames[meta.typ])
	}
	return checkCodec(meta.codec)
}

// fetch makes raw ready.
func (c *chunk) fetch() error {
	if c.raw != nil {
		return nil
	}
	raw, err := c.src.load(c.leaf.index)
	if err != nil {
		return err
	}
	c.raw = raw
	return nil
}

// next makes the current data page one with entries left. At the end of the chunk it returns false.
func (c *chunk) next() (bool, error) {
	if err := c.fetch(); err != nil {
		return false, err
	}
	for c.left == 0 {
		if c.seen == c.limit {
			return false, nil
		}
		// What stands before the first page is read first.
		indexed := c.locs != nil && (c.pos > 0 || c.locs[0].at == c.meta.start())
		if indexed {
			if c.page >= len(c.locs) {
				return false, corrupt("the page index has too few pages")
			}
			c.pos = int(c.locs[c.page].at - c.meta.start())
		}
		if c.pos >= len(c.raw) {
			return false, corrupt("the chunk has %d values, %d are promised", c.seen, c.limit)
		}
		n, err := c.head.parse(c.raw[c.pos:])
		if err != nil {
			return false, err
		}
		c.pos += n + int(c.head.size)
		if indexed && c.head.kind != pageDataV1 && c.head.kind != pageDataV2 {
			return false, corrupt("the page index points to a page of type %d", c.head.kind)
		}
		body := c.raw[c.pos-int(c.head.size) : c.pos]
		if err := c.begin(body); err != nil {
			return false, err
		}
	}
	return true, nil
}

// begin notes a page whose header has been read.
func (c *chunk) begin(body []byte) error {
	if c.head.hasCRC && crc32.ChecksumIEEE(body) != c.head.crc {
		return corrupt("the checksum of a page is wrong")
	}
	switch c.head.kind {
	case pageDict:
		if c.dict.n > 0 || c.lazy.kind >= 0 || c.begun {
			return corrupt("a second or late dictionary page")
		}
		c.lazy, c.coded = c.head, body
	case pageDataV1, pageDataV2:
		if int64(c.head.n) > c.limit-c.seen {
			return corrupt("the pages have more values than the %d promised", c.limit)
		}
		if c.locs != nil && (c.page >= len(c.locs) || c.pageRows(c.page) != int64(c.head.n)) {
			return corrupt("the page index gives page %d other rows than its %d", c.page, c.head.n)
		}
		c.begun = true
		c.seen += int64(c.head.n)
		c.page++
		c.body, c.left, c.loaded = body, int(c.head.n), false
	}
	return nil
}

// pageRows returns the rows of a page by the offset index.
func (c *chunk) pageRows(page int) int64 {
	end := c.limit
	if page+1 < len(c.locs) {
		end = c.locs[page+1].row
	}
	return end - c.locs[page].row
}

// jump passes over whole pages of a chunk with an offset index while they have no more than n rows, without touching them, and returns
// the number of rows passed.
func (c *chunk) jump(n int) (passed int) {
	if c.locs == nil || c.left > 0 {
		return 0
	}
	for c.page < len(c.locs) {
		k := int(c.pageRows(c.page))
		if k > n-passed {
			break
		}
		passed += k
		c.seen += int64(k)
		c.page++
	}
	return passed
}

// unzip returns a page body without v2 levels, decompressed and followed by pad readable bytes, and appends it to bufs.
func (c *chunk) unzip(h *pageHeader, body []byte) ([]byte, error) {
	levels := int(h.defLen + h.repLen)
	src, n := body[levels:], int(h.raw)-levels
	codec := c.meta.codec
	if h.stored || n == 0 && len(src) == 0 {
		codec = codecNone
	}
	var b []byte
	switch {
	case codec == codecNone:
		b = src
	case codec == codecSnappy:
		b = oneLiteral(src, n)
	}
	if b == nil && codec != codecNone {
		if n > 1<<20 && n/growthMax[codec] > len(src) {
			return nil, corrupt("a page of %d bytes claims to hold %d", len(src), n)
		}
		b = c.buffer(n)
		if err := c.z.inflate(codec, b, src); err != nil {
			c.release(b)
			return nil, err
		}
	}
	if len(b) != n {
		return nil, corrupt("an uncompressed page has %d bytes, %d are promised", len(b), n)
	}
	c.bufs = append(c.bufs, b)
	return b, nil
}

// buffer returns n bytes followed by pad bytes of capacity, from the free list if one fits.
func (c *chunk) buffer(n int) []byte {
	for i := len(c.free) - 1; i >= 0; i-- {
		if cap(c.free[i]) >= n+pad {
			b := c.free[i][:n]
			c.free = append(c.free[:i], c.free[i+1:]...)
			return b
		}
	}
	if len(c.free) > 0 {
		c.free = c.free[:len(c.free)-1]
	}
	return data.AlignedBytes(n + n/8 + pad)[:n]
}

// recycle frees the page buffers that no later batch needs: all but the current page's, or that one as well.
func (c *chunk) recycle(all bool) {
	page, vals := -1, -1
	if c.loaded && !all {
		page, vals = c.pageBuf, c.vals.buf
	}
	if len(c.bufs) == 0 {
		c.bufs = append(c.bufs, nil)
	}
	kept := 1
	for i := 1; i < len(c.bufs); i++ {
		b := c.bufs[i]
		c.bufs[i] = nil
		if i != page && i != vals {
			c.release(b)
			continue
		}
		if i == page {
			c.pageBuf = kept
		}
		if i == vals {
			c.vals.buf = kept
		}
		c.bufs[kept] = b
		kept++
	}
	c.bufs = c.bufs[:kept]
	if all {
		c.release(c.bufs[0])
		c.bufs[0] = nil
	}
}

// release keeps b for reuse unless it is part of raw.
func (c *chunk) release(b []byte) {
	if cap(b) == 0 {
		return
	}
	if len(c.raw) > 0 {
		d := uintptr(unsafe.Pointer(unsafe.SliceData(b))) - uintptr(unsafe.Pointer(unsafe.SliceData(c.raw)))
		if d < uintptr(cap(c.raw)) {
			return
		}
	}
	c.free = append(c.free, b[:0])
}

// load decompresses the current page, if it is not yet, and sets the cursors.
func (c *chunk) load() error {
	if c.loaded {
		return nil
	}
	if c.lazy.kind >= 0 {
		h := c.lazy
		c.lazy.kind = -1
		if err := c.loadDict(&h, c.coded); err != nil {
			return err
		}
	}
	b, err := c.unzip(&c.head, c.body)
	if err != nil {
		return err
	}
	c.pageBuf = len(c.bufs) - 1
	if c.head.kind == pageDataV2 {
		r := int(c.head.repLen)
		err = c.levelsV2(c.body[:r], c.body[r:r+int(c.head.defLen)])
	} else {
		b, err = c.levelsV1(b)
	}
	if err != nil {
		return err
	}
	if err := c.vals.start(c, b); err != nil {
		return err
	}
	c.loaded = true
	return nil
}

func levelWidth(limit uint8) int { return bits.Len8(limit) }

func (c *chunk) levelsV2(reps, defs []byte) error {
	c.oldReps, c.oldDefs = nil, nil
	c.reps = hybrid{src: reps, w: levelWidth(c.leaf.maxRep)}
	c.setDefs(defs)
	return nil
}

func (c *chunk) setDefs(src []byte) {
	c.defs = hybrid{src: src, w: levelWidth(c.leaf.maxDef)}
	c.defBits = bitRuns{c.defs}
}

// levelsV1 sets the level cursors from the start of the page and returns the rest, the values.
func (c *chunk) levelsV1(b []byte) (rest []byte, err error) {
	n := int(c.head.n)
	c.oldReps, c.oldDefs = nil, nil
	if c.leaf.maxRep > 0 {
		var src []byte
		if src, b, err = levelBytes(b, c.head.repEnc, n, c.leaf.maxRep); err != nil {
			return nil, err
		}
		c.reps = hybrid{src: src, w: levelWidth(c.leaf.maxRep)}
		if c.head.repEnc == encBitPacked {
			c.oldReps = unpackOld(src, n, c.reps.w)
		}
	}
	if c.leaf.maxDef > 0 {
		var src []byte
		if src, b, err = levelBytes(b, c.head.defEnc, n, c.leaf.maxDef); err != nil {
			return nil, err
		}
		c.setDefs(src)
		if c.head.defEnc == encBitPacked {
			c.oldDefs = unpackOld(src, n, c.defs.w)
			c.defBits = oldBits(c.oldDefs)
		}
	}
	return b, nil
}

// levelBytes cuts the levels from the front of a v1 page.
func levelBytes(b []byte, enc int32, n int, limit uint8) (levels, rest []byte, err error) {
	size := 0
	switch enc {
	case encRLE:
		if len(b) < 4 {
			return nil, nil, corrupt("a page ends before its levels")
		}
		size, b = int(binary.LittleEndian.Uint32(b)), b[4:]
	case encBitPacked:
		size = (n*levelWidth(limit) + 7) / 8
	default:
		return nil, nil, corrupt("levels have encoding %d", enc)
	}
	if size > len(b) {
		return nil, nil, corrupt("levels of %d bytes in a page with %d left", size, len(b))
	}
	return b[:size], b[size:], nil
}

// unpackOld decodes the deprecated encoding of levels, which packs from the most significant bit on.
func unpackOld(src []byte, n, w int) []uint8 {
	out := make([]uint8, n)
	for i := range out {
		for bit := i * w; bit < (i+1)*w; bit++ {
			out[i] = out[i]<<1 | src[bit>>3]>>(7-bit&7)&1
		}
	}
	return out
}

// oldBits turns levels of 0 and 1 into a cursor over bits.
func oldBits(levels []uint8) bitRuns {
	b := make([]byte, (len(levels)+7)/8, (len(levels)+7)/8+pad)
	for i, l := range levels {
		b[i>>3] |= l & 1 << (i & 7)
	}
	return plainBits(b, len(levels))
}
