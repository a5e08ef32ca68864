package parquet

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/bits"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// sinkOptions are the settings of a writer.
type sinkOptions struct {
	codec       int32
	level       int
	groupRows   int
	groupBytes  int
	pageBytes   int
	dictionary  bool
	pageVersion int
}

var sinkOptionNames = []string{"compression", "codec", "compression_level", "row_group_size", "row_group_size_bytes", "page_size", "dictionary", "page_version"}

var sinkCodecs = map[string]int32{"snappy": codecSnappy, "zstd": codecZstd, "gzip": codecGzip, "lz4_raw": codecLZ4Raw, "lz4": codecLZ4Raw,
	"none": codecNone, "uncompressed": codecNone}

// parseSinkOptions reads the options of a sink; see Format.OpenSink for what they mean.
func parseSinkOptions(opts spi.Options) (*sinkOptions, error) {
	o := &sinkOptions{codec: codecSnappy, level: -1, groupRows: 122_880, groupBytes: 256 << 20, pageBytes: 1 << 20, dictionary: true, pageVersion: 1}
	for name, v := range opts {
		var err error
		switch name {
		case "compression", "codec":
			s, _ := v.(string)
			codec, ok := sinkCodecs[strings.ToLower(s)]
			if _, both := opts["codec"]; both && len(name) > len("codec") {
				err = fault.New(fault.Usage, "compression and codec are one option of parquet, which can be given only once")
			} else if !ok {
				err = fault.New(fault.Usage, "parquet has no compression %v", v).WithHint("known: snappy, zstd, gzip, lz4_raw, none")
			}
			o.codec = codec
		case "compression_level":
			o.level, err = intOption(name, v, 1, 22)
		case "row_group_size":
			o.groupRows, err = intOption(name, v, 1, 1<<31-1)
		case "row_group_size_bytes":
			o.groupBytes, err = intOption(name, v, 1<<10, 1<<31-1)
		case "page_size":
			o.pageBytes, err = intOption(name, v, 64, 1<<28)
		case "dictionary":
			o.dictionary, err = boolOption(name, v)
		case "page_version":
			o.pageVersion, err = intOption(name, v, 1, 2)
		default:
			err = spi.UnknownOption("parquet", name, sinkOptionNames)
		}
		if err != nil {
			return nil, err
		}
	}
	switch {
	case o.codec == codecGzip && o.level > 9:
		return nil, fault.New(fault.Usage, "gzip has compression levels 1 to 9, not %d", o.level)
	case o.codec == codecZstd && o.level < 0:
		o.level = 3
	}
	return o, nil
}

func intOption(name string, v any, lo, hi int64) (int, error) {
	n, ok := v.(int64)
	if f, is := v.(float64); is && f == float64(int64(f)) {
		n, ok = int64(f), true
	}
	if i, is := v.(int); is {
		n, ok = int64(i), true
	}
	if !ok || n < lo || n > hi {
		return 0, fault.New(fault.Usage, "option %s of parquet takes an integer from %d to %d, not %v", name, lo, hi, v)
	}
	return int(n), nil
}

// OpenSink returns a sink that writes one file, which appears whole when the load is committed. Options:
//
//	compression, codec    snappy (default), zstd, gzip, lz4_raw or none
//	compression_level     of zstd (1 to 22) and gzip (1 to 9)
//	row_group_size        rows of a row group, 122880 by default
//	row_group_size_bytes  ends a row group early when its values take so much memory, 256 MiB by default
//	page_size             bytes of a page before compression, 1 MiB by default
//	dictionary            false keeps columns from being dictionary-encoded
//	page_version          1 (default) or 2: the version of data pages
//
// Types that the format has no annotation for (durations, intervals, enums, int128, arrays, zones other than UTC) are stored as the
// nearest standard type with a note in the metadata, by which our reader restores them.
func (Format) OpenSink(ctx context.Context, fsys spi.FS, path string, opts spi.Options) (spi.Sink, error) {
	o, err := parseSinkOptions(opts)
	if err != nil {
		return nil, err
	}
	return &sink{fs: fsys, path: path, opts: o}, ctx.Err()
}

type sink struct {
	fs   spi.FS
	path string
	opts *sinkOptions
}

// Begin implements spi.Sink. A file cannot be appended to or updated.
func (s *sink) Begin(ctx context.Context, spec spi.LoadSpec) (spi.Load, error) {
	switch spec.Mode {
	case spi.Append, spi.Upsert:
		return nil, fault.New(fault.Unsupported, "a Parquet file cannot be changed in place; mode %s is not offered", spec.Mode).
			WithHint("use mode replace, or write another file beside it")
	case spi.Create:
		in, err := s.fs.Open(ctx, s.path)
		if err == nil {
			in.Close()
			return nil, fault.New(fault.Usage, "file %q exists already", s.path).WithHint("use mode replace")
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("looking for %s: %w", s.path, err)
		}
	}
	l := &load{path: s.path, meter: spec.Meter}
	l.schema = schemaWriter{opts: s.opts}
	var err error
	if l.targets, err = l.schema.lower(spec.Schema); err != nil {
		return nil, err
	}
	l.w = fileWriter{load: l, opts: s.opts, pages: pageWriter{opts: s.opts}}
	if l.up, err = s.fs.Create(ctx, s.path); err != nil {
		return nil, fmt.Errorf("creating %s: %w", s.path, err)
	}
	return l, nil
}

