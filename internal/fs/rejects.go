package fs

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/spi"
)

// Rejects carries out the policy on_error for one scan: it counts, checks the limit, and writes the reject file in the order of the rows
// whatever the order in which ranges are read. It is safe for concurrent use; each Pile belongs to one goroutine.
type Rejects struct {
	Policy Policy
	files  *Files
	lines  *Lines
	meter  *spi.Meter

	rejected, nulled, rows atomic.Int64

	mu     sync.Mutex
	piles  map[int]*Pile // ended but not yet written, by Range.Seq
	live   map[int]*Pile // not ended
	turn   int           // the next range to write
	out    spi.Upload
	buf    []byte
	failed bool
	closed bool
}

// Pile holds the rejected rows of one range until their turn.
type Pile struct {
	owner *Rejects
	r     Range
	rows  []reject
	limit bool
}

type reject struct {
	line               int64
	column, value, why string
	raw                string
}

// NewRejects returns the bookkeeping of one scan.
func NewRejects(p Policy, files *Files, lines *Lines, meter *spi.Meter) *Rejects {
	return &Rejects{Policy: p, files: files, lines: lines, meter: meter, piles: map[int]*Pile{}, live: map[int]*Pile{}}
}

// Begin opens the pile of a range.
func (j *Rejects) Begin(r Range) *Pile {
	p := &Pile{owner: j, r: r}
	j.mu.Lock()
	j.live[r.Seq] = p
	j.mu.Unlock()
	return p
}

// Misfit is one row or value that does not fit. Pos.Line is its line within the range, from 0; Source is filled in.
type Misfit struct {
	Err *fault.Error
	Raw []byte
}

// Row takes a row that is left out. It returns an error if the policy or its limit does not allow that.
func (p *Pile) Row(ctx context.Context, m Misfit) error {
	j := p.owner
	if j.Policy.Mode == Fail {
		return p.fail(ctx, m.Err)
	}
	if j.Policy.Mode == RejectFile {
		e := m.Err
		p.rows = append(p.rows, reject{e.Pos.Line, e.Pos.Column, e.Pos.Value, reason(e), string(m.Raw)})
	}
	if j.meter != nil {
		j.meter.Rejected.Add(1)
	}
	return p.count(ctx, j.rejected.Add(1)+j.nulled.Load(), m.Err)
}

// Null takes a value that became null.
func (p *Pile) Null(ctx context.Context, e *fault.Error) error {
	j := p.owner
	if j.meter != nil {
		j.meter.Nulled.Add(1)
	}
	return p.count(ctx, j.nulled.Add(1)+j.rejected.Load(), e)
}

func (p *Pile) count(ctx context.Context, n int64, e *fault.Error) error {
	most := p.owner.Policy.Rows
	if most < 0 || n <= most {
		return nil
	}
	p.limit = true
	err := p.fail(ctx, e)
	if f, ok := err.(*fault.Error); ok {
		return f.WithHint("this is misfit number %d, and on_error allows %d", n, most)
	}
	return err
}

// reason is the message without its place.
func reason(e *fault.Error) string {
	if e.Cause != nil {
		return e.Msg + ": " + e.Cause.Error()
	}
	return e.Msg
}

// fail completes the place of the error.
func (p *Pile) fail(ctx context.Context, e *fault.Error) error {
	place, err := p.Place(ctx, e.Pos.Line)
	if err != nil {
		return err
	}
	out := *e
	out.Pos.Source, out.Pos.Line = place.Source, place.Line
	return &out
}

// Place returns the file and line of a line of the range, which counts from 0.
func (p *Pile) Place(ctx context.Context, line int64) (fault.Pos, error) {
	before, err := p.owner.lines.Before(ctx, p.r)
	return fault.Pos{Source: p.owner.files.List[p.r.File].Path, Line: before + line + 1}, err
}

