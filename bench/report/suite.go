package report

import (
	"math"
	"slices"
	"strings"
)

// Suite is the workloads that are reported together.
type Suite struct {
	Name   string
	Tables []Table
}

// engines returns the names of the engines that took part, in their order.
func (s Suite) engines() []string {
	var out []string
	for _, t := range s.Tables {
		for _, l := range t.Lines {
			if !slices.Contains(out, l.Engine) {
				out = append(out, l.Engine)
			}
		}
	}
	return out
}

// version returns an engine's version.
func (s Suite) version(engine string) string {
	for _, t := range s.Tables {
		if l, ok := t.line(engine); ok && l.Version != "" {
			return l.Version
		}
	}
	return ""
}

// total is what an engine needed for the workloads that it answered.
type total struct {
	Answered  int // workloads, of which
	Right     int // agree with the first engine
	Seconds   float64
	CPU       float64
	PeakBytes int64   // the largest
	GC        float64 // the largest
}

func (s Suite) total(engine string) total {
	var sum total
	for _, t := range s.Tables {
		l, ok := t.line(engine)
		if !ok || l.Failure != "" {
			continue
		}
		sum.Answered++
		if l.sound() {
			sum.Right++
		}
		sum.Seconds += l.Seconds
		sum.CPU += l.CPU
		sum.PeakBytes, sum.GC = max(sum.PeakBytes, l.PeakBytes), max(sum.GC, l.GC)
	}
	return sum
}

// comparison relates one engine to another over the workloads that both answered rightly.
type comparison struct {
	Both  int     // such workloads
	Total float64 // quotient of their sums of seconds
	Mean  float64 // geometric mean of their quotients
	Most  float64 // the largest quotient
	Where string  // the workload that has it
}

// compare compares the seconds of engine a with those that other names for each workload; 0 means none.
func (s Suite) compare(a string, other func(Table) float64) comparison {
	var c comparison
	var sumA, sumB, logs float64
	for _, t := range s.Tables {
		l, ok := t.line(a)
		b := other(t)
		if !ok || !l.sound() || b <= 0 || l.Seconds <= 0 {
			continue
		}
		c.Both++
		sumA, sumB, logs = sumA+l.Seconds, sumB+b, logs+math.Log(l.Seconds/b)
		if l.Seconds/b > c.Most {
			c.Most, c.Where = l.Seconds/b, t.Name
		}
	}
	if c.Both > 0 {
		c.Total, c.Mean = sumA/sumB, math.Exp(logs/float64(c.Both))
	}
	return c
}

// of names the seconds of an engine.
func of(engine string) func(Table) float64 {
	return func(t Table) float64 {
		if l, ok := t.line(engine); ok && l.sound() {
			return l.Seconds
		}
		return 0
	}
}

// bestPeer names the seconds of the quickest engine that is not siksik.
func bestPeer(t Table) float64 {
	var best float64
	for _, l := range t.Lines {
		if l.sound() && !strings.HasPrefix(l.Engine, ours) && (best == 0 || l.Seconds < best) {
			best = l.Seconds
		}
	}
	return best
}

// measured is the engine that ratios are about: the first of ours.
func (s Suite) measured() string {
	for _, e := range s.engines() {
		if strings.HasPrefix(e, ours) {
			return e
		}
	}
	return ""
}

// scaling returns the variants of siksik on the fewest and the most workers, if there are two.
func (s Suite) scaling() (few, many string, ok bool) {
	for _, e := range s.engines() {
		if strings.HasPrefix(e, ours+"-") && e != ours+"-run" {
			if few == "" {
				few = e
			}
			many = e
		}
	}
	return few, many, few != many
}

// notes lists failures and differences.
func (s Suite) notes() []string {
	var out []string
	for _, t := range s.Tables {
		for _, l := range t.Lines {
			switch {
			case l.Failure != "":
				out = append(out, t.Name+": "+l.Engine+" failed: "+l.Failure)
			case l.Difference != "":
				out = append(out, t.Name+": "+l.Engine+" differs: "+l.Difference)
			}
		}
	}
	return out
}
