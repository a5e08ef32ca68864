package parquet

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/klauspost/compress/snappy"

	"github.com/siksik-data/siksik/data"
)

// padded copies b to memory that pad readable bytes follow.
func padded(b []byte) []byte {
	out := data.AlignedBytes(len(b) + pad)[:len(b)]
	copy(out, b)
	return out
}

// naiveHybrid decodes n values of w bits, bit by bit.
func naiveHybrid(src []byte, n, w int) (out []uint32, ok bool) {
	for len(out) < n {
		head, k := binary.Uvarint(src)
		if k <= 0 || head>>1 == 0 || head > 1<<32 {
			return nil, false
		}
		src = src[k:]
		if head&1 == 0 {
			size := (w + 7) / 8
			if size > len(src) {
				return nil, false
			}
			v := uint32(0)
			for i := range size {
				v |= uint32(src[i]) << (8 * i)
			}
			for i := uint64(0); i < head>>1 && len(out) < n; i++ {
				out = append(out, v)
			}
			src = src[size:]
			continue
		}
		for i := 0; i < int(head>>1)*8 && len(out) < n; i++ {
			v := uint32(0)
			for b := range w {
				at := i*w + b
				if at/8 >= len(src) {
					return nil, false
				}
				v |= uint32(src[at/8]>>(at%8)&1) << b
			}
			out = append(out, v)
		}
		src = src[min(len(src), int(head>>1)*w):]
	}
	return out, true
}

// runs makes values of w bits with repeats, as dictionary codes have them.
func runs(r *rand.Rand, n, w int) []uint32 {
	var out []uint32
	for len(out) < n {
		v := uint32(r.Uint64() & (1<<w - 1))
		for range []int{1, 1, 1, 9, 100}[r.IntN(5)] {
			out = append(out, v)
		}
	}
	return out[:n]
}

func TestHybridEqualsItsNaiveTwinAtEveryWidth(t *testing.T) {
	r := rand.New(rand.NewPCG(seedOf(t), 0))
	for w := range 33 {
		for _, n := range []int{0, 1, 7, 8, 9, 31, 32, 33, 63, 64, 65, 1023, 2048} {
			want := runs(r, n, w)
			src := padded(appendHybrid(nil, want, w))
			if got, ok := naiveHybrid(src, n, w); !ok || !slices.Equal(got, want) {
				t.Fatalf("width %d, %d values: the encoder disagrees with the naive decoder", w, n)
			}
			h := hybrid{src: src, w: w}
			got := make([]uint32, n)
			for at := 0; at < n; { // in pieces of any length
				k := min(n-at, 1+r.IntN(700))
				if r.IntN(4) == 0 {
					h.skip(k)
					copy(got[at:], want[at:at+k])
				} else {
					h.read(got[at : at+k])
				}
				at += k
			}
			if h.bad || !slices.Equal(got, want) {
				t.Fatalf("width %d, %d values: read differs", w, n)
			}
			var sel, picked []uint32
			for i := range n {
				if r.IntN(5) == 0 {
					sel, picked = append(sel, uint32(i)+10), append(picked, want[i])
				}
			}
			h = hybrid{src: src, w: w}
			out := make([]uint32, len(sel))
			h.pick(out, sel, 10, n)
			if h.bad || !slices.Equal(out, picked) {
				t.Fatalf("width %d, %d values: pick differs", w, n)
			}
		}
	}
}

func TestBitRunsEqualHybridOfWidthOne(t *testing.T) {
	r := rand.New(rand.NewPCG(seedOf(t), 0))
	for range 200 {
		n := 1 + r.IntN(3000)
		want := runs(r, n, 1)
		b := bitRuns{hybrid{src: padded(appendHybrid(nil, want, 1)), w: 1}}
		off := r.IntN(130)
		dst := make([]uint64, data.Words(off+n))
		ones := 0
		for at := 0; at < n; {
			k := min(n-at, 1+r.IntN(500))
			ones += b.read(dst, off+at, k)
			at += k
		}
		count := 0
		for i, v := range want {
			count += int(v)
			if uint32(dst[(off+i)>>6]>>((off+i)&63)&1) != v {
				t.Fatalf("bit %d of %d differs", i, n)
			}
		}
		if b.bad || ones != count {
			t.Fatalf("%d ones, want %d", ones, count)
		}
	}
}

