package report

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
)

// The sizes of charts, in pixels of their view box.
const (
	plotHeight  = 190.0
	plotTop     = 14.0
	axisWidth   = 52.0
	labelHeight = 30.0
	barWidth    = 9.0
	groupGap    = 12.0
)

// legend names the engines in their colours.
func legend(s Suite) template.HTML {
	var b strings.Builder
	for i, e := range s.engines() {
		fmt.Fprintf(&b, `<span class="key"><i class="e%d"></i>%s <small>%s</small></span>`, i%8, html.EscapeString(e), html.EscapeString(s.version(e)))
	}
	return template.HTML(b.String()) // #nosec G203 -- names are escaped
}

// niceStep is the distance of about four lines up to most: 1, 2 or 5 times a power of ten.
func niceStep(most float64) float64 {
	if most <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(most/4)))
	for _, m := range []float64{1, 2, 5, 10} {
		if m*power*4.5 >= most {
			return m * power
		}
	}
	return 10 * power
}

// svg wraps the elements of a chart.
func svg(width, height float64, body string) template.HTML {
	// #nosec G203 -- the elements are made here, of numbers and escaped names
	return template.HTML(fmt.Sprintf(`<div class="scroll"><svg width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" role="img">%s</svg></div>`, width, height, width, height, body))
}

// bars draws a group of bars for each workload, one for each engine.
func (s Suite) bars(value func(Line) float64, unit string, digits int) template.HTML {
	engines := s.engines()
	var most float64
	for _, t := range s.Tables {
		for _, l := range t.Lines {
			most = max(most, value(l))
		}
	}
	step := niceStep(most)
	top := math.Ceil(most/step) * step
	if top == 0 {
		top = 1
	}
	group := float64(len(engines))*barWidth + groupGap
	width := axisWidth + max(float64(len(s.Tables))*group, 300)
	y := func(v float64) float64 { return plotTop + plotHeight*(1-v/top) }
	var b strings.Builder
	for v := 0.0; v <= top*1.0001; v += step {
		fmt.Fprintf(&b, `<line class="grid" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1[3]f"/><text class="tick" x="%.1f" y="%.1f">%s</text>`,
			axisWidth, width, y(v), axisWidth-6, y(v)+4, strings.TrimSuffix(fmt.Sprintf("%.4g", v), ".0"))
	}
	for i, t := range s.Tables {
		x := axisWidth + float64(i)*group + groupGap/2
		for j, e := range engines {
			l, ok := t.line(e)
			if !ok {
				continue
			}
			at := x + float64(j)*barWidth
			if l.Failure != "" {
				fmt.Fprintf(&b, `<text class="fail" x="%.1f" y="%.1f">×<title>%s %s failed</title></text>`, at+barWidth/2, y(0)-3, html.EscapeString(t.Name), html.EscapeString(e))
				continue
			}
			fmt.Fprintf(&b, `<rect class="e%d" x="%.1f" y="%.1f" width="%.1f" height="%.1f"><title>%s · %s: %.*f %s</title></rect>`,
				j%8, at, y(value(l)), barWidth-1, max(y(0)-y(value(l)), 0.5), html.EscapeString(t.Name), html.EscapeString(e), digits, value(l), unit)
		}
		fmt.Fprintf(&b, `<text class="name" x="%.1f" y="%.1f">%s</text>`, x+(group-groupGap)/2, plotTop+plotHeight+16, html.EscapeString(short(t.Name)))
	}
	return svg(width, plotTop+plotHeight+labelHeight, b.String())
}

// short keeps a name within the width of a group of bars.
func short(name string) string {
	if r := []rune(name); len(r) > 10 {
		return string(r[:9]) + "…"
	}
	return name
}

// totals draws a horizontal bar for each engine's sum.
func (s Suite) totals() template.HTML {
	const height, name, length = 24.0, 110.0, 420.0
	var most float64
	for _, e := range s.engines() {
		most = max(most, s.total(e).Seconds)
	}
	var b strings.Builder
	for i, e := range s.engines() {
		y, w := float64(i)*height, length*ratio(s.total(e).Seconds, most)
		fmt.Fprintf(&b, `<text class="left" x="0" y="%.1f">%s</text><rect class="e%d" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/><text class="left" x="%.1f" y="%.1f">%s</text>`,
			y+16, html.EscapeString(e), i%8, name, y+4, max(w, 1), height-8, name+w+6, y+16, html.EscapeString(s.totalSeconds(e)))
	}
	return svg(name+length+150, height*float64(len(s.engines()))+4, b.String())
}

// ratioChart draws for each workload how its seconds relate to those of the best peer, on a logarithmic scale around 1.
func (s Suite) ratioChart(engine string) template.HTML {
	const group = 30.0
	most := 2.0
	for _, t := range s.Tables {
		if l, ok := t.line(engine); ok && l.VsBest > 0 {
			most = max(most, l.VsBest, 1/l.VsBest)
		}
	}
	span := math.Ceil(math.Log2(most))
	y := func(r float64) float64 { return plotTop + plotHeight*(1-math.Log2(r)/span)/2 }
	width := axisWidth + max(float64(len(s.Tables))*group, 300)
	var b strings.Builder
	for p := -span; p <= span; p++ {
		if span > 4 && math.Mod(p, 2) != 0 {
			continue
		}
		class := "grid"
		if p == 0 {
			class = "one"
		}
		r := math.Exp2(p)
		fmt.Fprintf(&b, `<line class="%s" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1[4]f"/><text class="tick" x="%.1f" y="%.1f">%.3g×</text>`,
			class, axisWidth, width, y(r), axisWidth-6, y(r)+4, r)
	}
	for i, t := range s.Tables {
		x := axisWidth + float64(i)*group + 6
		if l, ok := t.line(engine); ok && l.VsBest > 0 {
			class := "good"
			if l.VsBest > 1 {
				class = "bad"
			}
			upper, lower := min(y(l.VsBest), y(1)), max(y(l.VsBest), y(1))
			fmt.Fprintf(&b, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"><title>%s: %.2f×</title></rect>`,
				class, x, upper, group-12, max(lower-upper, 0.5), html.EscapeString(t.Name), l.VsBest)
		}
		fmt.Fprintf(&b, `<text class="name" x="%.1f" y="%.1f">%s</text>`, x+(group-12)/2, plotTop+plotHeight+16, html.EscapeString(short(t.Name)))
	}
	return svg(width, plotTop+plotHeight+labelHeight, b.String())
}
