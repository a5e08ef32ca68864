package kern

// Take is dst[i] = src[sel[i]], for values of every width.
func Take[T any](dst, src []T, sel []uint32) {
	dst = dst[:len(sel)]
	for i, r := range sel {
		dst[i] = src[r]
	}
}

// TakeOpt is Take with zero values where sel is NoRow.
func TakeOpt[T any](dst, src []T, sel []uint32) {
	dst = dst[:len(sel)]
	var zero T
	for i, r := range sel {
		x := zero
		if r != NoRow {
			x = src[r]
		}
		dst[i] = x
	}
}

// TakeBits gathers bits: bit i of dst is bit sel[i] of src.
func TakeBits(dst, src []uint64, sel []uint32) {
	for len(sel) > 0 {
		n := min(len(sel), 64)
		var m uint64
		for i, r := range sel[:n] {
			m |= src[r>>6] >> (r & 63) & 1 << (uint(i) & 63)
		}
		dst[0] = m
		dst, sel = dst[1:], sel[n:]
	}
}

// TakeBitsOpt is TakeBits with 0 where sel is NoRow. With a nil src, which stands
// for all ones, it gives the validity of TakeOpt's rows.
func TakeBitsOpt(dst, src []uint64, sel []uint32) {
	if src == nil {
		SelValid(dst, sel)
		return
	}
	for len(sel) > 0 {
		n := min(len(sel), 64)
		var m uint64
		for i, r := range sel[:n] {
			if r != NoRow {
				m |= src[r>>6] >> (r & 63) & 1 << (uint(i) & 63)
			}
		}
		dst[0] = m
		dst, sel = dst[1:], sel[n:]
	}
}

// Scatter is dst[sel[i]] = src[i].
func Scatter[T any](dst, src []T, sel []uint32) {
	src = src[:len(sel)]
	for i, r := range sel {
		dst[r] = src[i]
	}
}

// ScatterConst is dst[sel[i]] = v.
func ScatterConst[T any](dst []T, v T, sel []uint32) {
	for _, r := range sel {
		dst[r] = v
	}
}

// ScatterBits writes bit i of src to bit sel[i] of dst and leaves all others alone.
func ScatterBits(dst, src []uint64, sel []uint32) {
	for i, r := range sel {
		v := src[i>>6] >> (uint(i) & 63) & 1
		p := &dst[r>>6]
		*p = *p&^(1<<(r&63)) | v<<(r&63)
	}
}

// Fill sets every element of dst to v.
func Fill[T any](dst []T, v T) {
	for i := range dst {
		dst[i] = v
	}
}

// Blend takes a[i] where bit i of cond is 1 and b[i] where it is 0.
func Blend[T any](dst []T, cond []uint64, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for w := 0; w < len(dst); w += 64 {
		n := min(len(dst)-w, 64)
		d, x, y := dst[w:w+n], a[w:w+n], b[w:w+n]
		switch c := cond[w>>6] & tailMask(n); c {
		case 0:
			copy(d, y)
		case tailMask(n):
			copy(d, x)
		default:
			for i := range d {
				p := &y[i]
				if c>>(uint(i)&63)&1 != 0 {
					p = &x[i]
				}
				d[i] = *p
			}
		}
	}
}

// BlendConst takes a where bit i of cond is 1 and leaves dst[i] alone where it is 0.
func BlendConst[T any](dst []T, cond []uint64, a T) {
	for w := 0; w < len(dst); w += 64 {
		n := min(len(dst)-w, 64)
		c := cond[w>>6] & tailMask(n)
		d := dst[w : w+n]
		if c == 0 {
			continue
		}
		for i := range d {
			if c>>(uint(i)&63)&1 != 0 {
				d[i] = a
			}
		}
	}
}

// BlendInto copies a[i] to dst[i] where bit i of cond is 1 and leaves the rest alone.
func BlendInto[T any](dst []T, cond []uint64, a []T) {
	a = a[:len(dst)]
	for w := 0; w < len(dst); w += 64 {
		n := min(len(dst)-w, 64)
		c := cond[w>>6] & tailMask(n)
		if c == tailMask(n) {
			copy(dst[w:w+n], a[w:w+n])
			continue
		}
		for i := w; c != 0; i, c = i+1, c>>1 {
			if c&1 != 0 {
				dst[i] = a[i]
			}
		}
	}
}
