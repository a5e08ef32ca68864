package csv

import (
	"bytes"
	"math/bits"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// forms collects in which order the dates of a column's texts have their day, month and year, to find one order for all of them: 31.12.1999,
// 12/31/99 or 1999/12/31, with or without a time of day. Dates with the year first, two digits each for the others, and dashes between are
// what fs.Moments knows; here they count as well, as the texts beside them may be written shorter.
type forms struct {
	seen   int
	sep    byte
	clock  clock
	orders uint8 // by the number of each order: all texts are dates in it
}

// clock is how the time of day behind a date is written.
type clock uint8

const (
	noClock   clock = iota
	fullClock       // 23:59:59
	halfClock       // 11:59:59 PM
)

var clockFormats = [...]string{noClock: "", fullClock: " %H:%M:%S", halfClock: " %I:%M:%S %p"}

// order is a sequence of day, month and year: the place of each among the three numbers, and how many digits the year has.
type order struct {
	day, month, year int
	digits           int
	text             string // the specifiers, with - between them
}

// The orders; where several fit all texts of a column with long years, the first one is taken.
var orders = [...]order{
	{2, 1, 0, 4, "%Y-%m-%d"}, {0, 1, 2, 4, "%d-%m-%Y"}, {1, 0, 2, 4, "%m-%d-%Y"},
	{2, 1, 0, 2, "%y-%m-%d"}, {0, 1, 2, 2, "%d-%m-%y"}, {1, 0, 2, 2, "%m-%d-%y"},
}

// longYears are the orders with four digits for the year.
const longYears = 0b111

// add looks at a text and reports whether it still may be a column of dates.
func (f *forms) add(b []byte) bool {
	b = bytes.TrimSpace(b)
	var nums, lens [3]int
	p := 0
	var sep byte
	for k := range nums {
		from := p
		for p < len(b) && b[p]-'0' <= 9 && p-from < 4 {
			nums[k] = 10*nums[k] + int(b[p]-'0')
			p++
		}
		if lens[k] = p - from; lens[k] == 0 {
			return false
		}
		if k == 2 {
			break
		}
		if p >= len(b) || b[p] != '-' && b[p] != '/' && b[p] != '.' || k == 1 && b[p] != sep {
			return false
		}
		sep = b[p]
		p++
	}
	c, ok := clockOf(b[p:])
	if !ok || f.seen > 0 && (sep != f.sep || c != f.clock) {
		return false
	}
	fits := fitting(nums, lens)
	if f.seen > 0 {
		fits &= f.orders
	}
	f.seen, f.sep, f.clock, f.orders = f.seen+1, sep, c, fits
	return fits != 0
}

// fitting returns the orders in which three numbers of so many digits are a date that exists.
func fitting(nums, lens [3]int) (fits uint8) {
	for i, o := range orders {
		if lens[o.year] != o.digits || lens[o.day] > 2 || lens[o.month] > 2 {
			continue
		}
		if m, d := nums[o.month], nums[o.day]; m >= 1 && m <= 12 && d >= 1 && d <= data.DaysInMonth(longYear(nums[o.year], o.digits), m) {
			fits |= 1 << i
		}
	}
	return fits
}

// longYear completes a year of two digits as the specifier %y does.
func longYear(year, digits int) int64 {
	switch {
	case digits == 4:
		return int64(year)
	case year < 69:
		return int64(year) + 2000
	}
	return int64(year) + 1900
}

// clockOf tells how the time of day behind a date is written.
func clockOf(b []byte) (clock, bool) {
	if len(b) == 0 {
		return noClock, true
	}
	text, half := bytes.CutSuffix(b[1:], []byte(" AM"))
	if !half {
		text, half = bytes.CutSuffix(text, []byte(" PM"))
	}
	if b[0] != ' ' || len(text) != 8 || text[2] != ':' || text[5] != ':' {
		return 0, false
	}
	if _, ok := data.ParseTime(text); !ok {
		return 0, false
	}
	if half {
		return halfClock, text[0] == '0' && text[1] > '0' || text[0] == '1' && text[1] <= '2'
	}
	return fullClock, true
}

// typ returns the type of all values of a column, of which there is at least one, and their format: Date or Timestamp if each of them was added and one
// order fits them. With years of two digits it must be the only one, as such texts may be anything.
func (f *forms) typ(values int) (t dtype.Type, format string) {
	all := f.orders
	if f.seen != values || all == 0 || all&longYears == 0 && bits.OnesCount8(all) > 1 {
		return dtype.Of(dtype.String), ""
	}
	text := []byte(orders[bits.TrailingZeros8(all)].text)
	format = string(bytes.ReplaceAll(text, []byte("-"), []byte{f.sep})) + clockFormats[f.clock]
	if f.clock == noClock {
		return dtype.Of(dtype.Date), format
	}
	return dtype.TimestampOf(dtype.Micro, ""), format
}
