package sig

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the generated function list")

const pagePath = "../../docs/functions.md"

const pageHead = `# Functions

Generated from the signatures in internal/sig by ` + "`go generate ./internal/sig`" + `; do not edit.

A parameter is a name and a type. ` + "`?`" + ` marks an optional one, ` + "`!`" + ` one that must be constant, ` + "`...`" + ` one that repeats. ` + "`T`, `U`, `K`, `V`" + ` are
type variables: all parameters of one variable get their common type, with ` + "`=`" + ` the type that they compare in. Families of types are ` + "`int`, `num`, `float`, `text`,\n`ts`" + ` (timestamps of any unit),
` + "`tz`" + ` (timestamps with time zone), ` + "`dur`" + ` (durations) and ` + "`any`" + `. The result ` + "`*`" + ` depends on the arguments. Names with ` + "`_wrap`, `_null`, `dt_`, `str_`" + ` and
` + "`list_get`" + ` are those that LazyFrame expressions use.
`

// page renders the function list: a section a group, a table row a function with its overloads.
func page() string {
	var b strings.Builder
	b.WriteString(pageHead)
	group := ""
	seen := map[*Overload]bool{}
	for _, o := range All() {
		if seen[o] {
			continue
		}
		if o.Group != group {
			group = o.Group
			fmt.Fprintf(&b, "\n## %s\n\n| function | meaning |\n|---|---|\n", group)
		}
		var specs []string
		for _, x := range Lookup(o.Name) {
			if x.Group == o.Group && x.Name == o.Name && x.Doc == o.Doc {
				seen[x] = true
				specs = append(specs, "`"+strings.ReplaceAll(x.Spec, "|", `\|`)+"`")
			}
		}
		doc := strings.ReplaceAll(o.Doc, "|", `\|`)
		if a := Aliases(o.Name); len(a) > 0 && Lookup(o.Name)[0] == o {
			doc += " Also: `" + strings.ReplaceAll(strings.Join(a, "`, `"), "|", `\|`) + "`."
		}
		fmt.Fprintf(&b, "| %s | %s |\n", strings.Join(specs, "<br>"), doc)
	}
	return b.String()
}

func TestFunctionsPageIsUpToDate(t *testing.T) {
	want := page()
	if *rewrite {
		if err := os.WriteFile(pagePath, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(pagePath)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/functions.md is out of date: run go generate ./internal/sig")
	}
}
