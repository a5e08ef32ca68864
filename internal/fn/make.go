package fn

import (
	"math/bits"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/compute"
)

// The makers below build whole columns from a function of one row's values. They serve functions whose own work is far above the cost of a
// call; the hot ones have loops of their own.

// map1 is a fixed-width function of a fixed-width argument.
func map1[A, R data.Fixed](f func(A) R) Maker {
	return strict(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		dst, a := compute.Make[R](c.Scratch, n), data.Slice[A](args[0])
		for i, x := range a[:n] {
			dst[i] = f(x)
		}
		return num(c, dst, valid), nil
	})
}

// map2 is a fixed-width function of two fixed-width arguments.
func map2[A, B, R data.Fixed](f func(A, B) R) Maker {
	return strict(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		dst, a, b := compute.Make[R](c.Scratch, n), numsOf[A](args[0]), numsOf[B](args[1])
		for i := range dst {
			dst[i] = f(a.at(i), b.at(i))
		}
		return num(c, dst, valid), nil
	})
}

// try1 is map1 for a function that may fail.
func try1[A, R data.Fixed](f func(A) (R, error)) Maker {
	return strict(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		dst, a := compute.Make[R](c.Scratch, n), data.Slice[A](args[0])
		for i, x := range a[:n] {
			v, err := f(x)
			if err != nil && valid.Get(i) {
				return nil, atRow(i, err)
			}
			dst[i] = v
		}
		return num(c, dst, valid), nil
	})
}

// try2 is map2 for a function that may fail.
func try2[A, B, R data.Fixed](f func(A, B) (R, error)) Maker {
	return strict(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		dst, a, b := compute.Make[R](c.Scratch, n), numsOf[A](args[0]), numsOf[B](args[1])
		for i := range dst {
			v, err := f(a.at(i), b.at(i))
			if err != nil && valid.Get(i) {
				return nil, atRow(i, err)
			}
			dst[i] = v
		}
		return num(c, dst, valid), nil
	})
}

// test1 is a truth of a fixed-width argument.
func test1[A data.Fixed](f func(A) bool) Maker {
	return strict(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		dst, a := c.Scratch.Zeros(n), data.Slice[A](args[0])
		for i, x := range a[:n] {
			dst[i>>6] |= bit(f(x)) << (uint(i) & 63)
		}
		return c.Scratch.Bool(dst, valid, n), nil
	})
}

// bit is 1 for true.
func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// measure is a fixed-width function of a text argument.
func measure[R data.Fixed](f func([]byte) R) Maker {
	return strict(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		dst, a := compute.Make[R](c.Scratch, n), textsOf(args[0])
		for i := range dst {
			dst[i] = f(a.at(i))
		}
		return num(c, dst, valid), nil
	})
}

// measure2 is a fixed-width function of two text arguments that may fail.
func measure2[R data.Fixed](f func(a, b []byte) (R, error)) Maker {
	return strict(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		dst, a, b := compute.Make[R](c.Scratch, n), textsOf(args[0]), textsOf(args[1])
		for i := range dst {
			v, err := f(a.at(i), b.at(i))
			if err != nil && valid.Get(i) {
				return nil, atRow(i, err)
			}
			dst[i] = v
		}
		return num(c, dst, valid), nil
	})
}

// testText2 is a truth of two text arguments.
func testText2(f func(a, b []byte) bool) Maker {
	return strict(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		dst, a, b := c.Scratch.Zeros(n), textsOf(args[0]), textsOf(args[1])
		for i := range n {
			dst[i>>6] |= bit(f(a.at(i), b.at(i))) << (uint(i) & 63)
		}
		return c.Scratch.Bool(dst, valid, n), nil
	})
}

// write is a text or binary result that appends row i's bytes to dst. It is called for the rows that are valid only. An ok of false makes
// the row null.
type write func(dst []byte, i int) (out []byte, ok bool, err error)

// build runs w for every valid row.
func build(c *Ctx, n int, valid data.Bitmap, w write) (*data.Column, error) {
	t := c.Scratch.Text(n)
	var gone nulls
	for i := range n {
		if !valid.Get(i) {
			continue
		}
		out, ok, err := w(t.Buf, i)
		if err != nil {
			return nil, atRow(i, err)
		}
		t.Buf = out
		if !ok {
			t.Drop()
			gone.mark(c, i, n, valid)
			continue
		}
		t.Row(i)
	}
	return t.Column(c.Scratch, c.Ret, gone.or(valid)), nil
}

// textMap is a text result of one text argument.
func textMap(f func(dst, s []byte) []byte) Maker {
	return strict(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		a := textsOf(args[0])
		return build(c, n, valid, func(dst []byte, i int) ([]byte, bool, error) { return f(dst, a.at(i)), true, nil })
	})
}

// textTry is textMap for a function that may fail.
func textTry(f func(dst, s []byte) ([]byte, error)) Maker {
	return strict(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		a := textsOf(args[0])
		return build(c, n, valid, func(dst []byte, i int) ([]byte, bool, error) {
			out, err := f(dst, a.at(i))
			return out, true, err
		})
	})
}

// textOf is a text result of one fixed-width argument.
func textOf[A data.Fixed](f func(dst []byte, x A) ([]byte, error)) Maker {
	return strict(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		a := numsOf[A](args[0])
		return build(c, n, valid, func(dst []byte, i int) ([]byte, bool, error) {
			out, err := f(dst, a.at(i))
			return out, true, err
		})
	})
}

// slicer is a text result that is a part [lo, hi) of its text argument, and shares its memory.
func slicer(c *Ctx, a *data.Column, n int, valid data.Bitmap, f func(i int, s []byte) (lo, hi int)) (*data.Column, error) {
	dst, src := compute.Make[data.View](c.Scratch, n), textsOf(a)
	for i := range dst {
		if !valid.Get(i) {
			dst[i] = data.View{}
			continue
		}
		v := &src.views[i&src.mask]
		lo, hi := f(i, v.Bytes(src.heap))
		dst[i] = cut(v, src.heap, lo, hi)
	}
	out := num(c, dst, valid)
	out.Heap = src.heap
	return out, nil
}

// eachValid calls f for the valid rows below n in order.
func eachValid(valid data.Bitmap, n int, f func(i int) error) error {
	if valid == nil {
		for i := range n {
			if err := f(i); err != nil {
				return err
			}
		}
		return nil
	}
	for w := range data.Words(n) {
		word := valid[w]
		if rest := n - w*64; rest < 64 {
			word &= 1<<uint(rest) - 1
		}
		for ; word != 0; word &= word - 1 {
			if err := f(w*64 + bits.TrailingZeros64(word)); err != nil {
				return err
			}
		}
	}
	return nil
}
