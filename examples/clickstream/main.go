// Command clickstream makes a row of features for each user from a stream of clicks, straight to Parquet.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	sk "github.com/siksik-data/siksik"
)

func main() {
	in, out := "clicks.jsonl", "features.parquet"
	if len(os.Args) > 2 {
		in, out = os.Args[1], os.Args[2]
	}
	receipt, err := features(in).SinkParquet(context.Background(), out)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprintf(os.Stderr, "%d users → %s\n", receipt.Rows, receipt.Path)
}

// features sorts by time, so that the last five pages are the latest.
func features(path string) sk.LazyFrame {
	return sk.ScanNDJSON(path).
		Sort(sk.Asc("timestamp")).
		GroupBy("user_id").
		Agg(
			sk.Len().Alias("n_clicks"),
			sk.Col("timestamp").Max().Sub(sk.Col("timestamp").Min()).Alias("session_duration"),
			sk.Col("page_id").Tail(5).Alias("history_5"),
		)
}
