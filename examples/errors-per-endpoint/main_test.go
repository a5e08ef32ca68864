package main

import (
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	sk "github.com/siksik-data/siksik"
	"github.com/siksik-data/siksik/bench/gen"
)

// naive counts the failed requests with a map, as the example's judge.
func naive(t *testing.T, path string) (count map[string]int64, sum map[string]float64) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	count, sum = map[string]int64{}, map[string]float64{}
	for _, r := range rows[1:] {
		if r[1] != "500" {
			continue
		}
		v, err := strconv.ParseFloat(r[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		count[r[0]]++
		sum[r[0]] += v
	}
	return count, sum
}

func TestErrorsPerEndpointAreCountedAndSorted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "logs.csv")
	if err := gen.EndpointLogs(path, 20_000, 7); err != nil {
		t.Fatal(err)
	}
	df, err := errorsPerEndpoint(path).Collect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		Endpoint   string
		ErrorCount int64
		AvgLatency float64
	}
	rows, err := sk.ToStructs[row](df)
	if err != nil {
		t.Fatal(err)
	}
	count, sum := naive(t, path)
	if len(rows) != len(count) {
		t.Fatalf("%d endpoints, want %d", len(rows), len(count))
	}
	for i, r := range rows {
		mean := sum[r.Endpoint] / float64(count[r.Endpoint])
		if r.ErrorCount != count[r.Endpoint] || r.AvgLatency < mean*0.999999 || r.AvgLatency > mean*1.000001 {
			t.Errorf("%+v, want %d errors with mean %v", r, count[r.Endpoint], mean)
		}
		if i > 0 && r.ErrorCount > rows[i-1].ErrorCount {
			t.Errorf("row %d is out of order", i)
		}
	}
}
