package csv

import (
	"bytes"
	"context"
	"io"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/fs"
	"github.com/siksik-data/siksik/spi"
)

// window is the part of the text that a reader holds: a whole piece of a file and what its last row needs beyond it, or the next megabyte of
// a file that is read in one piece.
type window struct {
	buf   []byte // with fs.BlockSlack bytes after its length
	n     int    // bytes of buf in use
	p     int    // where the next row starts
	pos   int64  // position of buf[0] in the file
	lines int64  // line ends before buf[0], in the range
	eof   bool   // nothing follows buf[:n]
	max   int    // the longest row

	src   io.ReadCloser // of a whole file
	file  spi.File      // of a piece
	limit int64         // where the piece ends, or -1
	tail  bool          // the last row of the piece is being read
	marks marks         // of a piece that is indexed as a whole
	walk  walk          // of a piece that is indexed row by row
	meter *spi.Meter
}

// cacheLine is what the bytes of buf are placed by. The first one is the last of its line, as pieces start at a multiple of it and buf starts
// with the byte before: a kernel copies four times as fast between places that are alike in this.
const cacheLine = 64

// room makes buf hold at least size bytes and keeps its content.
func (w *window) room(size int) {
	if size <= len(w.buf) {
		return
	}
	next := make([]byte, cacheLine-1+size+fs.BlockSlack)[cacheLine-1:]
	copy(next, w.buf[:w.n])
	w.buf = next[:size]
}

// text returns what may be indexed from p on. Rows that start in it belong to the range.
func (w *window) text() []byte {
	if w.limit >= 0 && !w.tail {
		return w.buf[w.p:max(w.p, min(w.n, int(w.limit-w.pos)))]
	}
	return w.buf[w.p:w.n]
}

// load reads the piece [lo, hi) and the byte before it.
func (w *window) load(ctx context.Context, f spi.File, lo, hi int64) error {
	w.file, w.limit, w.pos = f, hi, max(lo-1, 0)
	// The last row mostly ends soon after the piece.
	size := int(min(hi+lastRow, f.Info().Size) - w.pos)
	w.room(size)
	if err := f.ReadRange(ctx, w.buf[:size], w.pos); err != nil {
		return err
	}
	w.n = size
	if w.meter != nil {
		w.meter.Bytes.Add(hi - lo)
	}
	w.eof = w.pos+int64(size) >= f.Info().Size
	return nil
}

// more reads on after what is held, dropping the rows before p of a whole file. At the end of the file it completes the last line.
func (w *window) more(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if w.file != nil {
		return w.moreTail(ctx)
	}
	if w.p > 0 {
		w.lines += int64(bytes.Count(w.buf[:w.p], []byte{'\n'}))
		copy(w.buf, w.buf[w.p:w.n])
		w.pos += int64(w.p)
		w.n -= w.p
		w.p = 0
	}
	if w.n == len(w.buf) {
		if err := w.checkLong(); err != nil {
			return err
		}
		w.room(max(2*len(w.buf), windowSize))
	}
	for w.n < len(w.buf) {
		m, err := w.src.Read(w.buf[w.n:])
		w.n += m
		if err == io.EOF {
			w.eof = true
			break
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// moreTail reads on for the last row of a piece.
func (w *window) moreTail(ctx context.Context) error {
	had := w.tail
	w.tail = true
	if !had && int64(w.n) > w.limit-w.pos {
		return nil // some of what follows has been read already
	}
	if err := w.checkLong(); err != nil {
		return err
	}
	return w.extend(ctx)
}

// extend reads more of the file behind a piece.
func (w *window) extend(ctx context.Context) error {
	at := w.pos + int64(w.n)
	step := min(max(tailStep, at-w.limit), w.file.Info().Size-at)
	if step <= 0 {
		w.eof = true
		return nil
	}
	w.room(w.n + int(step))
	if err := w.file.ReadRange(ctx, w.buf[w.n:w.n+int(step)], at); err != nil {
		return err
	}
	w.n += int(step)
	w.eof = at+step >= w.file.Info().Size
	return nil
}

func (w *window) checkLong() error {
	if w.n-w.p <= w.max {
		return nil
	}
	return tooLong(w.max)
}

func tooLong(most int) *fault.Error {
	return fault.New(fault.Data, "a row is longer than %d bytes", most).
		WithHint("is a quote not closed? If the row is right, raise max_line_bytes")
}

// finish ends the last line with a line end, if it lacks one, and reports whether it did.
func (w *window) finish(newline byte) bool {
	if !w.eof || w.n == w.p || w.buf[w.n-1] == newline {
		return false
	}
	w.room(w.n + 1)
	w.buf[w.n] = newline
	w.n++
	return true
}

// lineAt returns the line of the byte at p in buf within the range, from 0.
func (w *window) lineAt(p int) int64 {
	n := w.lines + int64(bytes.Count(w.buf[:p], []byte{'\n'}))
	if w.file != nil && w.limit >= 0 && w.pos > 0 {
		n-- // the line end before the piece, which buf starts with or which was the end of another piece's row
	}
	return n
}
