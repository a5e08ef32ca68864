package spitest

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// FormatCase is a file format to check.
type FormatCase struct {
	Format spi.Format
	// Ext is the ending of the files to write, such as ".csv" or ".csv.gz".
	Ext string
	// Schema is what is written and read back. It has an int64 column "id". Zero means Types.
	Schema dtype.Schema
	// ReadOptions are the options to read the schema's types back; nil means none.
	ReadOptions func(s dtype.Schema) spi.Options
	// WriteOptions are the options of the sink.
	WriteOptions spi.Options
	// Modes are the modes that the sink supports; nil means Replace and Create.
	Modes []spi.Mode
	// Rows is how many rows are written; 0 means 2,500.
	Rows int
}

// RunFormat checks a format over a file system in memory: what it writes it reads back, as a table and as a sink, and faults of the
// file system come out as errors and leave nothing behind.
func RunFormat(t *testing.T, c FormatCase) {
	if c.Schema.Len() == 0 {
		c.Schema = Types()
	}
	if c.Rows == 0 {
		c.Rows = 2500
	}
	if c.ReadOptions == nil {
		c.ReadOptions = func(dtype.Schema) spi.Options { return nil }
	}
	if c.Modes == nil {
		c.Modes = []spi.Mode{spi.Replace, spi.Create}
	}
	t.Run("sink", func(t *testing.T) {
		var m *MemFS
		RunSink(t, SinkCase{
			Schema: c.Schema, Modes: c.Modes, Ordered: true, Rows: c.Rows,
			Open: func(t *testing.T) spi.Sink {
				m = &MemFS{}
				t.Cleanup(func() { noLeaks(t, m) })
				return c.sink(t, m)
			},
			Read: func(t *testing.T) ([]*data.Batch, bool) {
				if _, ok := m.Get(c.path()); !ok {
					return nil, false
				}
				out, err := c.read(m)
				if err != nil {
					t.Fatal(err)
				}
				return out, true
			},
		})
	})
	t.Run("table", func(t *testing.T) {
		m := &MemFS{}
		rows := Random(c.Schema, c.Rows, 8)
		c.write(t, m, rows)
		RunTable(t, TableCase{Schema: c.Schema, Rows: rows, Ordered: true, Open: func(t *testing.T) spi.Table { return c.table(t, m) }})
		noLeaks(t, m)
	})
	t.Run("several files in order", c.severalFiles)
	t.Run("short reads", func(t *testing.T) {
		m := &MemFS{}
		rows := Random(c.Schema, 300, 10)
		c.write(t, m, rows)
		m.ShortReads = true
		got, err := c.read(m)
		if err != nil {
			t.Fatal(err)
		}
		EqualRows(t, got, rows, true)
	})
	t.Run("a failing read is an error", c.failingReads)
	t.Run("a failing write is an error and leaves nothing", c.failingWrites)
	t.Run("a missing file is named", func(t *testing.T) {
		_, err := c.Format.OpenTable(context.Background(), &MemFS{}, []spi.FileInfo{{Path: "mem://gone" + c.Ext, Size: 10}}, c.ReadOptions(c.Schema))
		if err == nil {
			_, err = c.read(&MemFS{})
		}
		if !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("%v, want one that wraps fs.ErrNotExist", err)
		}
	})
	t.Run("an unknown option is refused", c.unknownOption)
	t.Run("cut files never read as whole", c.cutFiles)
}

func noLeaks(t *testing.T, m *MemFS) {
	t.Helper()
	if n := m.Leaks(); n != 0 {
		t.Errorf("%d files, streams or uploads were left open", n)
	}
}

func (c FormatCase) path() string { return "mem://dir/file" + c.Ext }

func (c FormatCase) sink(t *testing.T, m *MemFS) spi.Sink {
	t.Helper()
	s, err := c.Format.OpenSink(context.Background(), m, c.path(), c.WriteOptions)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (c FormatCase) write(t *testing.T, m *MemFS, rows []*data.Batch) {
	t.Helper()
	if err := c.tryWrite(m, rows); err != nil {
		t.Fatal(err)
	}
}

// tryWrite writes the rows and commits, or aborts on an error.
func (c FormatCase) tryWrite(m *MemFS, rows []*data.Batch) error {
	ctx := context.Background()
	s, err := c.Format.OpenSink(ctx, m, c.path(), c.WriteOptions)
	if err != nil {
		return err
	}
	load, err := s.Begin(ctx, spi.LoadSpec{Schema: c.Schema, Mode: spi.Replace, Threads: 1})
	if err != nil {
		return err
	}
	receipts, err := Write(ctx, load, rows, 1)
	if err == nil {
		err = load.Commit(ctx, receipts)
	}
	if err != nil {
		if e := load.Abort(ctx); e != nil {
			return errors.Join(err, e)
		}
	}
	return err
}

func (c FormatCase) open(m *MemFS, paths ...string) (spi.Table, error) {
	var files []spi.FileInfo
	for _, p := range paths {
		b, _ := m.Get(p)
		files = append(files, spi.FileInfo{Path: p, Size: int64(len(b))})
	}
	return c.Format.OpenTable(context.Background(), m, files, c.ReadOptions(c.Schema))
}

func (c FormatCase) table(t *testing.T, m *MemFS) spi.Table {
	t.Helper()
	table, err := c.open(m, c.path())
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func (c FormatCase) read(m *MemFS, paths ...string) ([]*data.Batch, error) {
	if len(paths) == 0 {
		paths = []string{c.path()}
	}
	table, err := c.open(m, paths...)
	if err != nil {
		return nil, err
	}
	cols := make([]int, table.Schema().Len())
	for i := range cols {
		cols[i] = i
	}
	out, _, err := Read(context.Background(), table, spi.ScanSpec{Cols: cols, Limit: -1, Threads: 2})
	return out, err
}

func (c FormatCase) severalFiles(t *testing.T) {
	m := &MemFS{}
	var paths []string
	var all []*data.Batch
	for i, name := range []string{"a", "b", "c"} {
		rows := Random(c.Schema, 100*i+50, uint64(i)+20)
		c.write(t, m, rows)
		b, _ := m.Get(c.path())
		p := "mem://dir/" + name + c.Ext
		m.Put(p, b)
		paths, all = append(paths, p), append(all, rows...)
	}
	got, err := c.read(m, paths...)
	if err != nil {
		t.Fatal(err)
	}
	EqualRows(t, got, all, true)
	noLeaks(t, m)
}

func (c FormatCase) failingReads(t *testing.T) {
	m := &MemFS{}
	c.write(t, m, Random(c.Schema, c.Rows, 11))
	b, _ := m.Get(c.path())
	for _, at := range []int{1, len(b) / 2, len(b) - 1} {
		m.FailReadAt = int64(at)
		if _, err := c.read(m); !errors.Is(err, ErrInjected) {
			t.Fatalf("reading fails at byte %d of %d, and the error is %v", at, len(b), err)
		}
	}
	noLeaks(t, m)
}

func (c FormatCase) failingWrites(t *testing.T) {
	rows := Random(c.Schema, c.Rows, 12)
	m := &MemFS{}
	c.write(t, m, rows)
	b, _ := m.Get(c.path())
	for _, at := range []int{1, len(b) / 2, len(b) - 1} {
		m := &MemFS{FailWriteAt: int64(at)}
		if err := c.tryWrite(m, rows); !errors.Is(err, ErrInjected) {
			t.Fatalf("writing fails at byte %d of %d, and the error is %v", at, len(b), err)
		}
		if names := m.Names(); len(names) > 0 {
			t.Fatalf("the failed load left %v", names)
		}
		noLeaks(t, m)
	}
	m = &MemFS{FailCommit: true}
	if err := c.tryWrite(m, rows); !errors.Is(err, ErrInjected) {
		t.Fatalf("the commit fails, and the error is %v", err)
	}
	noLeaks(t, m)
}

func (c FormatCase) unknownOption(t *testing.T) {
	m := &MemFS{}
	c.write(t, m, Random(c.Schema, 10, 13))
	opts := spi.Options{"no_such_option": true}
	for k, v := range c.ReadOptions(c.Schema) {
		opts[k] = v
	}
	_, err := c.Format.OpenTable(context.Background(), m, []spi.FileInfo{{Path: c.path(), Size: 1}}, opts)
	if fault.CodeOf(err) != fault.Name {
		t.Fatalf("table: %v, want a name error", err)
	}
	if _, err := c.Format.OpenSink(context.Background(), m, c.path(), spi.Options{"no_such_option": true}); fault.CodeOf(err) != fault.Name {
		t.Fatalf("sink: %v, want a name error", err)
	}
}

// cutFiles checks that a file cut anywhere gives an error or the rows before the cut, and never other rows. Text formats cannot tell a file
// that ends at a line's end from a whole one.
func (c FormatCase) cutFiles(t *testing.T) {
	m := &MemFS{}
	rows := Random(c.Schema, 40, 14)
	c.write(t, m, rows)
	want := Texts(rows)
	whole, _ := m.Get(c.path())
	step := max(len(whole)/97, 1)
	for n := 0; n < len(whole); n += step {
		cut := &MemFS{}
		cut.Put(c.path(), bytes.Clone(whole[:n]))
		got, err := c.read(cut)
		if err != nil {
			continue
		}
		texts := Texts(got)
		if len(texts) > len(want) {
			t.Fatalf("cut at %d of %d bytes: %d rows of %d", n, len(whole), len(texts), len(want))
		}
		for i, g := range texts {
			last := i == len(texts)-1
			if g != want[i] && !last {
				t.Fatalf("cut at %d of %d bytes: row %d is\n  %s\nwant\n  %s", n, len(whole), i, g, want[i])
			}
		}
		noLeaks(t, cut)
	}
}
