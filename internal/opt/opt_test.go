package opt_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/internal/bind"
	"github.com/siksik-data/siksik/internal/opt"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sql/parse"
)

var rewrite = flag.Bool("rewrite", false, "rewrite the golden files")

// goldenCase is one query of a golden file:
//
//	opt expect=rule expect-not=rule disable=rule
//	SELECT …
//	----
//	plan
type goldenCase struct {
	line  string
	query string
	want  string
}

func readCases(t *testing.T, path string) []goldenCase {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []goldenCase
	for _, block := range strings.Split("\n"+string(text), "\nopt ")[1:] {
		line, rest, _ := strings.Cut(block, "\n")
		query, want, ok := strings.Cut(rest, "\n----\n")
		if !ok {
			query, want = strings.TrimSuffix(rest, "\n----"), ""
		}
		out = append(out, goldenCase{line, strings.TrimSpace(query), strings.TrimSpace(want)})
	}
	return out
}

func init() { opt.LinkSubqueries() }

// optimise binds and optimises a query, verifying the plan after every rule, and returns the plan and the rules that changed it.
func optimise(t *testing.T, query string, disabled map[string]bool) (plan.Node, []string) {
	t.Helper()
	q, err := parse.Statements(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	sel, _ := bind.AsQuery(q[0])
	b := bind.New(context.Background(), testCatalog(), bind.Options{Fold: folder{}.Fold})
	n, err := b.Query(query, sel)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	if err := plan.Verify(n); err != nil {
		t.Fatalf("%s: after binding: %v\n%s", query, err, plan.Format(n))
	}
	out, rules := run(t, query, n, disabled)
	wantCols, gotCols := n.Cols(), out.Cols()
	for i := range wantCols {
		if len(gotCols) != len(wantCols) || gotCols[i].Name != wantCols[i].Name || !gotCols[i].Type.Equal(wantCols[i].Type) {
			t.Fatalf("%s: columns were %v and are %v", query, wantCols, gotCols)
		}
	}
	return out, rules
}

func run(t *testing.T, query string, n plan.Node, disabled map[string]bool) (plan.Node, []string) {
	t.Helper()
	var rules []string
	out, err := opt.Run(&opt.Ctx{Folder: folder{}, Disabled: disabled, Trace: func(rule string, before, after plan.Node) {
		rules = append(rules, rule)
		if err := plan.Verify(after); err != nil {
			t.Fatalf("%s: after %s: %v\nbefore:\n%safter:\n%s", query, rule, err, plan.Format(before), plan.Format(after))
		}
		if len(rules) > 300 {
			t.Fatalf("%s: rules do not settle: %v\n%s%s", query, rules[250:], plan.Format(before), plan.Format(after))
		}
		if plan.Format(before) == plan.Format(after) {
			t.Errorf("%s: %s returned a new plan that is the same:\n%s", query, rule, plan.Format(after))
		}
	}}, n)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return out, rules
}

func TestEveryRuleMatchesItsGoldenFile(t *testing.T) {
	for _, rule := range opt.Names() {
		t.Run(rule, func(t *testing.T) {
			path := filepath.Join("testdata", rule+".txt")
			cases := readCases(t, path)
			shown := false
			var out strings.Builder
			for _, c := range cases {
				disabled := map[string]bool{}
				for _, w := range strings.Fields(c.line) {
					if name, ok := strings.CutPrefix(w, "disable="); ok {
						disabled[name] = true
					}
				}
				n, rules := optimise(t, c.query, disabled)
				got := strings.TrimSpace(plan.Format(n))
				for _, w := range strings.Fields(c.line) {
					key, name, _ := strings.Cut(w, "=")
					if name != "" && !slices.Contains(opt.Names(), name) {
						t.Errorf("%s: no rule %q", c.query, name)
					}
					if used := slices.Contains(rules, name); key == "expect" && !used || (key == "expect-not" || key == "disable") && used {
						t.Errorf("%s: %s, but the rules that changed the plan are %v\n%s", c.query, w, rules, got)
					}
					shown = shown || key == "expect" && name == rule
				}
				if again, more := run(t, c.query, n, disabled); plan.Format(again) != plan.Format(n) {
					t.Errorf("%s: optimising again changes the plan with %v, from\n%s\nto\n%s", c.query, more, got, plan.Format(again))
				}
				if got != c.want && !*rewrite {
					t.Errorf("%s: the plan is\n%s\nand was\n%s", c.query, got, c.want)
				}
				out.WriteString("opt " + c.line + "\n" + c.query + "\n----\n" + got + "\n\n")
			}
			if !shown {
				t.Errorf("%s has no case with expect=%s", path, rule)
			}
			if *rewrite {
				if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestPlansStayValidWithAnyRuleOff switches rules off one at a time, and all but one, over all golden queries.
func TestPlansStayValidWithAnyRuleOff(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join("testdata", "*.txt"))
	for _, f := range files {
		for _, c := range readCases(t, f) {
			for _, off := range opt.Names() {
				if _, rules := optimise(t, c.query, map[string]bool{off: true}); slices.Contains(rules, off) {
					t.Fatalf("%s: %s is off and ran", c.query, off)
				}
				only := map[string]bool{}
				for _, o := range opt.Names() {
					only[o] = o != off
				}
				optimise(t, c.query, only)
			}
		}
	}
}
