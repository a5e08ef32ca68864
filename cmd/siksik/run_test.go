package main

import (
	"testing"
	"time"

	"github.com/siksik-data/siksik/pipe"
)

func TestASourceLineHasRowsBytesSpeedAndTimeLeft(t *testing.T) {
	s := func(rows, bytes, total int64) pipe.SourceProgress {
		return pipe.SourceProgress{SourceSummary: pipe.SourceSummary{Name: "logs", Rows: rows, Bytes: bytes}, TotalBytes: total}
	}
	for _, c := range []struct {
		s    pipe.SourceProgress
		took time.Duration
		want string
	}{
		{s(38_204_112, 2_100_000_000, 2_600_000_000), 3437 * time.Millisecond, " 2.1 GB of 2.6 GB   38,204,112 rows   611 MB/s   1 s left"},
		{s(1, 10, 0), time.Second, " 10 B   1 row   10 B/s"},
		{s(5, 1500, 1500), time.Second, " 2 kB of 2 kB   5 rows   2 kB/s"},
		{s(0, 0, 1500), 0, " 0 B of 2 kB   0 rows"},
	} {
		if got := sourceLine(c.s, c.took); got != c.want {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
	}
}

func TestNumbersCarryUnits(t *testing.T) {
	for _, c := range [][2]string{
		{bytesText(0), "0 B"}, {bytesText(999), "999 B"}, {bytesText(212_000_000), "212 MB"}, {bytesText(1_250_000_000), "1.2 GB"},
		{seconds(0.0423), "42 ms"}, {seconds(4.31), "4.3 s"}, {seconds(125), "2 min 5 s"},
		{rows(1), "1 row"}, {rows(47012889), "47,012,889 rows"},
	} {
		if c[0] != c[1] {
			t.Errorf("got %s, want %s", c[0], c[1])
		}
	}
}
