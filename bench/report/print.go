package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// detailed is how many workloads of a suite are shown each in a table of their own.
const detailed = 7

// Print writes the tables for people.
func (r Run) Print(w io.Writer) error {
	for _, s := range r.suites() {
		show := s.printMatrix
		if len(s.Tables) <= detailed {
			show = s.printEach
		}
		if err := show(w); err != nil {
			return fmt.Errorf("printing the table: %w", err)
		}
		for _, n := range s.notes() {
			fmt.Fprintln(w, "  "+n)
		}
	}
	return nil
}

// printEach prints a table for each workload, with a line for each engine.
func (s Suite) printEach(w io.Writer) error {
	for _, t := range s.Tables {
		fmt.Fprintf(w, "\n%s: %s (%d MB)\n", t.Name, t.Title, t.Bytes/1_000_000)
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(tw, "engine\tversion\tquery s\tprocess s\tuser s\tvs DuckDB\tvs best peer\tpeak MB\tGC\trows\tresult\t")
		for _, l := range t.Lines {
			if l.Failure != "" {
				fmt.Fprintf(tw, "%s\t\t\t\t\t\t\t\t\t\tFAILED\t\n", l.Engine)
				continue
			}
			result := "equal"
			if l.Difference != "" {
				result = "DIFFERS"
			}
			fmt.Fprintf(tw, "%s\t%s\t%.3f\t%.3f\t%.2f\t%s\t%s\t%d\t%s\t%d\t%s\t\n", l.Engine, l.Version, l.Seconds, l.Process, l.CPU,
				times(l.VsDuckDB), times(l.VsBest), l.PeakBytes/1_000_000, percent(l), l.Rows, result)
		}
		if err := tw.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// printMatrix prints a line for each workload and columns for each engine: seconds, then ratios, peak memory in MB, user
// seconds, and the share of the garbage collector.
func (s Suite) printMatrix(w io.Writer) error {
	fmt.Fprintf(w, "\n%s: seconds of the query, ratios, peak MB, user CPU seconds of the process\n", s.Name)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, row := range s.matrix() {
		fmt.Fprintln(tw, strings.Join(row, "\t")+"\t")
	}
	return tw.Flush()
}

// matrix is the text of the large table: a header, a line for each workload, totals and means.
func (s Suite) matrix() [][]string {
	engines, us := s.engines(), s.measured()
	few, many, scaled := s.scaling()
	head := append([]string{"query"}, engines...)
	ratios := !scaled && us != "" && len(engines) > 1
	if ratios {
		head = append(head, "vs DuckDB", "vs best")
	}
	if scaled {
		head = append(head, few+" / "+many)
	}
	for _, unit := range []string{" MB", " user"} {
		for _, e := range engines {
			head = append(head, e+unit)
		}
	}
	out := [][]string{append(head, "GC")}
	for _, t := range s.Tables {
		out = append(out, s.matrixRow(t, engines, us, ratios, scaled))
	}
	sum, mean := []string{"total"}, []string{"geo. mean"}
	for _, e := range engines {
		sum, mean = append(sum, s.totalSeconds(e)), append(mean, "")
	}
	if ratios {
		duckdb, best := s.compare(us, of(baseline)), s.compare(us, bestPeer)
		sum, mean = append(sum, times(duckdb.Total), times(best.Total)), append(mean, times(duckdb.Mean), times(best.Mean))
	}
	if scaled {
		c := s.compare(few, of(many))
		sum, mean = append(sum, times(c.Total)), append(mean, times(c.Mean))
	}
	for _, e := range engines {
		sum = append(sum, fmt.Sprintf("%d", s.total(e).PeakBytes/1_000_000))
	}
	for _, e := range engines {
		sum = append(sum, fmt.Sprintf("%.2f", s.total(e).CPU))
	}
	sum = append(sum, percentOf(s.total(us).GC))
	return append(out, sum, append(mean, make([]string, len(sum)-len(mean))...))
}

func (s Suite) matrixRow(t Table, engines []string, us string, ratios, scaled bool) []string {
	row := []string{t.Name}
	var peaks, cpus []string
	for _, e := range engines {
		l, ok := t.line(e)
		peak, cpu := "", ""
		switch {
		case !ok:
			row = append(row, "")
		case l.Failure != "":
			row = append(row, "FAILED")
		default:
			seconds := fmt.Sprintf("%.3f", l.Seconds)
			if l.Difference != "" {
				seconds += " DIFFERS"
			}
			row = append(row, seconds)
			peak, cpu = fmt.Sprintf("%d", l.PeakBytes/1_000_000), fmt.Sprintf("%.2f", l.CPU)
		}
		peaks, cpus = append(peaks, peak), append(cpus, cpu)
	}
	l, _ := t.line(us)
	if ratios {
		row = append(row, times(l.VsDuckDB), times(l.VsBest))
	}
	if scaled {
		few, many, _ := s.scaling()
		row = append(row, times(ratio(of(few)(t), of(many)(t))))
	}
	return append(append(append(row, peaks...), cpus...), percent(l))
}

// totalSeconds is an engine's sum; with the number of workloads that it answered rightly, unless it was all.
func (s Suite) totalSeconds(engine string) string {
	sum := s.total(engine)
	if sum.Right < len(s.Tables) {
		return fmt.Sprintf("%.3f (%d of %d)", sum.Seconds, sum.Right, len(s.Tables))
	}
	return fmt.Sprintf("%.3f", sum.Seconds)
}

func times(r float64) string {
	if r == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f×", r)
}

// percent is the share of the garbage collector, where it is known.
func percent(l Line) string {
	if l.AllocBytes == 0 {
		return "-"
	}
	return percentOf(l.GC)
}

func percentOf(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }
