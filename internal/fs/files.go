package fs

import (
	"context"
	"io"
	"path"
	"sync"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// Files are the files of one table, opened on demand and shared by all readers of a scan. It is safe for concurrent use.
type Files struct {
	FS   spi.FS
	List []spi.FileInfo

	auto     bool
	codec    Codec
	encoding Encoding
	mu       sync.Mutex
	open     map[int]*handle
	idle     []int // files without users, oldest first; a few stay open for the next range
	magic    map[int]Codec
}

// idleMax is how many unused files stay open.
const idleMax = 8

type handle struct {
	f    spi.File
	refs int
}

// NewFiles returns the files; compression is the option's value. No files at all is an error.
func NewFiles(fs spi.FS, list []spi.FileInfo, compression string) (*Files, error) {
	if len(list) == 0 {
		return nil, fault.New(fault.NotFound, "no files to read")
	}
	codec, auto, err := CodecOption(compression)
	if err != nil {
		return nil, err
	}
	return &Files{FS: fs, List: list, auto: auto, codec: codec, open: map[int]*handle{}, magic: map[int]Codec{}}, nil
}

// Fork returns the same files for another scan, with handles of its own.
func (s *Files) Fork() *Files {
	return &Files{FS: s.FS, List: s.List, auto: s.auto, codec: s.codec, encoding: s.encoding, open: map[int]*handle{}, magic: map[int]Codec{}}
}

// Acquire opens file i, or shares the open one. Release gives it back.
func (s *Files) Acquire(ctx context.Context, i int) (spi.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.open[i]; h != nil {
		h.refs++
		return h.f, nil
	}
	f, err := s.FS.Open(ctx, s.List[i].Path)
	if err != nil {
		return nil, err
	}
	s.open[i] = &handle{f, 1}
	return f, nil
}

// Release gives back what Acquire returned.
func (s *Files) Release(i int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.open[i]
	if h == nil {
		return
	}
	if h.refs--; h.refs > 0 {
		return
	}
	s.idle = append(s.idle, i)
	for len(s.idle) > idleMax {
		old := s.idle[0]
		s.idle = s.idle[1:]
		if h := s.open[old]; h != nil && h.refs == 0 {
			h.f.Close()
			delete(s.open, old)
		}
	}
}

// Close closes all files.
func (s *Files) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var first error
	for i, h := range s.open {
		if err := h.f.Close(); first == nil {
			first = err
		}
		delete(s.open, i)
	}
	s.idle = nil
	return first
}

// Codec returns the compression of file i: the one asked for, or what its name says, or what its first bytes say.
func (s *Files) Codec(ctx context.Context, i int) (Codec, error) {
	name := s.List[i].Path
	if !s.auto {
		return s.codec, nil
	}
	if c := CodecByName(name); c != Plain {
		return c, nil
	}
	// Asking a store for a few bytes costs a round trip for each file, so there only files without any ending are looked into.
	if s.FS.Scheme() != "" && path.Ext(name) != "" {
		return Plain, nil
	}
	s.mu.Lock()
	c, known := s.magic[i]
	s.mu.Unlock()
	if known {
		return c, nil
	}
	f, err := s.Acquire(ctx, i)
	if err != nil {
		return Plain, err
	}
	defer s.Release(i)
	if size := f.Info().Size; size < 0 && !isStdin(name) {
		return Plain, nil // looking into a pipe would take bytes out of it
	}
	var head [4]byte
	switch err := f.ReadRange(ctx, head[:], 0); {
	case err == io.ErrUnexpectedEOF:
		c = Plain
	case err != nil:
		return Plain, err
	default:
		c = codecByMagic(head[:])
	}
	s.mu.Lock()
	s.magic[i] = c
	s.mu.Unlock()
	return c, nil
}

// Reader streams the decompressed content, as UTF-8, of file i from its start. The stored bytes that it consumes are added to meter, which may be nil.
func (s *Files) Reader(ctx context.Context, i int, meter *spi.Meter) (io.ReadCloser, error) {
	c, err := s.Codec(ctx, i)
	if err != nil {
		return nil, err
	}
	f, err := s.Acquire(ctx, i)
	if err != nil {
		return nil, err
	}
	r, err := f.Stream(ctx, 0)
	if err != nil {
		s.Release(i)
		return nil, err
	}
	if meter != nil {
		r = &meteredReader{r, meter}
	}
	d, err := Decode(c, r, s.List[i].Path)
	if err != nil {
		r.Close()
		s.Release(i)
		return nil, err
	}
	if s.encoding != UTF8 {
		d = &transcoder{ReadCloser: d, from: s.encoding, path: s.List[i].Path}
	}
	return &fileReader{ReadCloser: d, files: s, i: i}, nil
}

type meteredReader struct {
	io.ReadCloser
	meter *spi.Meter
}

// Read implements io.Reader.
func (r *meteredReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.meter.Bytes.Add(int64(n))
	return n, err
}

type fileReader struct {
	io.ReadCloser
	files *Files
	i     int
	shut  bool
}

// Close implements io.Closer.
func (r *fileReader) Close() error {
	if r.shut {
		return nil
	}
	r.shut = true
	err := r.ReadCloser.Close()
	r.files.Release(r.i)
	return err
}

// Bytes returns the stored size of all files, or -1 if one is unknown.
func (s *Files) Bytes() int64 {
	n := int64(0)
	for _, f := range s.List {
		if f.Size < 0 {
			return -1
		}
		n += f.Size
	}
	return n
}