// load writes one file with one writer.
type load struct {
	path    string
	up      spi.Upload
	schema  schemaWriter
	targets []*target
	meter   *spi.Meter
	w       fileWriter
	taken   bool
	closed  bool
}

// Parallel implements spi.Load: the rows of a file are in the order of one writer.
func (l *load) Parallel() bool { return false }

// Writer implements spi.Load.
func (l *load) Writer(ctx context.Context) (spi.Writer, error) {
	if l.taken {
		return nil, fault.New(fault.Usage, "a Parquet file has one writer")
	}
	l.taken = true
	return &l.w, ctx.Err()
}

// Commit implements spi.Load. Without a writer the file has no rows.
func (l *load) Commit(ctx context.Context, _ []spi.Receipt) error {
	if !l.closed {
		if _, err := l.w.Close(ctx); err != nil {
			return err
		}
	}
	if err := l.up.Commit(ctx); err != nil {
		return fmt.Errorf("committing %s: %w", l.path, err)
	}
	return nil
}

// Abort implements spi.Load.
func (l *load) Abort(ctx context.Context) error {
	if err := l.up.Abort(ctx); err != nil {
		return fmt.Errorf("removing %s: %w", l.path, err)
	}
	return nil
}

// fileWriter implements spi.Writer.
type fileWriter struct {
	load    *load
	opts    *sinkOptions
	pages   pageWriter
	rows    int64 // in the current row group
	total   int64
	pos     int64 // in the file
	groups  []writtenGroup
	receipt spi.Receipt
}

func levelBits(top int) int { return bits.Len(uint(top)) }

// put appends bytes to the file.
func (w *fileWriter) put(b []byte) error {
	n, err := w.load.up.Write(b)
	w.pos += int64(n)
	if err != nil {
		return fmt.Errorf("writing %s: %w", w.load.path, err)
	}
	return nil
}

// Write implements spi.Writer.
func (w *fileWriter) Write(ctx context.Context, b *data.Batch) error {
	if len(b.Cols) != len(w.load.targets) {
		return fault.New(fault.Usage, "a batch has %d columns, the file %d", len(b.Cols), len(w.load.targets))
	}
	for lo := 0; lo < b.Len; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(b.Len-lo, w.opts.groupRows-int(w.rows))
		for i, t := range w.load.targets {
			c := b.Cols[i]
			if lo > 0 || n < b.Len {
				c = c.Slice(lo, lo+n)
			}
			if err := t.shred(c); err != nil {
				return err
			}
		}
		lo += n
		w.rows += int64(n)
		if int(w.rows) >= w.opts.groupRows || w.size() >= w.opts.groupBytes {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	w.total += int64(b.Len)
	if m := w.load.meter; m != nil {
		m.Rows.Add(int64(b.Len))
	}
	return nil
}

func (w *fileWriter) size() (n int) {
	for _, l := range w.load.schema.leaves {
		n += l.size()
	}
	return n
}

// flush writes the current row group.
func (w *fileWriter) flush() error {
	if w.pos == 0 {
		if err := w.put(magic); err != nil {
			return err
		}
	}
	if w.rows == 0 {
		return nil
	}
	g := writtenGroup{rows: w.rows}
	for _, l := range w.load.schema.leaves {
		c, err := w.pages.encode(l)
		if err != nil {
			return fmt.Errorf("encoding column %q of %s: %w", l.path, w.load.path, err)
		}
		c.keep()
		c.at = w.pos
		if err := w.put(w.pages.out); err != nil {
			return err
		}
		if m := w.load.meter; m != nil {
			m.Bytes.Add(int64(len(w.pages.out)))
		}
		g.chunks = append(g.chunks, c)
		l.reset()
	}
	w.groups = append(w.groups, g)
	w.rows = 0
	return nil
}

// keep copies the bounds, which stand in buffers that the next row group reuses.
func (c *writtenChunk) keep() {
	own := func(b *writeBounds) {
		b.min, b.max = append([]byte(nil), b.min...), append([]byte(nil), b.max...)
	}
	own(&c.bounds)
	for i := range c.pages {
		own(&c.pages[i].bounds)
	}
}

// Close implements spi.Writer: it writes the last row group, the page index and the footer.
func (w *fileWriter) Close(ctx context.Context) (spi.Receipt, error) {
	if w.load.closed {
		return w.receipt, nil
	}
	if err := ctx.Err(); err != nil {
		return spi.Receipt{}, err
	}
	if err := w.flush(); err != nil {
		return spi.Receipt{}, err
	}
	tail := appendIndexes(nil, w.groups, w.pos)
	tail = appendFooter(tail, &w.load.schema, len(w.load.targets), w.groups, w.opts.codec)
	if err := w.put(tail); err != nil {
		return spi.Receipt{}, err
	}
	w.load.closed = true
	w.receipt = spi.Receipt{Rows: w.total, Bytes: w.pos}
	return w.receipt, nil
}
