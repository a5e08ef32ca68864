package spi

import (
	"context"
	"io"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
)

// Options are named settings of a table, sink or format, as the user wrote them: string, int64, float64, bool, []any or map[string]any.
// Drivers must refuse unknown names with UnknownOption.
type Options map[string]any

// Driver opens tables and sinks of one system by URL, such as postgres://… or sqlite://….
type Driver interface {
	// Name is the URL scheme in lower case.
	Name() string
	// OpenTable opens a table, view or query for reading.
	OpenTable(ctx context.Context, url string, opts Options) (Table, error)
	// OpenSink opens a target for loads. It may be a table that does not exist yet.
	OpenSink(ctx context.Context, url string, opts Options) (Sink, error)
}

// FS is a file system or object store. Paths are whole URLs for stores (s3://bucket/key) and plain paths for local files.
type FS interface {
	// Scheme is the URL scheme ("s3"), or "" for local files.
	Scheme() string
	// Open opens a file for ranged reading. A missing file gives an error that wraps io/fs.ErrNotExist.
	Open(ctx context.Context, path string) (File, error)
	// Glob lists the files that match the pattern (*, ?, [...], {a,b}, **), sorted by name. A path without meta characters is
	// returned if the file exists; a directory means all files below it.
	Glob(ctx context.Context, pattern string) ([]FileInfo, error)
	// Create starts a file that appears whole at Commit, or not at all.
	Create(ctx context.Context, path string) (Upload, error)
}

// FileInfo is a listed file. ETag identifies the content where the store knows it.
type FileInfo struct {
	Path string
	Size int64
	ETag string
}

// File is an open file. ReadRange is safe for concurrent use.
type File interface {
	// Info returns what was known at opening.
	Info() FileInfo
	// ReadRange fills p from the offset, retrying and resuming what can be. It returns io.ErrUnexpectedEOF if the file ends before p is full.
	ReadRange(ctx context.Context, p []byte, off int64) error
	// Stream returns a reader from the offset to the end of the file, which resumes after broken connections.
	Stream(ctx context.Context, off int64) (io.ReadCloser, error)
	io.Closer
}

// Upload is a file under construction. Exactly one of Commit and Abort ends it; Abort after Commit does nothing.
type Upload interface {
	io.Writer
	Commit(ctx context.Context) error
	Abort(ctx context.Context) error
}

// Format reads and writes one file format over any FS.
type Format interface {
	// Name is the format's name: "parquet", "csv", "ndjson", "ipc".
	Name() string
	// Extensions are the file name endings without compression, such as ".csv", ".tsv".
	Extensions() []string
	// OpenTable opens the files as one table, in the order given. Their schemas must be compatible.
	OpenTable(ctx context.Context, fs FS, files []FileInfo, opts Options) (Table, error)
	// OpenSink returns a sink that writes the file at path.
	OpenSink(ctx context.Context, fs FS, path string, opts Options) (Sink, error)
}

// Registry finds drivers, file systems and formats by name. It is safe for concurrent use. The zero value is ready.
type Registry struct {
	mu      sync.RWMutex
	drivers map[string]Driver
	fss     map[string]FS
	formats map[string]Format
	exts    map[string]Format
}

// Default is the registry that connectors add themselves to when they are imported.
var Default = &Registry{}

// AddDriver registers d under its name, replacing an older one.
func (r *Registry) AddDriver(d Driver) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.drivers == nil {
		r.drivers = map[string]Driver{}
	}
	r.drivers[d.Name()] = d
}

// AddFS registers fs under its scheme, replacing an older one.
func (r *Registry) AddFS(fs FS) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fss == nil {
		r.fss = map[string]FS{}
	}
	r.fss[fs.Scheme()] = fs
}

// AddFormat registers f under its name and extensions, replacing older ones.
func (r *Registry) AddFormat(f Format) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.formats == nil {
		r.formats, r.exts = map[string]Format{}, map[string]Format{}
	}
	r.formats[f.Name()] = f
	for _, e := range f.Extensions() {
		r.exts[e] = f
	}
}

// Scheme splits "scheme://rest" and returns the scheme in lower case, or "" for a plain path.
func Scheme(url string) string {
	i := strings.Index(url, "://")
	if i <= 0 || strings.ContainsAny(url[:i], "/\\*?") {
		return ""
	}
	return strings.ToLower(url[:i])
}

// Driver returns the driver of the URL's scheme, or nil if there is none.
func (r *Registry) Driver(url string) Driver {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.drivers[Scheme(url)]
}

// FS returns the file system of the URL's scheme. The error names the schemes that are known.
func (r *Registry) FS(url string) (FS, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	s := Scheme(url)
	if fs := r.fss[s]; fs != nil {
		return fs, nil
	}
	e := fault.New(fault.Unsupported, "no file system for %s:// is linked in", s)
	known := slices.DeleteFunc(keys(r.fss), func(scheme string) bool { return scheme == "" })
	if len(known) == 0 {
		known = []string{"none"}
	}
	return nil, e.WithHint("known: %s; a connector is linked by importing its package", strings.Join(known, ", "))
}

// Format returns the format with the name, or, if name is empty, the one for the file's extension, compression endings ignored.
func (r *Registry) Format(name, path string) (Format, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if name != "" {
		if f := r.formats[strings.ToLower(name)]; f != nil {
			return f, nil
		}
		return nil, &fault.Error{Code: fault.Name, Msg: "unknown format " + strconv.Quote(name), Hint: hintOr(name, keys(r.formats))}
	}
	base := strings.ToLower(path)
	for _, z := range []string{".gz", ".zst", ".zstd"} {
		base = strings.TrimSuffix(base, z)
	}
	if i := strings.LastIndexByte(base, '.'); i >= 0 {
		if f := r.exts[base[i:]]; f != nil {
			return f, nil
		}
	}
	return nil, fault.New(fault.Name, "cannot tell the format of %q from its name", path).
		WithHint("known endings: %s; or say the format: %s", strings.Join(keys(r.exts), " "), strings.Join(keys(r.formats), ", "))
}

func hintOr(name string, known []string) string {
	if h := fault.DidYouMean(name, known); h != "" {
		return h
	}
	return "known: " + strings.Join(known, ", ")
}

func keys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// UnknownOption returns the error for an option that the owner (a format or driver) does not have.
func UnknownOption(owner, name string, known []string) error {
	return &fault.Error{Code: fault.Name, Msg: owner + " has no option " + strconv.Quote(name), Hint: hintOr(name, known)}
}

// MemTable is the contract of tables whose batches are in memory already; the engine and tests use it to avoid copies.
type MemTable interface {
	Table
	Batches() []*data.Batch
}
