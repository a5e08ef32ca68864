package kern

// KeyRow is one order-preserving key and the row it belongs to. Aux is the caller's:
// a batch number, say.
type KeyRow struct {
	Key uint64
	Row uint32
	Aux uint32
}

// insertionMax is the length up to which insertion beats another radix pass.
const insertionMax = 32

// KeyRows pairs keys with the rows from first on.
func KeyRows(dst []KeyRow, keys []uint64, first uint32) {
	dst = dst[:len(keys)]
	for i, k := range keys {
		dst[i] = KeyRow{Key: k, Row: first + uint32(i)}
	}
}

// insertion sorts a short slice stably.
func insertion(s []KeyRow) {
	for i := 1; i < len(s); i++ {
		x := s[i]
		j := i
		for ; j > 0 && s[j-1].Key > x.Key; j-- {
			s[j] = s[j-1]
		}
		s[j] = x
	}
}

// SortMSD sorts s by the low width bits of its keys, of which all higher ones are
// equal, and keeps the input order of equal keys. t is scratch of the same length.
// It goes from the most significant digit down and works in cache once the parts
// are small: the choice for long inputs and keys that differ early.
func SortMSD(s, t []KeyRow, width int) { msd(s, t[:len(s)], width, true) }

// msd sorts s, ping-ponging with t; the result is in s when inS, else in t.
func msd(s, t []KeyRow, left int, inS bool) {
	if len(s) <= insertionMax || left <= 0 {
		if left > 0 {
			insertion(s)
		}
		if !inS {
			copy(t, s)
		}
		return
	}
	d := min(8, left)
	shift := uint(left - d)
	mask := uint64(1)<<d - 1
	var count [257]uint32
	for i := range s {
		count[s[i].Key>>shift&mask+1]++
	}
	if count[s[0].Key>>shift&mask+1] == uint32(len(s)) {
		msd(s, t, int(shift), inS)
		return
	}
	for i := 1; i < len(count); i++ {
		count[i] += count[i-1]
	}
	for i := range s {
		b := s[i].Key >> shift & mask & 255
		t[count[b]] = s[i]
		count[b]++
	}
	lo := uint32(0)
	for _, hi := range count[:mask+1] {
		if hi > lo {
			msd(t[lo:hi], s[lo:hi], int(shift), !inS)
		}
		lo = hi
	}
}

// SortLSD sorts s by whole keys and keeps the input order of equal ones, from the
// least significant digit up; it skips digits that are all equal. t is scratch of
// the same length. The result is the returned one of the two: the choice for keys of
// few differing bytes.
func SortLSD(s, t []KeyRow) []KeyRow {
	if len(s) <= insertionMax {
		insertion(s)
		return s
	}
	t = t[:len(s)]
	var count [8][256]uint32
	for i := range s {
		k := s[i].Key
		for d := range count {
			count[d][byte(k>>(8*d))]++
		}
	}
	for d := range count {
		c := &count[d]
		shift := uint(8 * d)
		if c[byte(s[0].Key>>shift)] == uint32(len(s)) {
			continue
		}
		sum := uint32(0)
		for i, n := range c {
			c[i] = sum
			sum += n
		}
		for i := range s {
			b := byte(s[i].Key >> shift)
			t[c[b]] = s[i]
			c[b]++
		}
		s, t = t, s
	}
	return s
}
