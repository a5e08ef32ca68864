package spill

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/s2"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/mem"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Files is the spilled runs of one query; it implements mem.Spill. A run is a file that is open only while a block is written or read, so the
// number of runs is not bounded by that of open files. The index of its blocks, with their checksums, stays in memory.
type Files struct {
	store *Store

	mu     sync.Mutex
	dir    string // made for the first run
	next   int
	used   int64    // bytes on disk
	spare  [][]byte // buffers for packed blocks
	closed bool
}

var _ mem.Spill = (*Files)(nil)

// Create implements mem.Spill. The file is made by the first Append.
func (f *Files) Create(ctx context.Context, operator string) (mem.RunWriter, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, bug.Errorf("a run of the %s is created after the query has ended", operator)
	}
	if f.dir == "" {
		dir, err := f.store.acquire()
		if err != nil {
			return nil, err
		}
		f.dir = dir
	}
	f.next++
	name := strings.Map(fileRune, operator)
	return &file{files: f, operator: operator, path: filepath.Join(f.dir, fmt.Sprintf("%s-%d", name, f.next))}, nil
}

// fileRune keeps what is harmless in file names.
func fileRune(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
		return r
	}
	return '-'
}

// Close implements mem.Spill.
func (f *Files) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed, f.spare = true, nil
	f.store.used.Add(-f.used)
	f.used = 0
	if f.dir == "" {
		return nil
	}
	dir := f.dir
	f.dir = ""
	return f.store.release(dir)
}

// grow counts n bytes more on disk, or fewer. It reports false for a query that has ended, whose files are gone.
func (f *Files) grow(operator string, n int64) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false, nil
	}
	if n > 0 {
		if err := f.store.grow(operator, n); err != nil {
			return false, err
		}
	} else {
		f.store.used.Add(n)
	}
	f.used += n
	return true, nil
}

// buffer lends a buffer of at least n bytes.
func (f *Files) buffer(n int) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	if k := len(f.spare) - 1; k >= 0 {
		b := f.spare[k]
		f.spare = f.spare[:k]
		if cap(b) >= n {
			return b[:n]
		}
	}
	return make([]byte, n)
}

func (f *Files) giveBack(b []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.spare = append(f.spare, b)
	}
}

// file is a run in one file, first as its writer and then as the finished run.
type file struct {
	files    *Files
	operator string
	path     string
	blocks   []block
	size     int64
	removed  atomic.Bool
}

// block is where a block lies in the file.
type block struct {
	at          int64
	stored, raw uint32
	sum         uint32 // of the stored bytes
	packed      bool
}

// Append implements mem.RunWriter.
func (f *file) Append(ctx context.Context, raw []byte) (int64, error) {
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	start := time.Now()
	stored, b := raw, block{at: f.size, raw: uint32(len(raw))}
	pack := f.files.store.pace.pack()
	if pack {
		if n := s2.MaxEncodedLen(len(raw)); n > 0 {
			buf := f.files.buffer(n)
			defer f.files.giveBack(buf)
			if p := s2.Encode(buf, raw); len(p) < len(raw)-len(raw)/16 {
				stored, b.packed = p, true
			}
		}
	}
	b.stored, b.sum = uint32(len(stored)), crc32.Checksum(stored, castagnoli)
	if ok, err := f.files.grow(f.operator, int64(len(stored))); err != nil {
		return 0, err
	} else if !ok {
		return 0, bug.Errorf("the %s spills after the query has ended", f.operator)
	}
	f.size += int64(len(stored))
	if err := f.write(stored, b.at); err != nil {
		return 0, fault.Wrap(fault.IO, err, "cannot spill rows of the %s to %s after %s", f.operator, f.files.store.root,
			mem.FormatBytes(f.files.store.Used()-int64(len(stored)))).
			WithHint("make room there, name another directory with --spill-dir, or raise --memory so that less spills")
	}
	f.blocks = append(f.blocks, b)
	f.files.store.pace.note(pack, len(raw), time.Since(start))
	return int64(len(stored)), nil
}

// write puts p at an offset of the file.
func (f *file) write(p []byte, at int64) error {
	h, err := os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = h.WriteAt(p, at)
	return errors.Join(err, h.Close())
}

// Finish implements mem.RunWriter.
func (f *file) Finish() (mem.Run, error) { return f, nil }

// Abort implements mem.RunWriter.
func (f *file) Abort() error { return f.Remove() }

// Blocks implements mem.Run.
func (f *file) Blocks() int { return len(f.blocks) }

// Size implements mem.Run.
func (f *file) Size() int64 { return f.size }

// Block implements mem.Run.
func (f *file) Block(ctx context.Context, i int, buf []byte) ([]byte, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	b := &f.blocks[i]
	if cap(buf) < int(b.raw) {
		buf = data.AlignedBytes(int(b.raw))
	}
	buf = buf[:b.raw]
	stored := buf
	if b.packed {
		stored = f.files.buffer(int(b.stored))
		defer f.files.giveBack(stored)
	}
	if err := f.read(stored, b.at); err != nil {
		return nil, f.broken(err)
	}
	if crc32.Checksum(stored, castagnoli) != b.sum {
		return nil, f.broken(fmt.Errorf("block %d has changed on disk", i))
	}
	if b.packed {
		if _, err := s2.Decode(buf, stored); err != nil {
			return nil, f.broken(err)
		}
	}
	return buf, nil
}

func (f *file) read(p []byte, at int64) error {
	h, err := os.Open(f.path)
	if err != nil {
		return err
	}
	_, err = h.ReadAt(p, at)
	return errors.Join(err, h.Close())
}

// broken is the error of a file that is not as it was written.
func (f *file) broken(err error) error {
	return fault.Wrap(fault.IO, err, "cannot read back rows of the %s that were spilled to %s", f.operator, f.path).
		WithHint("nobody else may write to or clean up that directory; name another one with --spill-dir")
}

// Remove implements mem.Run.
func (f *file) Remove() error {
	if f.removed.Swap(true) {
		return nil
	}
	if ok, err := f.files.grow(f.operator, -f.size); !ok {
		return err
	}
	if err := os.Remove(f.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("removing the spilled run %s: %w", f.path, err)
	}
	return nil
}
