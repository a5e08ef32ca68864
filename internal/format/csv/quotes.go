package csv

import (
	"bytes"
	"context"
	"sync"

	"github.com/siksik-data/siksik/internal/fs"
)

// quoteStates knows for the pieces of all files whether the first line end at or after a piece's start lies inside quotes, which decides where
// the piece's first row starts. Behind a line end there are two possibilities only: a row starts, or a quoted field goes on. So a piece
// is a function from its state to that of the next one, which each reader computes for the piece that it has loaded. It is safe
// for concurrent use.
type quoteStates struct {
	files *fs.Files
	t     *table
	piece int64
	mu    sync.Mutex
	known map[[2]int]*pieceState
}

// pieceState is the state behind a piece. Whoever makes one is at work on it and closes done in any case; waiting for it is safe, as the
// maker never waits for a later piece.
type pieceState struct {
	done   chan struct{}
	inside bool // the next piece starts inside quotes
	failed bool // the maker gave up
}

// start announces that the caller is loading the piece. It returns nil if somebody has done that already.
func (q *quoteStates) start(file, k int) *pieceState {
	q.mu.Lock()
	defer q.mu.Unlock()
	if s := q.known[[2]int{file, k}]; s != nil && !s.failed {
		return nil
	}
	s := &pieceState{done: make(chan struct{})}
	q.known[[2]int{file, k}] = s
	return s
}

// set ends what start began.
func (q *quoteStates) set(s *pieceState, inside, failed bool) {
	q.mu.Lock()
	s.inside, s.failed = inside, failed
	q.mu.Unlock()
	close(s.done)
}

// before returns the state in which piece k starts. It waits for readers that are loading the pieces before it, and reads those itself that
// nobody is loading.
func (q *quoteStates) before(ctx context.Context, file, k int) (inside bool, err error) {
	// Back to the nearest piece that is known or being loaded, then forward.
	from := k
	for from > 0 {
		q.mu.Lock()
		s := q.known[[2]int{file, from - 1}]
		q.mu.Unlock()
		if s != nil {
			select {
			case <-s.done:
			case <-ctx.Done():
				return false, ctx.Err()
			}
			if !s.failed {
				inside = s.inside
				break
			}
		}
		from--
	}
	for ; from < k; from++ {
		s := q.start(file, from)
		if s == nil {
			return q.before(ctx, file, k)
		}
		inside, err = q.pass(ctx, file, from, inside)
		q.set(s, inside, err != nil)
		if err != nil {
			return false, err
		}
	}
	return inside, nil
}

// pass reads piece k of the file and returns the state behind it.
func (q *quoteStates) pass(ctx context.Context, file, k int, inside bool) (bool, error) {
	f, err := q.files.Acquire(ctx, file)
	if err != nil {
		return false, err
	}
	defer q.files.Release(file)
	size := f.Info().Size
	step := fs.Step(size, q.piece)
	w := window{}
	if err := w.load(ctx, f, int64(k)*step, min(int64(k+1)*step, size)); err != nil {
		return false, err
	}
	info, err := q.t.info(ctx, q.files, file)
	if err != nil {
		return false, err
	}
	return w.stateBehind(ctx, &info.d, inside, info.start)
}

// stateBehind returns the state behind a loaded piece that starts in the given one. What stands before the file's first row has no quotes
// that count.
func (w *window) stateBehind(ctx context.Context, d *dialect, inside bool, first int64) (bool, error) {
	lo, hi, fresh, err := w.border(ctx, d.newline, first)
	return d.after(w.buf[lo:hi], inside && !fresh), err
}

// border returns the bounds in buf of the text that decides how the piece ends: from behind its first line end, or from the file's first row,
// where no quotes are open (fresh), to the first line end at or after its end, reading on for that if it must. The text is empty if
// there is no line end in the piece.
func (w *window) border(ctx context.Context, newline byte, first int64) (lo, hi int, fresh bool, err error) {
	if lo, hi, err = w.lineBorder(ctx, newline); err != nil {
		return 0, 0, false, err
	}
	if skip := first - w.pos - int64(lo); skip > 0 {
		return int(min(int64(lo)+skip, int64(hi))), hi, true, nil
	}
	return lo, hi, false, nil
}

// lineBorder is border without regard to the file's first row.
func (w *window) lineBorder(ctx context.Context, newline byte) (lo, hi int, err error) {
	from := 0
	if w.pos > 0 {
		i := bytes.IndexByte(w.buf[:w.n], newline)
		from = i + 1
		if i < 0 || int64(from)+w.pos >= w.limit {
			// The piece lies within one line; what follows belongs to a later piece.
			return 0, 0, nil
		}
	}
	last := int(w.limit - w.pos)
	for at := last - 1; ; {
		if i := bytes.IndexByte(w.buf[at:w.n], newline); i >= 0 {
			return from, at + i + 1, nil
		}
		at = w.n
		if w.eof {
			return from, w.n, nil
		}
		if err := w.extend(ctx); err != nil {
			return 0, 0, err
		}
	}
}

// after returns the state behind the text, which starts behind a line end in the given state and ends with one.
func (d *dialect) after(text []byte, inside bool) bool {
	p := 0
	for {
		i := bytes.IndexByte(text[p:], d.quote)
		if i < 0 {
			return inside
		}
		p += i
		switch {
		case !inside:
			// Only at the start of a field does a quote open one; anywhere else it is text.
			inside = p == 0 || text[p-1] == d.delim || text[p-1] == d.newline
			p++
		case p+1 < len(text) && text[p+1] == d.quote:
			p += 2
		default:
			inside = false
			p++
		}
	}
}

// rowEnd returns the place behind the first line end outside of quotes in text, given that p is inside quotes, or -1.
func (d *dialect) rowEnd(text []byte, p int) int {
	inside := true
	for {
		if inside {
			i := bytes.IndexByte(text[p:], d.quote)
			if i < 0 {
				return -1
			}
			p += i + 1
			if p < len(text) && text[p] == d.quote {
				p++
			} else {
				inside = false
			}
			continue
		}
		end := bytes.IndexByte(text[p:], d.newline)
		if end < 0 {
			return -1
		}
		i := bytes.IndexByte(text[p:p+end], d.quote)
		if i < 0 {
			return p + end + 1
		}
		p += i + 1
		inside = text[p-2] == d.delim || text[p-2] == d.newline
	}
}
