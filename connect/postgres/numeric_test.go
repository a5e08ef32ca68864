package postgres

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/spi/spitest"
)

// TestNumericsComeBackFromTheirBinaryForm encodes and decodes without a server; the suites check both against one.
func TestNumericsComeBackFromTheirBinaryForm(t *testing.T) {
	const seed = 11
	r := rand.New(rand.NewPCG(seed, 1))
	for range 20_000 {
		p := 1 + r.IntN(38)
		typ := dtype.DecimalOf(p, r.IntN(p+1))
		v := spitest.RandomScalar(r, typ)
		if v.Null || limits[p].Cmp(v.I) <= 0 || limits[p].Cmp(v.I.Neg()) <= 0 {
			continue
		}
		c := newCell(typ)
		c.set(data.ConstColumn(v, 1))
		wire, ok := c.append(nil, 0)
		if !ok || int(binary.BigEndian.Uint32(wire)) != len(wire)-4 {
			t.Fatalf("seed %d: %s %s encoded as %x", seed, typ, v, wire)
		}
		var b buffer
		b.init(column{t: typ, oid: oidNumeric})
		b.reset()
		if problem := b.store(0, wire[4:]); problem != "" || b.column(1).Value(0).I != v.I {
			t.Fatalf("seed %d: %s %s came back as %s %q from %x", seed, typ, v, b.column(1).Value(0), problem, wire)
		}
	}
}

func TestMalformedValuesAreProblemsAndNotPanics(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for oid := range plain {
		for range 2000 {
			checkGarbage(columnOf("", oid, -1, dtype.DecimalOf(38, 16)), r)
		}
	}
	for oid := range arrays {
		for range 2000 {
			checkGarbage(columnOf("", oid, -1, dtype.DecimalOf(38, 16)), r)
		}
	}
	checkGarbage(columnOf("", oidNumeric, -1, dtype.DecimalOf(38, 16)), r)
}

// checkGarbage stores random bytes, small counts first so that lengths are often plausible.
func checkGarbage(c column, r *rand.Rand) {
	v := make([]byte, r.IntN(40))
	for i := range v {
		if r.IntN(2) == 0 {
			v[i] = byte(r.IntN(4))
		} else {
			v[i] = byte(r.Uint32())
		}
	}
	var b buffer
	b.init(c)
	b.reset()
	_ = b.store(0, v)
}
