// Package brands tests the query of this example.
//
// What lives here: the test. What does not: anything to import. Who may import it: nobody.
package brands

import (
	"context"
	_ "embed"
	"testing"

	sk "github.com/siksik-data/siksik"
	"github.com/siksik-data/siksik/bench/gen"
)

//go:embed brands.sql
var query string

func TestOnlyExpensiveBrandsAreListed(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := gen.Brands("brands.csv", 5_000, 3); err != nil {
		t.Fatal(err)
	}
	eng, err := sk.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer eng.Close()
	type row struct {
		Brand    string
		Products int64
		AvgPrice float64
	}
	var listed []row
	ctx := context.Background()
	err = eng.Execute(ctx, query, func(r sk.Result) error {
		df, err := r.Frame.Collect(ctx)
		if err != nil {
			return err
		}
		listed, err = sk.ToStructs[row](df)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	all, err := eng.SQL(`SELECT count(DISTINCT brand) AS n FROM 'brands.csv'`).Collect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	n, err := all.Value(0, "n")
	if err != nil {
		t.Fatal(err)
	}
	if len(listed) == 0 || int64(len(listed)) >= n.Int64() {
		t.Fatalf("%d of %d brands are listed", len(listed), n.Int64())
	}
	for i, r := range listed {
		if r.AvgPrice <= 100 || i > 0 && r.AvgPrice > listed[i-1].AvgPrice {
			t.Errorf("row %d: %+v", i, r)
		}
	}
}
