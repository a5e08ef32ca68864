package main

import (
	"context"
	"math"
	"testing"

	sk "github.com/siksik-data/siksik"
)

func TestGoFunctionsRunInFramesAndSQL(t *testing.T) {
	mixed, distances, err := run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := sk.Values[uint32](mixed, "mixed")
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cities {
		if got[i] != mix(c.ID) {
			t.Errorf("city %d: %d, want %d", i, got[i], mix(c.ID))
		}
	}
	km, _, err := sk.Values[float64](distances, "km")
	if err != nil {
		t.Fatal(err)
	}
	if len(km) != 3 {
		t.Fatalf("%d pairs, want 3", len(km))
	}
	want := math.Round(haversine(cities[0].Lat, cities[0].Lon, cities[1].Lat, cities[1].Lon))
	if km[0] != want || want < 1800 || want > 2000 {
		t.Errorf("Berlin to Tromsø is %v km, want %v", km[0], want)
	}
}
