package parquet

import "encoding/binary"

// appendHybrid appends vals as RLE and bit-packed runs of w bits each. Runs of at least eight equal values are repeated, others are packed
// in groups of eight; the last group may be padded.
func appendHybrid[T uint8 | uint32](dst []byte, vals []T, w int) []byte {
	packed := 0 // start of the values that wait to be packed
	for i := 0; i < len(vals); {
		v := vals[i]
		j := i + 1
		for j < len(vals) && vals[j] == v {
			j++
		}
		// A waiting group must be filled before a repeat run can start.
		fill := -(i - packed) & 7
		if j-i-fill < 8 {
			i = j
			continue
		}
		i += fill
		dst = appendPacked(dst, vals[packed:i], w)
		dst = binary.AppendUvarint(dst, uint64(j-i)<<1)
		for b := 0; b < w; b += 8 {
			dst = append(dst, byte(uint32(v)>>b))
		}
		i, packed = j, j
	}
	return appendPacked(dst, vals[packed:], w)
}

// appendPacked appends one bit-packed run.
func appendPacked[T uint8 | uint32](dst []byte, vals []T, w int) []byte {
	if len(vals) == 0 {
		return dst
	}
	groups := (len(vals) + 7) / 8
	dst = binary.AppendUvarint(dst, uint64(groups)<<1|1)
	return appendBits(dst, vals, w, groups*8)
}

// appendBits packs vals, and zeros up to n of them, from the least significant bit on.
func appendBits[T uint8 | uint32](dst []byte, vals []T, w, n int) []byte {
	var acc uint64
	have := 0
	for _, v := range vals {
		acc |= uint64(v) << have
		if have += w; have >= 32 {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(acc))
			acc >>= 32
			have -= 32
		}
	}
	have += (n - len(vals)) * w
	for ; have > 0; have -= 8 {
		dst = append(dst, byte(acc))
		acc >>= 8
	}
	return dst
}
