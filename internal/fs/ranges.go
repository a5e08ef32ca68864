package fs

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"sync"

	"github.com/siksik-data/siksik/spi"
)

// Range is a piece of one file: the rows that start in its bytes [Lo, Hi). Hi is -1 for a whole file that cannot be split.
type Range struct {
	File   int // index in Files.List
	Lo, Hi int64
	K      int // number of the range in its file
	Seq    int // number of the range in the table
}

// Whole reports whether the range is a file that is read from start to end.
func (r Range) Whole() bool { return r.Hi < 0 }

// rangeMin is the smallest piece worth its own start.
const rangeMin = 1 << 20

// Step returns the size of the pieces of a file: about a sixteenth, between 1 MiB and most. It depends on the file alone, so that the
// pieces and their order are the same for every number of workers.
func Step(size, most int64) int64 { return min(max(size/16, rangeMin), most) }

// Ranges yields the pieces of all files in order. Files that are compressed or in another encoding
// than UTF-8, files of unknown size and those of whole tables are one piece.
func (s *Files) Ranges(ctx context.Context, most int64, whole bool) iter.Seq2[Range, error] {
	return func(yield func(Range, error) bool) {
		seq := 0
		for i, f := range s.List {
			if err := ctx.Err(); err != nil {
				yield(Range{}, err)
				return
			}
			c, err := s.Codec(ctx, i)
			if err != nil {
				yield(Range{}, err)
				return
			}
			if whole || c != Plain || s.encoding != UTF8 || f.Size < 0 {
				if !yield(Range{File: i, Hi: -1, Seq: seq}, nil) {
					return
				}
				seq++
				continue
			}
			step := Step(f.Size, most)
			for k, lo := 0, int64(0); lo < f.Size; k, lo = k+1, lo+step {
				if !yield(Range{File: i, Lo: lo, Hi: min(lo+step, f.Size), K: k, Seq: seq}, nil) {
					return
				}
				seq++
			}
		}
	}
}

// Split describes the range for the engine.
func (s *Files) Split(r Range) spi.Split {
	f := s.List[r.File]
	if r.Whole() {
		return spi.Split{Name: f.Path, Rows: -1, Bytes: f.Size, Data: r}
	}
	return spi.Split{Name: fmt.Sprintf("%s at %d", f.Path, r.Lo), Rows: -1, Bytes: r.Hi - r.Lo, Data: r}
}

// Lines tells the line numbers of ranges that are read in any order: readers report how many lines they saw, and only an error
// makes it count what nobody has read yet. It is safe for concurrent use.
type Lines struct {
	files *Files
	most  int64
	mu    sync.Mutex
	known map[[2]int]int64 // file, range number: lines that start in it
}

// NewLines returns the line numbers of the files, cut into ranges of at most the given size.
func NewLines(files *Files, most int64) *Lines {
	return &Lines{files: files, most: most, known: map[[2]int]int64{}}
}

// Done records that n lines start in the range.
func (l *Lines) Done(r Range, n int64) {
	l.mu.Lock()
	l.known[[2]int{r.File, r.K}] = n
	l.mu.Unlock()
}

// Before returns how many lines of the file start before the range.
func (l *Lines) Before(ctx context.Context, r Range) (int64, error) {
	if r.K == 0 {
		return 0, nil
	}
	step := Step(l.files.List[r.File].Size, l.most)
	sum := int64(0)
	for k := range r.K {
		l.mu.Lock()
		n, ok := l.known[[2]int{r.File, k}]
		l.mu.Unlock()
		if !ok {
			var err error
			if n, err = l.count(ctx, r.File, int64(k)*step, int64(k+1)*step); err != nil {
				return 0, err
			}
			l.Done(Range{File: r.File, K: k}, n)
		}
		sum += n
	}
	return sum, nil
}

// count returns how many lines start in [lo, hi): one after each line end in [lo-1, hi-1), and the first of the file.
func (l *Lines) count(ctx context.Context, file int, lo, hi int64) (int64, error) {
	f, err := l.files.Acquire(ctx, file)
	if err != nil {
		return 0, err
	}
	defer l.files.Release(file)
	n := int64(0)
	if lo == 0 {
		n = 1
	} else {
		lo--
	}
	buf := make([]byte, 256<<10)
	for hi--; lo < hi; {
		p := buf[:min(int64(len(buf)), hi-lo)]
		if err := f.ReadRange(ctx, p, lo); err != nil {
			if err == io.ErrUnexpectedEOF {
				err = fmt.Errorf("counting lines of %s: %w", l.files.List[file].Path, err)
			}
			return 0, err
		}
		n += int64(bytes.Count(p, []byte{'\n'}))
		lo += int64(len(p))
	}
	return n, nil
}
