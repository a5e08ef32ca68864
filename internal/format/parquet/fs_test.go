package parquet

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"sort"
	"sync"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/spi"
)

// memFS is a file system in memory that also reads plain files of the machine.
type memFS struct {
	mu    sync.Mutex
	files map[string][]byte
	reads int64 // bytes read
	calls int
}

func newMemFS() *memFS { return &memFS{files: map[string][]byte{}} }

func (m *memFS) Scheme() string { return "mem" }

func (m *memFS) get(path string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if b, ok := m.files[path]; ok {
		return b, nil
	}
	return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
}

func (m *memFS) Open(_ context.Context, path string) (spi.File, error) {
	b, err := m.get(path)
	if err == nil {
		return &memFile{fs: m, b: b, path: path}, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return &osFile{f, spi.FileInfo{Path: path, Size: st.Size()}}, nil
}

func (m *memFS) Glob(_ context.Context, pattern string) (out []spi.FileInfo, _ error) {
	for p, b := range m.files {
		out = append(out, spi.FileInfo{Path: p, Size: int64(len(b))})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Path < out[j].Path })
	return out, nil
}

func (m *memFS) Create(_ context.Context, path string) (spi.Upload, error) {
	return &memUpload{fs: m, path: path}, nil
}

type memUpload struct {
	bytes.Buffer
	fs   *memFS
	path string
	done bool
	fail error // what Write returns
}

func (u *memUpload) Write(p []byte) (int, error) {
	if u.fail != nil {
		return 0, u.fail
	}
	return u.Buffer.Write(p)
}

func (u *memUpload) Commit(context.Context) error {
	u.fs.mu.Lock()
	defer u.fs.mu.Unlock()
	u.fs.files[u.path] = u.Bytes()
	u.done = true
	return nil
}

func (u *memUpload) Abort(context.Context) error { return nil }

type memFile struct {
	fs   *memFS
	b    []byte
	path string
}

func (f *memFile) Info() spi.FileInfo { return spi.FileInfo{Path: f.path, Size: int64(len(f.b))} }

func (f *memFile) ReadRange(_ context.Context, p []byte, off int64) error {
	f.fs.mu.Lock()
	f.fs.reads += int64(len(p))
	f.fs.calls++
	f.fs.mu.Unlock()
	if off < 0 || off > int64(len(f.b)) || copy(p, f.b[off:]) < len(p) {
		return io.ErrUnexpectedEOF
	}
	return nil
}

func (f *memFile) Stream(_ context.Context, off int64) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(f.b[off:])), nil
}

func (f *memFile) Close() error { return nil }

type osFile struct {
	*os.File
	info spi.FileInfo
}

func (f *osFile) Info() spi.FileInfo { return f.info }

func (f *osFile) ReadRange(_ context.Context, p []byte, off int64) error {
	_, err := f.ReadAt(p, off)
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (f *osFile) Stream(_ context.Context, off int64) (io.ReadCloser, error) {
	return io.NopCloser(io.NewSectionReader(f.File, off, f.info.Size-off)), nil
}

func openPaths(m *memFS, opts spi.Options, paths ...string) (spi.Table, error) {
	var infos []spi.FileInfo
	for _, p := range paths {
		infos = append(infos, spi.FileInfo{Path: p})
	}
	return Format{}.OpenTable(context.Background(), m, infos, opts)
}

// readAll scans the table and hands every batch to each.
func readAll(t spi.Table, spec spi.ScanSpec, each func(*data.Batch)) error {
	ctx := context.Background()
	s, err := t.Scan(ctx, spec)
	if err != nil {
		return err
	}
	defer s.Close()
	for sp, err := range s.Splits(ctx) {
		if err != nil {
			return err
		}
		if err := readSplit(ctx, s, sp, each); err != nil {
			return err
		}
	}
	return nil
}

func readSplit(ctx context.Context, s spi.Scan, sp spi.Split, each func(*data.Batch)) error {
	r, err := s.Open(ctx, sp)
	if err != nil {
		return err
	}
	defer r.Close()
	for {
		b, err := r.Read(ctx)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if each != nil {
			each(b)
		}
	}
}

func allCols(t spi.Table) []int {
	cols := make([]int, t.Schema().Len())
	for i := range cols {
		cols[i] = i
	}
	return cols
}
