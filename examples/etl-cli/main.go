// Command etl-cli is the daily-active-users job as a Go program with the connectors that it needs and no others.
//
//	etl-cli -logs 's3://logs/2026/**/*.ndjson.gz' -users users.parquet -to 'postgres://me@db/shop?table=daily_active_users'
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"

	sk "github.com/siksik-data/siksik"
	_ "github.com/siksik-data/siksik/connect/postgres"
	_ "github.com/siksik-data/siksik/connect/s3"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

func main() {
	logs := flag.String("logs", "logs/**/*.ndjson.gz", "JSON logs: a path, glob or s3:// URL")
	users := flag.String("users", "users.parquet", "users with user_id and country")
	since := flag.String("since", "2026-01-01", "first day")
	to := flag.String("to", "dau.parquet", "a postgres:// URL with ?table=, or a file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	receipt, err := run(ctx, *logs, *users, *since, *to)
	if err != nil {
		fmt.Fprintln(os.Stderr, "error: "+fault.Render(err))
		os.Exit(1)
	}
	fmt.Fprintf(os.Stderr, "%d rows → %s\n", receipt.Rows, fault.Redact(*to))
}

// run is the whole job. A table in a database gets new days and changed ones; a file is written anew.
func run(ctx context.Context, logs, users, since, to string) (sk.Receipt, error) {
	dau := dailyActiveUsers(logs, users, since)
	if strings.HasPrefix(to, "postgres") {
		return dau.Sink(ctx, to, sk.UpsertBy("day", "country"))
	}
	return dau.Sink(ctx, to)
}

// dailyActiveUsers reads only the two columns of the logs that it declares.
func dailyActiveUsers(logs, users, since string) sk.LazyFrame {
	columns := sk.Columns(
		dtype.Field{Name: "timestamp", Type: dtype.Of(dtype.String)},
		dtype.Field{Name: "user_id", Type: dtype.Of(dtype.Int64)})
	return sk.ScanNDJSON(logs, columns).
		Filter(sk.Col("timestamp").Ge(since)).
		Select(sk.Col("timestamp").Cast(dtype.TimestampOf(dtype.Micro, "")).Dt().Date().Alias("day"), "user_id").
		Join(sk.ScanParquet(users), sk.Inner, sk.On("user_id")).
		GroupBy("day", "country").
		Agg(sk.Col("user_id").NUnique().Alias("dau")).
		Sort(sk.Asc("day"), sk.Asc("country"))
}
