package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	sk "github.com/siksik-data/siksik"
	"github.com/siksik-data/siksik/bench/gen"
)

type click struct {
	Timestamp time.Time `json:"timestamp"`
	UserID    int64     `json:"user_id"`
	PageID    any       `json:"page_id"`
}

func clicks(t *testing.T, path string) map[int64][]click {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []click
	for s := bufio.NewScanner(f); s.Scan(); {
		var c click
		if err := json.Unmarshal(s.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(a, b click) int { return a.Timestamp.Compare(b.Timestamp) })
	out := map[int64][]click{}
	for _, c := range all {
		out[c.UserID] = append(out[c.UserID], c)
	}
	return out
}

func TestFeaturesAreThoseOfTheSortedClicks(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	in, out := filepath.Join(dir, "clicks.jsonl"), filepath.Join(dir, "features.parquet")
	if err := gen.Clickstream(in, 20_000, 300, 11); err != nil {
		t.Fatal(err)
	}
	receipt, err := features(in).SinkParquet(ctx, out)
	if err != nil {
		t.Fatal(err)
	}
	want := clicks(t, in)
	if receipt.Rows != int64(len(want)) {
		t.Fatalf("%d users, want %d", receipt.Rows, len(want))
	}
	type row struct {
		UserID          int64
		NClicks         int64
		SessionDuration time.Duration
		Pages           int64
	}
	frame := sk.ScanParquet(out).WithColumns(sk.Col("history_5").List().Len().Alias("pages"))
	for r, err := range sk.Rows[row](ctx, frame) {
		if err != nil {
			t.Fatal(err)
		}
		w := want[r.UserID]
		span := w[len(w)-1].Timestamp.Sub(w[0].Timestamp)
		if r.NClicks != int64(len(w)) || r.SessionDuration != span || r.Pages != int64(min(5, len(w))) {
			t.Errorf("%+v, want %d clicks over %v", r, len(w), span)
		}
	}
}
