package parquet

import (
	"context"
	"encoding/binary"
	"math/bits"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/spi"
)

// bloomMax is the largest filter that is worth reading.
const bloomMax = 16 << 20

// bloom is a split-block Bloom filter: blocks of eight 32-bit words.
type bloom []byte

// bloomSalt is fixed by the format.
var bloomSalt = [8]uint32{0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31}

// has reports whether the hash may be in the filter.
func (b bloom) has(h uint64) bool {
	block := int((h >> 32) * uint64(len(b)/32) >> 32)
	w := b[block*32 : block*32+32]
	for i, salt := range bloomSalt {
		if binary.LittleEndian.Uint32(w[4*i:])>>(uint32(h)*salt>>27)&1 == 0 {
			return false
		}
	}
	return true
}

// bloomFilter reads the filter of a leaf in the current row group, or nil if there is none that we know.
func (g *group) bloomFilter(ctx context.Context, l *leafInfo) (bloom, error) {
	m := &g.meta.chunks[l.index]
	if m.bloomAt <= 0 || m.bloomAt >= g.file.info.Size {
		return nil, nil
	}
	n := m.bloomLen
	if n <= 0 {
		n = 256 // enough for the header, which says the rest
	}
	b, err := g.small(ctx, m.bloomAt, min(n, g.file.info.Size-m.bloomAt))
	if err != nil {
		return nil, err
	}
	r := &compact{b: b}
	size, known := int32(0), 0
	for id, t := r.open(tStruct); t != tStop; id, t = r.next(id) {
		switch id {
		case 1:
			size = r.i32(t)
		case 2, 3, 4: // block algorithm, xxhash, uncompressed: the only ones, field 1 of each union
			if r.union(t) == 1 {
				known++
			}
		default:
			r.skip(t)
		}
	}
	if r.err != nil || size <= 0 || size%32 != 0 || size > bloomMax || known != 3 {
		return nil, nil //nolint:nilerr // a filter that cannot be read is not used
	}
	if len(b)-r.pos < int(size) {
		if b, err = g.small(ctx, m.bloomAt+int64(r.pos), int64(size)); err != nil {
			return nil, err
		}
		return bloom(b), nil
	}
	return bloom(b[r.pos : r.pos+int(size)]), nil
}

// bloomAllows reports whether Bloom filters let p be true for any row of the row group.
func (g *group) bloomAllows(ctx context.Context, p *pred) (bool, error) {
	switch p.op {
	case spi.PredAnd:
		for _, k := range p.kids {
			if ok, err := g.bloomAllows(ctx, k); err != nil || !ok {
				return ok, err
			}
		}
	case spi.PredOr:
		for _, k := range p.kids {
			if ok, err := g.bloomAllows(ctx, k); err != nil || ok {
				return ok, err
			}
		}
		return false, nil
	case spi.PredEq, spi.PredIn:
		l := g.flatLeaf(p.col)
		if l == nil || p.negate && p.op == spi.PredIn {
			return true, nil
		}
		b, err := g.bloomFilter(ctx, l)
		if err != nil || b == nil {
			return true, err
		}
		for _, v := range p.values {
			h, ok := l.bloomHash(v)
			if !ok || b.has(h) {
				return true, nil
			}
		}
		return false, nil
	}
	return true, nil
}

// bloomHash hashes a value as it is stored. Floats have two zeros and many NaN, so they are left alone.
func (l *leafInfo) bloomHash(v data.Scalar) (uint64, bool) {
	if v.Null || v.Type.Phys() != l.typ.Phys() {
		return 0, false
	}
	var buf [8]byte
	switch {
	case l.conv == convText || l.conv == convBytes:
		return xxh64([]byte(v.S)), true
	case l.typ.IsFloat() || l.special:
		return 0, false
	case l.phys == ptInt32 && (l.conv == convSame || l.conv >= convI8 && l.conv <= convU16):
		binary.LittleEndian.PutUint32(buf[:], uint32(v.I.Lo))
		return xxh64(buf[:4]), true
	case l.phys == ptInt64 && (l.conv == convSame || l.conv == convNarrow):
		binary.LittleEndian.PutUint64(buf[:], v.I.Lo)
		return xxh64(buf[:]), true
	}
	return 0, false
}

// The primes of XXH64.
const (
	xxP1 = 0x9e3779b185ebca87
	xxP2 = 0xc2b2ae3d27d4eb4f
	xxP3 = 0x165667b19e3779f9
	xxP4 = 0x85ebca77c2b2ae63
	xxP5 = 0x27d4eb2f165667c5
)

func xxRound(acc, x uint64) uint64 { return bits.RotateLeft64(acc+x*xxP2, 31) * xxP1 }

// xxh64 is XXH64 with seed 0, by the algorithm's specification.
func xxh64(b []byte) uint64 {
	n := uint64(len(b))
	h := uint64(xxP5)
	if len(b) >= 32 {
		p1, p2 := uint64(xxP1), uint64(xxP2)
		v1, v2, v3, v4 := p1+p2, p2, uint64(0), -p1
		for ; len(b) >= 32; b = b[32:] {
			v1 = xxRound(v1, binary.LittleEndian.Uint64(b))
			v2 = xxRound(v2, binary.LittleEndian.Uint64(b[8:]))
			v3 = xxRound(v3, binary.LittleEndian.Uint64(b[16:]))
			v4 = xxRound(v4, binary.LittleEndian.Uint64(b[24:]))
		}
		h = bits.RotateLeft64(v1, 1) + bits.RotateLeft64(v2, 7) + bits.RotateLeft64(v3, 12) + bits.RotateLeft64(v4, 18)
		for _, v := range [4]uint64{v1, v2, v3, v4} {
			h = (h^xxRound(0, v))*xxP1 + xxP4
		}
	}
	h += n
	for ; len(b) >= 8; b = b[8:] {
		h = bits.RotateLeft64(h^xxRound(0, binary.LittleEndian.Uint64(b)), 27)*xxP1 + xxP4
	}
	if len(b) >= 4 {
		h = bits.RotateLeft64(h^uint64(binary.LittleEndian.Uint32(b))*xxP1, 23)*xxP2 + xxP3
		b = b[4:]
	}
	for _, c := range b {
		h = bits.RotateLeft64(h^uint64(c)*xxP5, 11) * xxP1
	}
	h = (h ^ h>>33) * xxP2
	h = (h ^ h>>29) * xxP3
	return h ^ h>>32
}
