package parquet

import (
	"bytes"
	"sync"
)

// The most that recent keeps: files, and bytes of their footers. The metadata itself is about as large again.
const (
	recentFiles = 16
	recentBytes = 1 << 20
)

// recent is the metadata of the files opened last in the program.
var recent footers

// footers keeps parsed metadata, so that a file which a view opens and then every query over it is parsed once. Metadata is found by the path and
// the footer's bytes, which are read anew each time: what was written in the place of a file is never taken for it. It is safe for concurrent use.
type footers struct {
	mu   sync.Mutex
	list []footer // the one used last is at the end
}

type footer struct {
	path string
	raw  []byte
	meta *fileMeta
}

// parse returns the metadata in the footer b, which the caller may not change; b must not be written to either.
func (f *footers) parse(path string, b []byte) (*fileMeta, error) {
	if m := f.find(path, b); m != nil {
		return m, nil
	}
	m, err := parseMeta(b)
	if err == nil && len(b) <= recentBytes && !isOldMR(m.createdBy) { // the sizes in old files are corrected in place
		f.keep(footer{path, b, m})
	}
	return m, err
}

// find returns the metadata that was parsed from the same bytes, or nil.
func (f *footers) find(path string, b []byte) *fileMeta {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, x := range f.list {
		if x.path == path && bytes.Equal(x.raw, b) {
			f.list = append(append(f.list[:i], f.list[i+1:]...), x)
			return x.meta
		}
	}
	return nil
}

// keep adds metadata in place of what the path had, and drops what was not used for longest.
func (f *footers) keep(x footer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	list, size := make([]footer, 0, recentFiles), len(x.raw)
	for i := len(f.list) - 1; i >= 0; i-- {
		old := f.list[i]
		if old.path != x.path && len(list) < recentFiles-1 && size+len(old.raw) <= recentBytes {
			list = append(list, old)
			size += len(old.raw)
		}
	}
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	f.list = append(list, x)
}
