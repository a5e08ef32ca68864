package siksik_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	sk "github.com/siksik-data/siksik"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

func TestMistakesInFramesAreNamedBeforeAnythingIsRead(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "logs.csv")
	// The second row does not fit: a mistake that is found before reading does not depend on it.
	if err := os.WriteFile(in, []byte("endpoint,latency\n/a,5\n/b,x\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	logs := sk.ScanCSV(in)
	typed, err := sk.FromRows([]struct {
		Endpoint string
		Latency  int64
	}{{"/a", 5}})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		frame sk.LazyFrame
		code  fault.Code
		want  []string
	}{
		"unknown column":       {logs.Filter(sk.Col("latncy").Eq(1)), fault.Name, []string{`no column "latncy"`, `did you mean "latency"?`}},
		"unknown column later": {logs.Select(sk.Col("endpoint")).Select(sk.Col("latency")), fault.Name, []string{`no column "latency"`, "endpoint"}},
		"join of other types":  {typed.Lazy().Join(typed.Lazy(), sk.Inner, sk.OnPair("endpoint", "latency")), fault.Type, []string{`the join compares column "endpoint", which is varchar, with column "latency", which is int64`, "cast one of them"}},
		"join without keys":    {logs.Join(logs, sk.Left), fault.Usage, []string{`siksik.On("column")`}},
		"join by no column":    {logs.Join(logs, sk.Left, sk.On("endpont")), fault.Name, []string{`did you mean "endpoint"?`}},
		"sum of text":          {logs.GroupBy("latency").Agg(sk.Col("endpoint").Mean()), fault.Type, []string{"avg cannot be called with (varchar)"}},
		"missing file":         {sk.ScanCSV(filepath.Join(dir, "lags.csv")), fault.NotFound, []string{"no file", "lags.csv"}},
		"cast":                 {logs.Select(sk.Col("latency").Cast(dtype.Of(dtype.Int64))), fault.Value, []string{`cannot convert 'x' to int64 (`, `logs.csv, line 3, column "latency")`}},
	} {
		_, err := c.frame.SinkCSV(ctx, filepath.Join(dir, "out.csv"))
		if fault.CodeOf(err) != c.code {
			t.Errorf("%s: got %v of code %q", name, err, fault.CodeOf(err))
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: no %s in %v", name, w, err)
			}
		}
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != 1 {
			t.Errorf("%s: there are %v, %v", name, entries, err)
		}
	}
}
