package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strings"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// section is one suite on the page.
type section struct {
	Name    string
	Summary []string
	Legend  template.HTML
	Charts  []figure
	Table   [][]string
	Notes   []string
}

type figure struct {
	Title string
	SVG   template.HTML
}

// page is the run as one HTML file that needs no other.
func (r Run) page() ([]byte, error) {
	about := []string{r.Time.UTC().Format("2006-01-02 15:04 UTC"), r.System, fmt.Sprintf("%d CPUs", r.CPUs), fmt.Sprintf("best of %d", r.Rounds)}
	if r.Threads > 0 {
		about = append(about, fmt.Sprintf("%d threads", r.Threads))
	}
	if r.Memory != "" {
		about = append(about, "memory limit "+r.Memory)
	}
	var sections []section
	for _, s := range r.suites() {
		sections = append(sections, s.section())
	}
	var b bytes.Buffer
	err := pageTemplate.Execute(&b, map[string]any{"Command": r.Command, "About": strings.Join(about, " · "), "Sections": sections})
	if err != nil {
		return nil, fmt.Errorf("making the page: %w", err)
	}
	return b.Bytes(), nil
}

func (s Suite) section() section {
	engines, us := s.engines(), s.measured()
	out := section{Name: s.Name, Legend: legend(s), Table: s.matrix(), Notes: s.notes()}
	if us != "" && len(engines) > 1 {
		for _, other := range []struct {
			name string
			of   func(Table) float64
		}{{"DuckDB", of(baseline)}, {"the best peer of each query", bestPeer}} {
			if c := s.compare(us, other.of); c.Both > 0 {
				out.Summary = append(out.Summary, fmt.Sprintf("%s against %s, over %d queries that both answer: %s in sum, %s as geometric mean, at most %s (%s)",
					us, other.name, c.Both, times(c.Total), times(c.Mean), times(c.Most), c.Where))
			}
		}
	}
	if few, many, ok := s.scaling(); ok {
		c := s.compare(few, of(many))
		out.Summary = append(out.Summary, fmt.Sprintf("%s takes %s as long as %s in sum, %s as geometric mean", few, times(c.Total), many, times(c.Mean)))
	}
	out.Charts = []figure{
		{"Total, seconds", s.totals()},
		{"Seconds of each query", s.bars(func(l Line) float64 { return l.Seconds }, "s", 3)},
	}
	if us != "" && s.compare(us, bestPeer).Both > 0 {
		out.Charts = append(out.Charts, figure{us + " against the best peer (below 1× is quicker)", s.ratioChart(us)})
	}
	out.Charts = append(out.Charts, figure{"Peak memory, MB", s.bars(func(l Line) float64 { return float64(l.PeakBytes) / 1e6 }, "MB", 0)},
		figure{"User CPU, seconds of the process", s.bars(func(l Line) float64 { return l.CPU }, "s", 2)})
	return out
}
