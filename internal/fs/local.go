package fs

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// Local is the file system of plain paths. "-" and /dev/stdin are standard input for reading, "-" and /dev/stdout standard output for
// writing. It is safe for concurrent use.
type Local struct {
	stdin  *stdin
	stdout io.Writer
}

// NewLocal returns the local file system with the process's own standard streams.
func NewLocal() *Local { return NewLocalWith(os.Stdin, os.Stdout) }

// NewLocalWith returns the local file system with other standard streams.
func NewLocalWith(in io.Reader, out io.Writer) *Local {
	return &Local{stdin: &stdin{in: in}, stdout: out}
}

// Scheme implements spi.FS.
func (l *Local) Scheme() string { return "" }

// Open implements spi.FS.
func (l *Local) Open(_ context.Context, path string) (spi.File, error) {
	if isStdin(path) {
		return &stdinFile{l.stdin}, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, worldError("opening", path, err)
	}
	st, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, worldError("opening", path, err)
	}
	if st.IsDir() {
		f.Close()
		return nil, fault.New(fault.Usage, "%s is a directory, not a file", path)
	}
	info := spi.FileInfo{Path: path, Size: st.Size()}
	if !st.Mode().IsRegular() {
		info.Size = -1
	}
	return &localFile{f: f, info: info}, nil
}

// worldError names the file and classes the usual causes, so that a person sees what to change.
func worldError(doing, path string, err error) error {
	var pe *fs.PathError
	cause := err
	if errors.As(err, &pe) {
		cause = pe.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fault.Wrap(fault.NotFound, fs.ErrNotExist, "no file %s", path)
	case errors.Is(err, fs.ErrPermission):
		return fault.Wrap(fault.Permission, fs.ErrPermission, "%s %s", doing, path)
	case errors.Is(err, syscall.ENOSPC):
		return fault.Wrap(fault.IO, cause, "the disk is full while %s %s", doing, path)
	default:
		return fault.Wrap(fault.IO, cause, "%s %s", doing, path)
	}
}

// localFile reads by position, so that any number of readers share one descriptor.
type localFile struct {
	f    *os.File
	info spi.FileInfo
}

// Info implements spi.File.
func (f *localFile) Info() spi.FileInfo { return f.info }

// ReadRange implements spi.File.
func (f *localFile) ReadRange(_ context.Context, p []byte, off int64) error {
	n, err := f.f.ReadAt(p, off)
	switch {
	case n == len(p):
		return nil
	case err == io.EOF:
		return io.ErrUnexpectedEOF
	default:
		return worldError("reading", f.info.Path, err)
	}
}

// Stream implements spi.File. A pipe can be streamed from its start only.
func (f *localFile) Stream(_ context.Context, off int64) (io.ReadCloser, error) {
	if f.info.Size < 0 {
		if _, err := io.CopyN(io.Discard, f.f, off); err != nil {
			return nil, worldError("reading", f.info.Path, err)
		}
		return io.NopCloser(f.f), nil
	}
	return &localStream{f: f, off: off}, nil
}

// Close implements spi.File.
func (f *localFile) Close() error {
	if err := f.f.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return worldError("closing", f.info.Path, err)
	}
	return nil
}

type localStream struct {
	f   *localFile
	off int64
}

// Read implements io.Reader.
func (s *localStream) Read(p []byte) (int, error) {
	n, err := s.f.f.ReadAt(p, s.off)
	s.off += int64(n)
	if n > 0 || len(p) == 0 {
		return n, nil
	}
	if err != nil && err != io.EOF {
		err = worldError("reading", s.f.info.Path, err)
	}
	return 0, err
}

// Close implements io.Closer; the descriptor belongs to the file.
func (s *localStream) Close() error { return nil }
