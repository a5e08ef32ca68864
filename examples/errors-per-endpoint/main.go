// Command errors-per-endpoint counts failed requests and their mean latency for each endpoint of a CSV log.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	sk "github.com/siksik-data/siksik"
)

func main() {
	path := "logs.csv"
	if len(os.Args) > 1 {
		path = os.Args[1]
	}
	errors, err := errorsPerEndpoint(path).Collect(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(errors)
}

// errorsPerEndpoint reads nothing until it is collected.
func errorsPerEndpoint(path string) sk.LazyFrame {
	return sk.ScanCSV(path).
		Filter(sk.Col("status").Eq(500)).
		GroupBy("endpoint").
		Agg(sk.Len().Alias("error_count"), sk.Col("latency").Mean().Alias("avg_latency")).
		Sort(sk.Desc("error_count"), sk.Asc("endpoint"))
}
