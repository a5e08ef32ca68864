package parquet

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"sync"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

var (
	magic          = []byte("PAR1")
	magicEncrypted = []byte("PARE")
)

// tailBytes is what the first read of a file fetches from its end; most footers fit.
const tailBytes = 64 << 10

// tails are buffers for the ends of files.
var tails = sync.Pool{New: func() any { return new([tailBytes]byte) }}

// file is one opened file: its metadata, which is all that is kept of it between scans.
type file struct {
	info   spi.FileInfo
	meta   *fileMeta
	cols   []*column
	leaves []*leafInfo
	binds  []binding // one a column of the table
	trust  bool      // its float bounds are known to mean that there is no NaN

	shortChunks bool // its chunks may be longer than they say
}

// fail places err in the file.
func (f *file) fail(err error) error { return place(err, f.info.Path, "", "") }

// openFile reads the footer of a file.
func openFile(ctx context.Context, fsys spi.FS, info spi.FileInfo, opts *options) (f *file, err error) {
	in, err := fsys.Open(ctx, info.Path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fault.Wrap(fault.NotFound, err, "no file %q", info.Path)
		}
		return nil, place(err, info.Path, "", "")
	}
	defer in.Close()
	f = &file{info: in.Info()}
	if f.info.Path == "" {
		f.info.Path = info.Path
	}
	b, err := readFooter(ctx, in, f.info.Size)
	if err != nil {
		return nil, f.fail(err)
	}
	if f.meta, err = recent.parse(f.info.Path, b); err != nil {
		return nil, f.fail(err)
	}
	if f.meta.encrypted {
		return nil, f.fail(unsupported("it is encrypted"))
	}
	if f.cols, f.leaves, err = buildSchema(f.meta, opts); err != nil {
		return nil, f.fail(err)
	}
	f.trust = isOurs(f.meta.createdBy)
	f.shortChunks = isOldMR(f.meta.createdBy)
	return f, f.fail(f.check())
}

// readFooter returns the metadata bytes at the end of the file.
func readFooter(ctx context.Context, in spi.File, size int64) ([]byte, error) {
	if size < 12 {
		return nil, corrupt("%d bytes are too few for a Parquet file", size)
	}
	n := min(size, tailBytes)
	buf := tails.Get().(*[tailBytes]byte)
	defer tails.Put(buf)
	tail := buf[:n]
	if err := in.ReadRange(ctx, tail, size-n); err != nil {
		return nil, shortRead(err, size)
	}
	end := tail[n-4:]
	if bytes.Equal(end, magicEncrypted) {
		return nil, unsupported("it is encrypted")
	}
	if !bytes.Equal(end, magic) {
		return nil, corrupt("the file does not end with PAR1; it is cut off or not a Parquet file")
	}
	length := int64(binary.LittleEndian.Uint32(tail[n-8:]))
	if length > size-12 {
		return nil, corrupt("the footer has %d bytes in a file of %d", length, size)
	}
	if length <= n-8 {
		return bytes.Clone(tail[n-8-length : n-8]), nil
	}
	b := make([]byte, length)
	return b, shortRead(in.ReadRange(ctx, b, size-8-length), size)
}

// shortRead explains a file that is shorter than its listing says.
func shortRead(err error, size int64) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return corrupt("the file ends before its %d bytes", size)
	}
	return err
}

// check validates the counts and places of the metadata against each other and the file's size.
func (f *file) check() error {
	m := f.meta
	total := int64(0)
	for g := range m.groups {
		rg := &m.groups[g]
		if rg.rows < 0 || total+rg.rows < total {
			return corrupt("row group %d has %d rows", g, rg.rows)
		}
		total += rg.rows
		if len(rg.chunks) != len(f.leaves) {
			return corrupt("row group %d has %d columns, the schema %d", g, len(rg.chunks), len(f.leaves))
		}
		for i := range rg.chunks {
			if err := f.checkChunk(&rg.chunks[i], f.leaves[i], rg.rows); err != nil {
				return err
			}
		}
	}
	if m.rows > total { // some writers leave the total out
		return corrupt("the file has %d rows and its row groups %d", m.rows, total)
	}
	return nil
}

func (f *file) checkChunk(m *chunkMeta, l *leafInfo, rows int64) error {
	if m.encrypted || !m.present {
		return nil // refused when it is read
	}
	if m.path != "" {
		return unsupported("column %q stands in another file, %q", l.path, m.path)
	}
	if m.typ != l.phys {
		return corrupt("column %q has type %s and its chunk %s", l.path, physNames[l.phys], physNames[m.typ])
	}
	if m.values < 0 || m.values < rows || l.maxRep == 0 && m.values != rows {
		return corrupt("column %q has %d values in a row group of %d rows", l.path, m.values, rows)
	}
	at := m.start()
	if m.values == 0 {
		return nil
	}
	if f.shortChunks && at > 0 && at < f.info.Size {
		m.size = min(m.size+shortBy, f.info.Size-at)
	}
	if at < 4 || m.size < 0 || m.size > f.info.Size || at > f.info.Size-m.size {
		return corrupt("column %q has %d bytes at %d in a file of %d", l.path, m.size, at, f.info.Size)
	}
	return nil
}

// shortBy is how much old writers may understate the size of a chunk: they left out the header of the dictionary page.
const shortBy = 100

// isOldMR reports files of parquet-mr before 1.2.9.
func isOldMR(createdBy string) bool {
	v, ok := strings.CutPrefix(createdBy, "parquet-mr")
	if !ok {
		return false
	}
	v, ok = strings.CutPrefix(v, " version ")
	if !ok {
		return true
	}
	old := []int{1, 2, 9}
	for i, part := range strings.SplitN(v, ".", 3) {
		digits := strings.IndexFunc(part, func(r rune) bool { return r < '0' || r > '9' })
		if digits < 0 {
			digits = len(part)
		}
		n, err := strconv.Atoi(part[:digits])
		if err != nil || n > old[i] {
			return false
		}
		if n < old[i] {
			return true
		}
	}
	return false
}
