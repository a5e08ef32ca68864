package fn

import (
	"math/rand/v2"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/compute"
)

// Misc is what fits nowhere else.
var Misc = &Set{add: func(register adder) {
	register(map[string]Maker{
		"typeof.any":      plain(typeOf),
		"hash.any":        plain(hashOf),
		"random":          plain(random),
		"uuid":            plain(uuid),
		"error.string":    plain(raise),
		"enum_code.enum":  strict(enumCode),
		"enum_first.enum": plain(enumText(func(v []string) string { return v[0] })),
		"enum_last.enum":  plain(enumText(func(v []string) string { return v[len(v)-1] })),
		"enum_range.enum": plain(enumRange),
	})
}}

// constant is n rows of one value.
func constant(v data.Scalar, n int) (*data.Column, error) { return data.ConstColumn(v, n), nil }

func typeOf(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	return constant(data.StringScalar(args[0].Type.String()), n)
}

func hashOf(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	out := num(c, compute.Make[uint64](c.Scratch, n), nil)
	copy(data.Slice[uint64](out), compute.Hash(c.Scratch, args, n))
	if n > 0 && allConst(args) {
		return c.Scratch.Const(out.Slice(0, 1), n), nil
	}
	return out, nil
}

func random(c *Ctx, _ []*data.Column, n int) (*data.Column, error) {
	dst := compute.Make[float64](c.Scratch, n)
	for i := range dst {
		dst[i] = rand.Float64()
	}
	return num(c, dst, nil), nil
}

// uuid makes random UUIDs of version 4, stored with the top bit flipped.
func uuid(c *Ctx, _ []*data.Column, n int) (*data.Column, error) {
	dst := compute.Make[data.Int128](c.Scratch, n)
	for i := range dst {
		hi := rand.Uint64()&^0xf000 | 0x4000
		dst[i] = data.Int128{Lo: rand.Uint64()&^(3<<62) | 2<<62, Hi: int64(hi ^ 1<<63)}
	}
	return num(c, dst, nil), nil
}

// raise fails with the first message that is not null.
func raise(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	for i := range n {
		if !args[0].IsNull(i) {
			return nil, rowError(i, "%s", args[0].Bytes(i))
		}
	}
	return c.Scratch.Null(c.Ret, n), nil
}

func enumCode(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	dst := compute.Make[int64](c.Scratch, n)
	for i, v := range data.Slice[uint32](args[0])[:n] {
		dst[i] = int64(v)
	}
	return num(c, dst, valid), nil
}

// enumText depends on the type of its argument alone.
func enumText(f func(values []string) string) Impl {
	return func(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
		values := args[0].Type.Values
		if len(values) == 0 {
			return nil, fault.New(fault.Value, "the enum has no values")
		}
		return constant(data.StringScalar(f(values)), n)
	}
}

func enumRange(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	list := data.Scalar{Type: dtype.ListOf(dtype.Of(dtype.String))}
	for _, v := range args[0].Type.Values {
		list.Kids = append(list.Kids, data.StringScalar(v))
	}
	return constant(list, n)
}
