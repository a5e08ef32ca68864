package fn

import (
	"math/bits"

	"github.com/siksik-data/siksik/fault"
)

// Similarity is distances between texts.
var Similarity = &Set{add: func(register adder) {
	register(map[string]Maker{
		"levenshtein.string_string":             measure2(func(a, b []byte) (int64, error) { return editDistance(a, b, false), nil }),
		"damerau_levenshtein.string_string":     measure2(func(a, b []byte) (int64, error) { return editDistance(a, b, true), nil }),
		"hamming.string_string":                 measure2(hamming),
		"jaccard.string_string":                 measure2(jaccard),
		"jaro_similarity.string_string":         measure2(func(a, b []byte) (float64, error) { return jaro(a, b), nil }),
		"jaro_winkler_similarity.string_string": measure2(jaroWinkler),
	})
}}

// editDistance counts insertions, deletions and substitutions of bytes, and with swaps also exchanges of neighbours, by three rows of the
// usual table.
func editDistance(a, b []byte, swaps bool) int64 {
	prev2, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := range a {
		cur[0] = i + 1
		for j := range b {
			cost := 1 - int(bit(a[i] == b[j]))
			cur[j+1] = min(cur[j]+1, prev[j+1]+1, prev[j]+cost)
			if swaps && i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				cur[j+1] = min(cur[j+1], prev2[j-1]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return int64(prev[len(b)])
}

func hamming(a, b []byte) (int64, error) {
	if len(a) != len(b) || len(a) == 0 {
		return 0, fault.New(fault.Value, "hamming needs two texts of one length above zero, not %s and %s", fault.Quote(str(a)), fault.Quote(str(b)))
	}
	n := int64(0)
	for i := range a {
		n += int64(bit(a[i] != b[i]))
	}
	return n, nil
}

// byteSet has a bit for each byte that occurs.
func byteSet(s []byte) (set [4]uint64) {
	for _, c := range s {
		set[c>>6] |= 1 << (c & 63)
	}
	return set
}

func jaccard(a, b []byte) (float64, error) {
	if len(a) == 0 || len(b) == 0 {
		return 0, fault.New(fault.Value, "jaccard needs two texts that are not empty")
	}
	x, y := byteSet(a), byteSet(b)
	common, all := 0, 0
	for i := range x {
		common += bits.OnesCount64(x[i] & y[i])
		all += bits.OnesCount64(x[i] | y[i])
	}
	return float64(common) / float64(all), nil
}

// jaro counts bytes that match within half the longer text, and how many pairs of them are out of order.
func jaro(a, b []byte) float64 {
	reach := max(max(len(a), len(b))/2-1, 0)
	usedA, usedB := make([]bool, len(a)), make([]bool, len(b))
	same := 0
	for i := range a {
		for j := max(i-reach, 0); j < min(i+reach+1, len(b)); j++ {
			if !usedB[j] && a[i] == b[j] {
				usedA[i], usedB[j] = true, true
				same++
				break
			}
		}
	}
	if same == 0 {
		return 0
	}
	moved, j := 0, 0
	for i := range a {
		if !usedA[i] {
			continue
		}
		for !usedB[j] {
			j++
		}
		if a[i] != b[j] {
			moved++
		}
		j++
	}
	m := float64(same)
	return (m/float64(len(a)) + m/float64(len(b)) + (m-float64(moved/2))/m) / 3
}

// jaroWinkler favours a common prefix of up to four bytes, for texts that are similar already.
func jaroWinkler(a, b []byte) (float64, error) {
	s := jaro(a, b)
	if s <= 0.7 {
		return s, nil
	}
	k := 0
	for k < min(4, len(a), len(b)) && a[k] == b[k] {
		k++
	}
	return s + float64(k)*0.1*(1-s), nil
}
