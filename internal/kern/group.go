package kern

// Grouped aggregates: row i belongs to the dense group g[i], whose state is s[g[i]].
// The caller sizes s for the largest group and sets the states of new groups to the
// start value that each function names. One group alone is kept in a register where
// the state is small.

// CountGrouped counts valid rows; from 0.
func CountGrouped(s []int64, g []uint32, valid []uint64) {
	if len(s) == 1 && valid == nil {
		s[0] += int64(len(g))
		return
	}
	if valid == nil {
		for _, x := range g {
			s[x]++
		}
		return
	}
	for i, x := range g {
		s[x] += int64(valid[i>>6] >> (uint(i) & 63) & 1)
	}
}

// CountNullsGrouped counts the rows that are not valid; from 0.
func CountNullsGrouped(s []int64, g []uint32, valid []uint64) {
	for i, x := range g {
		s[x] += int64(valid[i>>6]>>(uint(i)&63)&1 ^ 1)
	}
}

// SeenGrouped sets the bits of the groups that have a valid row; from 0.
func SeenGrouped(seen []uint64, g []uint32, valid []uint64) {
	for i, x := range g {
		seen[x>>6] |= b2u(bitAt(valid, i)) << (x & 63)
	}
}

// MinGrouped keeps the least value; from the greatest of T.
func MinGrouped[T Integer](s []T, g []uint32, src []T, valid []uint64) {
	src = src[:len(g)]
	if valid == nil && len(s) == 1 {
		m, _ := Min(src, nil) // of no rows it is where states start
		s[0] = min(s[0], m)
		return
	}
	if valid == nil {
		for i, x := range g {
			p := &s[x]
			*p = min(*p, src[i])
		}
		return
	}
	for i, x := range g {
		if valid[i>>6]>>(uint(i)&63)&1 != 0 {
			p := &s[x]
			*p = min(*p, src[i])
		}
	}
}

// MaxGrouped keeps the greatest value; from the least of T.
func MaxGrouped[T Integer](s []T, g []uint32, src []T, valid []uint64) {
	src = src[:len(g)]
	if valid == nil && len(s) == 1 {
		m, _ := Max(src, nil) // of no rows it is where states start
		s[0] = max(s[0], m)
		return
	}
	if valid == nil {
		for i, x := range g {
			p := &s[x]
			*p = max(*p, src[i])
		}
		return
	}
	for i, x := range g {
		if valid[i>>6]>>(uint(i)&63)&1 != 0 {
			p := &s[x]
			*p = max(*p, src[i])
		}
	}
}

// MinFloatGrouped keeps the least value, NaN only when there is no number; from NaN.
func MinFloatGrouped[T Float](s []T, g []uint32, src []T, valid []uint64) {
	src = src[:len(g)]
	if valid == nil && len(s) == 1 {
		m := s[0]
		for _, v := range src {
			if v < m || m != m {
				m = v
			}
		}
		s[0] = m
		return
	}
	for i, x := range g {
		if v, p := src[i], &s[x]; (v < *p || *p != *p) && bitAt(valid, i) {
			*p = v
		}
	}
}

// MaxFloatGrouped keeps the greatest value, NaN being the greatest; from -Inf.
func MaxFloatGrouped[T Float](s []T, g []uint32, src []T, valid []uint64) {
	src = src[:len(g)]
	if valid == nil && len(s) == 1 {
		m := s[0]
		for _, v := range src {
			if v > m || v != v {
				m = v
			}
		}
		s[0] = m
		return
	}
	for i, x := range g {
		if v, p := src[i], &s[x]; (v > *p || v != v) && bitAt(valid, i) {
			*p = v
		}
	}
}

// MaxNumberGrouped keeps the greatest number, NaN only when there is none; from NaN.
func MaxNumberGrouped[T Float](s []T, g []uint32, src []T, valid []uint64) {
	src = src[:len(g)]
	if valid == nil && len(s) == 1 {
		m := s[0]
		for _, v := range src {
			if v > m || m != m {
				m = v
			}
		}
		s[0] = m
		return
	}
	for i, x := range g {
		if v, p := src[i], &s[x]; (v > *p || *p != *p) && bitAt(valid, i) {
			*p = v
		}
	}
}

// MinI128Grouped keeps the least value; from the greatest I128.
func MinI128Grouped(s []I128, g []uint32, src []I128, valid []uint64) {
	src = src[:len(g)]
	for i, x := range g {
		if v, p := src[i], &s[x]; less128(v, *p) != 0 && bitAt(valid, i) {
			*p = v
		}
	}
}

// MaxI128Grouped keeps the greatest value; from the least I128.
func MaxI128Grouped(s []I128, g []uint32, src []I128, valid []uint64) {
	src = src[:len(g)]
	for i, x := range g {
		if v, p := src[i], &s[x]; less128(*p, v) != 0 && bitAt(valid, i) {
			*p = v
		}
	}
}

// AndGrouped is bool_and: state and source are bitmaps; from 1.
func AndGrouped(s []uint64, g []uint32, src, valid []uint64) {
	for i, x := range g {
		no := b2u(bitAt(valid, i)) &^ (src[i>>6] >> (uint(i) & 63))
		s[x>>6] &^= no << (x & 63)
	}
}

// OrGrouped is bool_or: state and source are bitmaps; from 0.
func OrGrouped(s []uint64, g []uint32, src, valid []uint64) {
	for i, x := range g {
		yes := b2u(bitAt(valid, i)) & (src[i>>6] >> (uint(i) & 63))
		s[x>>6] |= yes << (x & 63)
	}
}

// FirstOfGroups writes the valid rows that are the first of their group, as told by
// and recorded in seen, to sel, which has room for all, and returns how many. Take
// and Scatter then move values of any type into the groups' states.
func FirstOfGroups(sel []uint32, seen []uint64, g []uint32, valid []uint64) int {
	sel = sel[:len(g)]
	n := 0
	for i, x := range g {
		p := &seen[x>>6]
		yes := b2u(bitAt(valid, i)) &^ (*p >> (x & 63))
		*p |= yes << (x & 63)
		sel[n] = uint32(i)
		n += int(yes)
	}
	return n
}

// LastGrouped keeps the last valid value of any type.
func LastGrouped[T any](s []T, g []uint32, src []T, valid []uint64) {
	src = src[:len(g)]
	for i, x := range g {
		if bitAt(valid, i) {
			s[x] = src[i]
		}
	}
}
