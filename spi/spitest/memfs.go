package spitest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"sort"
	"strings"
	"sync"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// ErrInjected is what MemFS fails with on request.
var ErrInjected = errors.New("injected failure")

// MemFS is a file system in memory, with faults on request. It is safe for concurrent use. The zero value is empty.
type MemFS struct {
	// ShortReads makes streams return few bytes at a time.
	ShortReads bool
	// FailReadAt makes reads at or beyond this position fail, if above 0.
	FailReadAt int64
	// FailWriteAt makes uploads fail after this many bytes, if above 0.
	FailWriteAt int64
	// FailCommit makes Commit fail.
	FailCommit bool

	mu    sync.Mutex
	files map[string][]byte
	open  int
}

// Put stores a file.
func (m *MemFS) Put(name string, content []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.files == nil {
		m.files = map[string][]byte{}
	}
	m.files[name] = content
}

// Get returns a file's content.
func (m *MemFS) Get(name string) ([]byte, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.files[name]
	return b, ok
}

// Names returns the names of all files, sorted.
func (m *MemFS) Names() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]string, 0, len(m.files))
	for n := range m.files {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

// Leaks returns how many files, streams and uploads were not ended.
func (m *MemFS) Leaks() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.open
}

func (m *MemFS) count(n int) {
	m.mu.Lock()
	m.open += n
	m.mu.Unlock()
}

// Scheme implements spi.FS.
func (m *MemFS) Scheme() string { return "mem" }

// Open implements spi.FS.
func (m *MemFS) Open(_ context.Context, name string) (spi.File, error) {
	b, ok := m.Get(name)
	if !ok {
		return nil, fault.Wrap(fault.NotFound, fs.ErrNotExist, "no file %s", name)
	}
	m.count(1)
	return &memFile{m: m, name: name, b: b}, nil
}

// Glob implements spi.FS with the patterns of path.Match; a name that ends with a slash is a folder.
func (m *MemFS) Glob(_ context.Context, pattern string) ([]spi.FileInfo, error) {
	var out []spi.FileInfo
	for _, n := range m.Names() {
		ok, err := path.Match(pattern, n)
		if err != nil {
			return nil, err
		}
		if ok || n == pattern || strings.HasSuffix(pattern, "/") && strings.HasPrefix(n, pattern) {
			b, _ := m.Get(n)
			out = append(out, spi.FileInfo{Path: n, Size: int64(len(b))})
		}
	}
	if len(out) == 0 && !strings.ContainsAny(pattern, "*?[") {
		return nil, fault.Wrap(fault.NotFound, fs.ErrNotExist, "no file %s", pattern)
	}
	return out, nil
}

// Create implements spi.FS.
func (m *MemFS) Create(_ context.Context, name string) (spi.Upload, error) {
	m.count(1)
	return &memUpload{m: m, name: name}, nil
}

type memFile struct {
	m    *MemFS
	name string
	b    []byte
	once sync.Once
}

// Info implements spi.File.
func (f *memFile) Info() spi.FileInfo { return spi.FileInfo{Path: f.name, Size: int64(len(f.b))} }

// ReadRange implements spi.File.
func (f *memFile) ReadRange(ctx context.Context, p []byte, off int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if at := f.m.FailReadAt; at > 0 && off+int64(len(p)) > at {
		return ErrInjected
	}
	if off > int64(len(f.b)) || copy(p, f.b[off:]) < len(p) {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// Stream implements spi.File.
func (f *memFile) Stream(_ context.Context, off int64) (io.ReadCloser, error) {
	f.m.count(1)
	return &memStream{f: f, r: bytes.NewReader(f.b[min(off, int64(len(f.b))):]), off: off}, nil
}

// Close implements spi.File.
func (f *memFile) Close() error {
	f.once.Do(func() { f.m.count(-1) })
	return nil
}

type memStream struct {
	f    *memFile
	r    *bytes.Reader
	off  int64
	once sync.Once
}

// Read implements io.Reader.
func (s *memStream) Read(p []byte) (int, error) {
	if s.f.m.ShortReads && len(p) > 7 {
		p = p[:7]
	}
	if at := s.f.m.FailReadAt; at > 0 {
		if s.off >= at {
			return 0, ErrInjected
		}
		p = p[:min(int64(len(p)), at-s.off)]
	}
	n, err := s.r.Read(p)
	s.off += int64(n)
	return n, err
}

// Close implements io.Closer.
func (s *memStream) Close() error {
	s.once.Do(func() { s.f.m.count(-1) })
	return nil
}

type memUpload struct {
	m    *MemFS
	name string
	buf  bytes.Buffer
	done bool
}

// Write implements io.Writer.
func (u *memUpload) Write(p []byte) (int, error) {
	if at := u.m.FailWriteAt; at > 0 && int64(u.buf.Len()+len(p)) > at {
		return 0, ErrInjected
	}
	return u.buf.Write(p)
}

// Commit implements spi.Upload.
func (u *memUpload) Commit(context.Context) error {
	if u.done {
		return nil
	}
	if u.m.FailCommit {
		return ErrInjected
	}
	u.done = true
	u.m.count(-1)
	u.m.Put(u.name, u.buf.Bytes())
	return nil
}

// Abort implements spi.Upload.
func (u *memUpload) Abort(context.Context) error {
	if !u.done {
		u.done = true
		u.m.count(-1)
	}
	return nil
}
