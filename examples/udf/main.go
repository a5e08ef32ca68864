// Command udf shows plain Go functions in queries: over a column of a frame, and by name from SQL.
package main

import (
	"context"
	"fmt"
	"log"
	"math"

	sk "github.com/siksik-data/siksik"
)

// mix scrambles the bits of an id.
func mix(v uint32) uint32 { return v>>2 ^ 0xDEADBEEF }

// haversine is the distance in kilometres between two points on the earth, in degrees.
func haversine(lat1, lon1, lat2, lon2 float64) float64 {
	const radius, degree = 6371.0, math.Pi / 180
	dLat, dLon := (lat2-lat1)*degree, (lon2-lon1)*degree
	a := math.Sin(dLat/2)*math.Sin(dLat/2) + math.Cos(lat1*degree)*math.Cos(lat2*degree)*math.Sin(dLon/2)*math.Sin(dLon/2)
	return 2 * radius * math.Asin(math.Sqrt(a))
}

// City is a row.
type City struct {
	ID       uint32
	Name     string
	Lat, Lon float64
}

var cities = []City{{1, "Berlin", 52.52, 13.405}, {2, "Tromsø", 69.6496, 18.956}, {3, "Utqiaġvik", 71.2906, -156.7886}}

func main() {
	mixed, distances, err := run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(mixed)
	fmt.Println(distances)
}

func run(ctx context.Context) (mixed, distances *sk.DataFrame, err error) {
	df, err := sk.FromRows(cities)
	if err != nil {
		return nil, nil, err
	}
	mixed, err = df.Lazy().Select("name", sk.Map(sk.Col("id"), mix).Alias("mixed")).Collect(ctx)
	if err != nil {
		return nil, nil, err
	}
	eng, err := sk.Open()
	if err != nil {
		return nil, nil, err
	}
	defer eng.Close()
	eng.Register("cities", df.Lazy())
	if err := eng.RegisterFunc("haversine", haversine, sk.Pure()); err != nil {
		return nil, nil, err
	}
	distances, err = eng.SQL(`
		SELECT a.name AS a, b.name AS b, round(haversine(a.lat, a.lon, b.lat, b.lon)) AS km
		FROM cities a JOIN cities b ON a.id < b.id ORDER BY km`).Collect(ctx)
	return mixed, distances, err
}
