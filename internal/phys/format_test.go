package phys_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/internal/plan"
)

// sample joins a filtered source with a shared one.
func sample() phys.Node {
	a, b := expr.Col{ID: 1, Name: "a", Type: dtype.Of(dtype.Int64)}, expr.Col{ID: 2, Name: "b", Type: dtype.Of(dtype.String)}
	values := &phys.Values{Base: phys.Base{ID: 4, Out: []expr.Col{b}, Rows: 1}, Rows: [][]expr.Expr{{&expr.Lit{Value: data.StringScalar(`<"x">`)}}}}
	left := &phys.Filter{Base: phys.Base{ID: 1, Out: []expr.Col{a}, Rows: 1234567.4}, Conds: []expr.Expr{&expr.IsNull{Arg: &expr.Ref{Col: a}, Negate: true}},
		Input: &phys.Memory{Base: phys.Base{ID: 2, Out: []expr.Col{a}, Rows: -1}, Name: "m"}}
	j := &phys.LoopJoin{Base: phys.Base{ID: 0, Out: []expr.Col{a, b}, Rows: 10}, Kind: defs.Left, Probe: left,
		Build: &phys.Shared{Base: phys.Base{ID: 3, Out: []expr.Col{b}, Rows: 1}, Key: 7, Input: values}}
	again := &phys.Shared{Base: phys.Base{ID: 6, Out: []expr.Col{b}, Rows: 1}, Key: 7, Input: values}
	items := []plan.Item{{Col: b, Expr: &expr.Ref{Col: b}}}
	return &phys.Union{Base: phys.Base{ID: 9, Out: []expr.Col{b}, Rows: 11}, Ins: []phys.Node{
		&phys.Project{Base: phys.Base{ID: 8, Out: []expr.Col{b}, Rows: 10}, Input: j, Items: items}, again}}
}

func ran(id int) (phys.Metrics, bool) {
	return phys.Metrics{Rows: int64(id) * 1000, Bytes: 3 << 20, Time: 12345 * time.Microsecond, MemPeak: 1536, Spilled: 0}, id < 2
}

func TestFormatShowsEstimatesMemoryAndMetrics(t *testing.T) {
	const want = `Union of 2  (est 11, stream)
  Project [b#2]  (est 10, stream)
    LoopJoin left  (rows 0, est 10, spill, 12.35ms, 3.0 MiB, peak 1.5 KiB)
      Filter a#1 is not null  (rows 1_000, est 1_234_567, stream, 12.35ms, 3.0 MiB, peak 1.5 KiB)
        Memory m [a]  (stream)
      Shared #7  (est 1, spill)
        Values 1 rows [b]  (est 1, stream)
  Shared #7  (est 1, spill)
`
	if got := phys.Format(sample(), phys.FormatOptions{Metrics: ran}); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestMermaidEscapesAndJoinsUsesOfASharedPlan(t *testing.T) {
	got := phys.Mermaid(sample(), phys.FormatOptions{})
	for _, want := range []string{"flowchart BT\n", `n0[["<b>LoopJoin</b>`, "n1 -->|probe| n0", "n3 -->|build| n0", "n4 --> n3\n", "n4 --> n6\n", "&#35;7"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if n := strings.Count(got, "n4["); n != 1 {
		t.Errorf("the shared input is drawn %d times\n%s", n, got)
	}
}

func TestJSONHasTheTreeOnceAndTheMetrics(t *testing.T) {
	text, err := phys.JSON(sample(), phys.FormatOptions{Metrics: ran})
	if err != nil {
		t.Fatal(err)
	}
	var root struct {
		Operator string
		Inputs   []struct {
			Operator string
			SameAs   *int `json:"same_as"`
			Inputs   []struct {
				Run       struct{ Seconds float64 }
				Estimated float64 `json:"estimated_rows"`
				Memory    string
				Columns   []struct{ Name, Type string }
			}
		}
	}
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	if root.Operator != "Union" || root.Inputs[1].SameAs == nil || *root.Inputs[1].SameAs != 3 || len(root.Inputs[1].Inputs) != 0 {
		t.Errorf("unexpected tree:\n%s", text)
	}
	j := root.Inputs[0].Inputs[0]
	if j.Run.Seconds != 0.012345 || j.Estimated != 10 || j.Memory != "spill" || j.Columns[0].Type == "" {
		t.Errorf("unexpected join:\n%s", text)
	}
}
