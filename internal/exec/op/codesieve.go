package op

import "github.com/siksik-data/siksik/data"

// codeSieve lets through the first row of each value of a dictionary, where nothing but the distinct values matters: a value that a worker has met
// once need not be hashed again while its dictionary lasts.
type codeSieve struct {
	serial uint64
	seen   data.Bitmap // by code
	null   bool        // a null has been met, in any dictionary
	rows   []uint32
}

// sifts reports whether the aggregate asks for nothing but the distinct values of one key, with the places of the first rows at most.
func (a *hashAgg) sifts() bool {
	return len(a.calls) == 0 && len(a.feeds) == 1 && len(a.sets) == 1 && len(a.sets[0].keys) == 1 && a.keys == 1
}

// fresh returns the rows of a batch of n whose values are new, or false if it cannot tell and all rows are to be taken. They stay valid until the next call.
func (s *codeSieve) fresh(c *data.Column, n int) (rows []uint32, some bool) {
	if c.Form != data.Dict || c.Values.Serial == 0 {
		return nil, false
	}
	if c.Values.Serial != s.serial {
		s.serial = c.Values.Serial
		s.seen = sized(s.seen, data.Words(c.Values.Len))
		clear(s.seen)
	}
	s.rows = sized(s.rows, n+1)
	out, seen, k := s.rows, s.seen, 0
	if c.Valid == nil {
		for i, x := range c.Codes[:n] {
			w := &seen[x>>6]
			out[k] = uint32(i)
			k += int(^*w >> (x & 63) & 1)
			*w |= 1 << (x & 63)
		}
		return out[:k], true
	}
	for i, x := range c.Codes[:n] {
		switch valid := c.Valid.Get(i); {
		case valid && !seen.Get(int(x)):
			seen.Set(int(x))
		case valid || s.null:
			continue
		default:
			s.null = true
		}
		out[k] = uint32(i)
		k++
	}
	return out[:k], true
}
