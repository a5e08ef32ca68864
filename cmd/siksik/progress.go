package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/cwriter"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/siksik-data/siksik/pipe"
)

// quietMillis is how long a run goes on before bars appear: short runs stay calm.
const quietMillis = 300

// progressView shows how far a run is: bars on a terminal, one line for each source that was read if asked for, else nothing.
type progressView struct {
	w       io.Writer
	bars    *mpb.Progress // nil if there is no terminal
	verbose bool

	last atomic.Pointer[pipe.Progress] // read by the goroutines of the bars, which must not wait for mu

	mu     sync.Mutex
	shown  map[string]*mpb.Bar
	told   map[string]bool
	closed bool
}

// drawable reports whether a stream is a terminal that bars can be drawn on.
func drawable(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && cwriter.IsTerminal(int(f.Fd()))
}

// newProgressView returns a view, or nil if nothing is to be shown.
func newProgressView(w io.Writer, quiet, verbose bool) *progressView {
	terminal := drawable(w)
	if quiet || !terminal && !verbose {
		return nil
	}
	v := &progressView{w: w, verbose: verbose, shown: map[string]*mpb.Bar{}, told: map[string]bool{}}
	if terminal {
		v.bars = mpb.New(mpb.WithOutput(w), mpb.WithWidth(20))
	}
	return v
}

// show takes a report of the run.
func (v *progressView) show(p pipe.Progress) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return
	}
	v.last.Store(&p)
	for i, s := range p.Sources {
		if v.bars != nil && p.Elapsed > quietMillis*time.Millisecond {
			v.bar(i, s)
		}
		if v.verbose && v.bars == nil && p.Committing && !v.told[s.Name] {
			v.told[s.Name] = true
			fmt.Fprintf(v.w, "%s   %s · %s · %s\n", s.Name, rows(s.Rows), bytesText(s.Bytes), seconds(p.Elapsed.Seconds()))
		}
	}
}

// bar makes or updates the bar of a source.
func (v *progressView) bar(i int, s pipe.SourceProgress) {
	b := v.shown[s.Name]
	if b == nil {
		if s.Bytes == 0 && s.Rows == 0 {
			return
		}
		b = v.bars.New(s.TotalBytes, mpb.BarStyle().Lbound("").Filler("█").Tip("█").Padding("░").Rbound(""),
			mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Name(s.Name, decor.WCSyncSpaceR)),
			mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return v.line(i) })))
		v.shown[s.Name] = b
	}
	// The total is raised above what was read, because a bar that is full is over.
	b.SetTotal(max(s.TotalBytes, s.Bytes)+1, false)
	b.SetCurrent(s.Bytes)
}

// line is what stands behind the bar of source i.
func (v *progressView) line(i int) string {
	p := v.last.Load()
	if p == nil || i >= len(p.Sources) {
		return ""
	}
	return sourceLine(p.Sources[i], p.Elapsed)
}

// sourceLine describes a source that is being read: "2.1 GB of 2.6 GB   38,204,112 rows   611 MB/s   1 s left".
func sourceLine(s pipe.SourceProgress, elapsed time.Duration) string {
	out := " " + bytesText(s.Bytes)
	if s.TotalBytes > 0 {
		out += " of " + bytesText(max(s.TotalBytes, s.Bytes))
	}
	out += "   " + rows(s.Rows)
	secs := elapsed.Seconds()
	if secs <= 0 || s.Bytes == 0 {
		return out
	}
	speed := float64(s.Bytes) / secs
	out += "   " + bytesText(int64(speed)) + "/s"
	if left := s.TotalBytes - s.Bytes; left > 0 {
		out += "   " + fmt.Sprintf("%.0f s left", float64(left)/speed+0.5)
	}
	return out
}

// close removes the bars.
func (v *progressView) close() {
	v.mu.Lock()
	v.closed = true
	for _, b := range v.shown {
		b.Abort(true)
	}
	v.mu.Unlock()
	if v.bars != nil {
		v.bars.Wait()
	}
}