// End closes the pile after the last row of its range, which had so many lines (-1 if they were not counted) and rows, and writes the piles
// whose turn it is.
func (p *Pile) End(ctx context.Context, lines, rows int64) error {
	j := p.owner
	if lines >= 0 {
		j.lines.Done(p.r, lines)
	}
	j.rows.Add(rows)
	if j.Policy.Mode != RejectFile {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.live, p.r.Seq)
	j.piles[p.r.Seq] = p
	for {
		next := j.piles[j.turn]
		if next == nil {
			return nil
		}
		delete(j.piles, j.turn)
		j.turn++
		if err := j.write(ctx, next); err != nil {
			j.failed = true
			return err
		}
	}
}

func (j *Rejects) write(ctx context.Context, p *Pile) error {
	if len(p.rows) == 0 {
		return nil
	}
	before, err := j.lines.Before(ctx, p.r)
	if err != nil {
		return err
	}
	if err := j.create(ctx); err != nil {
		return err
	}
	b := j.buf[:0]
	for _, r := range p.rows {
		b = compute.AppendQuoted(append(b, `{"file":`...), j.files.List[p.r.File].Path)
		b = strconv.AppendInt(append(b, `,"line":`...), r.line+before+1, 10)
		b = compute.AppendQuoted(append(b, `,"column":`...), r.column)
		b = compute.AppendQuoted(append(b, `,"value":`...), r.value)
		b = compute.AppendQuoted(append(b, `,"error":`...), r.why)
		b = compute.AppendQuoted(append(b, `,"raw":`...), strings.TrimRight(r.raw, "\r\n"))
		b = append(b, "}\n"...)
	}
	p.rows, j.buf = nil, b
	_, err = j.out.Write(b)
	return err
}

func (j *Rejects) create(ctx context.Context) error {
	if j.out != nil {
		return nil
	}
	store := j.files.FS
	if spi.Scheme(j.Policy.File) != store.Scheme() {
		// The reject file may live elsewhere than the data: usually data in a store, rejects beside the user.
		if spi.Scheme(j.Policy.File) == "" {
			store = NewLocal()
		} else if other, err := spi.Default.FS(j.Policy.File); err == nil {
			store = other
		} else {
			return err
		}
	}
	var err error
	j.out, err = store.Create(ctx, j.Policy.File)
	return err
}

// Close ends the scan: it writes what is left, commits the reject file (empty if nothing was rejected, so that it never shows an older run),
// and checks a limit in percent. If broken is set, the scan failed for another reason and the file is dropped. It is idempotent.
func (j *Rejects) Close(ctx context.Context, broken bool) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil
	}
	j.closed = true
	if j.Policy.Mode == RejectFile {
		if err := j.finish(ctx, broken || j.failed); err != nil {
			return err
		}
	}
	bad, all := j.rejected.Load()+j.nulled.Load(), j.rows.Load()+j.rejected.Load()
	if part := j.Policy.Part; !broken && part >= 0 && float64(bad) > part*float64(all) {
		e := fault.New(fault.Data, "%d of %d rows do not fit, more than the limit of %s%%", bad, all, strconv.FormatFloat(part*100, 'f', -1, 64))
		e.Pos.Source = j.files.List[0].Path
		if j.Policy.Mode == RejectFile {
			return e.WithHint("they are in %s", j.Policy.File)
		}
		return e
	}
	return nil
}

func (j *Rejects) finish(ctx context.Context, broken bool) error {
	if broken {
		if j.out != nil {
			return j.out.Abort(ctx)
		}
		return nil
	}
	left := j.piles
	for seq, p := range j.live {
		left[seq] = p
	}
	seqs := make([]int, 0, len(left))
	for seq := range left {
		seqs = append(seqs, seq)
	}
	slices.Sort(seqs)
	for _, seq := range seqs {
		if err := j.write(ctx, left[seq]); err != nil {
			j.out.Abort(ctx)
			return err
		}
	}
	if err := j.create(ctx); err != nil {
		return err
	}
	return j.out.Commit(ctx)
}
