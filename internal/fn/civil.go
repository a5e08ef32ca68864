package fn

import "github.com/siksik-data/siksik/data"

// civil is data.CivilFromDays with multiplications in place of most divisions, for the days that a date column can hold (C. Neri and L. Schneider,
// "Euclidean affine functions and their application to calendar algorithms", 2022). Years begin in March, and 15,000 eras of 400 years keep
// every number positive.
func civil(day int64) (year int64, month, dom int) {
	if day != int64(int32(day)) {
		return data.CivilFromDays(day)
	}
	const eras = 15000
	n1 := 4*uint64(day+719468+146097*eras) + 3
	century := n1 / 146097
	n2 := n1%146097 | 3
	p2 := 2939745 * n2
	z := p2 >> 32
	dayOfYear := uint32(p2) / 2939745 / 4
	n3 := 2141*dayOfYear + 197913
	year = int64(100*century+z) - 400*eras
	month, dom = int(n3>>16), int(n3&0xffff/2141)+1
	if dayOfYear >= 306 {
		year++
		month -= 12
	}
	return year, month, dom
}