func FuzzHybridNeverReadsOutside(f *testing.F) {
	f.Add([]byte{3, 0x88, 0xc6, 0xfa, 10, 7}, 3, 20)
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0x0f, 1}, 17, 100)
	f.Fuzz(func(t *testing.T, src []byte, w, n int) {
		if w < 0 || w > 32 || n < 0 || n > 5000 {
			return
		}
		h := hybrid{src: padded(src), w: w}
		got := make([]uint32, n)
		h.read(got)
		if want, ok := naiveHybrid(src, n, w); ok && !h.bad && !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

// appendDelta is a plain encoder of DELTA_BINARY_PACKED with blocks of the given size and four parts each.
func appendDelta(dst []byte, vals []int64, block int) []byte {
	zig := func(v int64) uint64 { return uint64(v<<1) ^ uint64(v>>63) }
	dst = binary.AppendUvarint(dst, uint64(block))
	dst = binary.AppendUvarint(dst, 4)
	dst = binary.AppendUvarint(dst, uint64(len(vals)))
	if len(vals) == 0 {
		return binary.AppendUvarint(dst, 0)
	}
	dst = binary.AppendUvarint(dst, zig(vals[0]))
	for at := 1; at < len(vals); at += block {
		var deltas []int64
		for i := at; i < min(at+block, len(vals)); i++ {
			deltas = append(deltas, vals[i]-vals[i-1])
		}
		low := slices.Min(deltas)
		dst = binary.AppendUvarint(dst, zig(low))
		var widths, bodies []byte
		for m := 0; m < 4; m++ {
			part := deltas[min(len(deltas), m*block/4):min(len(deltas), (m+1)*block/4)]
			top := uint64(0)
			for _, d := range part {
				top |= uint64(d - low)
			}
			w := 0
			for top>>w != 0 && w < 64 {
				w++
			}
			if len(part) == 0 {
				widths = append(widths, 200) // readers must not mind
				continue
			}
			widths = append(widths, byte(w))
			body := make([]byte, block/4*w/8)
			for i, d := range part {
				for b := range w {
					if uint64(d-low)>>b&1 != 0 {
						body[(i*w+b)/8] |= 1 << ((i*w + b) % 8)
					}
				}
			}
			bodies = append(bodies, body...)
		}
		dst = append(append(dst, widths...), bodies...)
	}
	return dst
}

func TestDeltaDecodesWhatAPlainEncoderWrites(t *testing.T) {
	r := rand.New(rand.NewPCG(seedOf(t), 0))
	for range 300 {
		n, bits := r.IntN(700), 1+r.IntN(63)
		want := make([]int64, n)
		for i := range want {
			want[i] = r.Int64() >> (63 - bits)
			if r.IntN(2) == 0 {
				want[i] = -want[i]
			}
		}
		body := appendDelta(nil, want, 128*(1+r.IntN(2)))
		src := padded(append(slices.Clone(body), "next"...))
		var d delta
		if err := d.start(src, n); err != nil {
			t.Fatal(err)
		}
		got := make([]int64, n)
		for at := 0; at < n; {
			k := min(n-at, 1+r.IntN(200))
			if err := d.read(got[at : at+k]); err != nil {
				t.Fatal(err)
			}
			at += k
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%d values of %d bits differ", n, bits)
		}
		if d.end() != len(body) {
			t.Fatalf("the stream ends at %d, want %d", d.end(), len(body))
		}
		if err := d.read(make([]int64, 1)); err == nil {
			t.Fatal("read past the end")
		}
	}
}

func TestSnappyEqualsTheLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(seedOf(t), 0))
	for range 400 {
		want := make([]byte, r.IntN(5000))
		alphabet := 1 + r.IntN(255)
		for i := range want {
			want[i] = byte(r.IntN(alphabet))
			if p := 1 + r.IntN(40); i >= p && r.IntN(8) > 0 { // repeat what was p bytes before
				want[i] = want[i-p]
			}
		}
		src := padded(snappy.Encode(nil, want))
		dst := padded(make([]byte, len(want)))
		if !unsnap(dst, src) || !bytes.Equal(dst, want) {
			t.Fatalf("%d bytes differ", len(want))
		}
		if len(want) > 0 && (unsnap(padded(make([]byte, len(want)-1)), src) || unsnap(dst, padded(src[:len(src)-1]))) {
			t.Fatal("a cut block was accepted")
		}
	}
}

func FuzzSnappyEqualsTheLibrary(f *testing.F) {
	f.Add(snappy.Encode(nil, []byte("siksiksiksiksiksik, a longer literal that does not repeat at all")))
	f.Add([]byte{5, 0xfc, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, src []byte) {
		want, err := snappy.Decode(nil, src)
		n, k := binary.Uvarint(src)
		if k <= 0 || n > 1<<20 {
			return
		}
		dst := padded(make([]byte, n))
		if ok := unsnap(dst, padded(src)); ok != (err == nil) || ok && !bytes.Equal(dst, want) {
			t.Fatalf("accepted %v, the library says %v", ok, err)
		}
	})
}

func TestXXH64MatchesPublishedVectors(t *testing.T) {
	for in, want := range map[string]uint64{"": 0xef46db3751d8e999, "a": 0xd24ec4f1a98c6e5b, "abc": 0x44bc2cf5ad770999,
		"Nobody inspects the spammish repetition": 0xfbcea83c8a378bf1} {
		if got := xxh64([]byte(in)); got != want {
			t.Errorf("%q: %x, want %x", in, got, want)
		}
	}
}

func TestHalfFloatsWidenExactly(t *testing.T) {
	if fromHalf(0x3c00) != 1 || fromHalf(0xc000) != -2 || fromHalf(0x7bff) != 65504 || fromHalf(1) != 1.0/(1<<24) || fromHalf(0x3ff) != 1023.0/(1<<24) {
		t.Error("half floats differ")
	}
}
