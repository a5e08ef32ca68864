package gen

import (
	"io"
	"strconv"
	"time"
)

var (
	endpoints = []string{"/api/items", "/api/search", "/api/cart", "/api/users", "/api/orders", "/api/login", "/api/reviews", "/health", "/metrics", "/"}
	brands    = []string{"Acorn", "Birch", "Cedar", "Dune", "Ember", "Fjord", "Grove", "Harbor", "Iris", "Juniper", "Kestrel", "Lumen"}
	products  = []string{"Lamp", "Chair", "Desk", "Shelf", "Rug", "Clock", "Mirror", "Vase"}
)

// smallStart is the first instant of the data sets of the examples.
var smallStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// rowFile writes a file of rows, each made from its own random stream, after an optional header line.
func rowFile(path, header string, rows int, seed uint64, row func(buf []byte, r *rng, i int) []byte) error {
	return writeFile(path, func(w io.Writer) error {
		if _, err := io.WriteString(w, header); err != nil {
			return err
		}
		return writeRows(w, 0, rows, func(buf []byte, first, end int) []byte {
			for i := first; i < end; i++ {
				r := newRNG(seed, i)
				buf = row(buf, &r, i)
			}
			return buf
		})
	})
}

// EndpointLogs writes rows of a web server's log as CSV with a header: endpoint, status, latency in milliseconds and
// ts, a second apart. About one row in twelve has status 500, which takes longer.
func EndpointLogs(path string, rows int, seed uint64) error {
	return rowFile(path, "endpoint,status,latency,ts\n", rows, seed^0x656e64, func(buf []byte, r *rng, i int) []byte {
		buf = append(append(buf, pick(r, endpoints)...), ',')
		status, slow := "200", 1
		switch r.below(12) {
		case 0:
			status, slow = "500", 8
		case 1:
			status = "404"
		case 2:
			status = "503"
		}
		buf = append(append(buf, status...), ',')
		micros := slow * (1_000 + r.skewed(200_000))
		buf = strconv.AppendInt(buf, int64(micros/1000), 10)
		buf = appendPadded(append(buf, '.'), micros%1000, 3)
		buf = smallStart.Add(time.Duration(i)*time.Second).AppendFormat(append(buf, ','), time.DateTime)
		return append(buf, '\n')
	})
}

// Clickstream writes clicks of users 1 to users as newline-delimited JSON: timestamp, user_id and page_id. Clicks are
// half a second apart but for one in ten, which arrives up to a minute late, so the file is not in order of time.
func Clickstream(path string, rows, users int, seed uint64) error {
	return rowFile(path, "", rows, seed^0x636c6b, func(buf []byte, r *rng, i int) []byte {
		at := smallStart.Add(time.Duration(i) * 500 * time.Millisecond)
		if r.oneIn(10) {
			at = at.Add(-time.Duration(r.below(60_000)) * time.Millisecond)
		}
		buf = at.AppendFormat(append(buf, `{"timestamp":"`...), "2006-01-02T15:04:05.000Z")
		buf = strconv.AppendInt(append(buf, `","user_id":`...), int64(1+r.skewed(users)), 10)
		buf = strconv.AppendInt(append(buf, `,"page_id":`...), int64(1+r.skewed(500)), 10)
		return append(buf, "}\n"...)
	})
}

// Brands writes a price list as CSV with a header: brand, price and product. Brands differ in their level of prices,
// so that some have a mean above 100 and some below.
func Brands(path string, rows int, seed uint64) error {
	return rowFile(path, "brand,price,product\n", rows, seed^0x627264, func(buf []byte, r *rng, _ int) []byte {
		brand := r.below(len(brands))
		cents := 1_000 + r.below(2_500*(brand+1))
		buf = append(append(buf, brands[brand]...), ',')
		buf = strconv.AppendInt(buf, int64(cents/100), 10)
		buf = appendPadded(append(buf, '.'), cents%100, 2)
		buf = append(append(buf, ','), brands[r.below(len(brands))]...)
		buf = append(append(buf, ' '), products[r.below(len(products))]...)
		return append(buf, '\n')
	})
}
