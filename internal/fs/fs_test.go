package fs_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	iofs "io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/fs"
	"github.com/siksik-data/siksik/spi"
	"github.com/siksik-data/siksik/spi/spitest"
)

var ctx = context.Background()

func tree(t *testing.T, names ...string) string {
	dir := t.TempDir()
	for _, n := range names {
		p := filepath.Join(dir, n)
		if err := os.MkdirAll(filepath.Dir(p), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(n), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.ToSlash(dir)
}

func TestGlob(t *testing.T) {
	dir := tree(t, "a.csv", "b.csv", "b.json", ".hidden.csv", "2026/01/x.csv", "2026/02/x.csv", "2026/02/_tmp.csv", "2026/02/deep/er/y.csv",
		"2026/_delta_log/1.csv", ".git/z.csv", "odd[1].csv")
	for pattern, want := range map[string]string{
		"*.csv":             "a.csv b.csv odd[1].csv",
		"?.csv":             "a.csv b.csv",
		"[!a].csv":          "b.csv",
		"[a-b].{csv,json}":  "a.csv b.csv b.json",
		"2026/*/x.csv":      "2026/01/x.csv 2026/02/x.csv",
		"**/x.csv":          "2026/01/x.csv 2026/02/x.csv",
		"2026/**/*.csv":     "2026/01/x.csv 2026/02/_tmp.csv 2026/02/deep/er/y.csv 2026/02/x.csv",
		"2026/**":           "2026/01/x.csv 2026/02/_tmp.csv 2026/02/deep/er/y.csv 2026/02/x.csv",
		"2026":              "2026/01/x.csv 2026/02/deep/er/y.csv 2026/02/x.csv",
		"2026/":             "2026/01/x.csv 2026/02/deep/er/y.csv 2026/02/x.csv",
		".h*":               ".hidden.csv",
		"nothing*":          "",
		"nowhere/*":         "",
		"odd[1].csv":        "odd[1].csv",
		"{a,2026/01/x}.csv": "2026/01/x.csv a.csv",
	} {
		got, err := fs.NewLocal().Glob(ctx, dir+"/"+pattern)
		var names []string
		for _, f := range got {
			rel, _ := filepath.Rel(dir, f.Path)
			names = append(names, filepath.ToSlash(rel))
			if f.Size < 5 {
				t.Errorf("%s: size %d", f.Path, f.Size)
			}
		}
		if err != nil || strings.Join(names, " ") != want {
			t.Errorf("%s: %v, %v; want %s", pattern, names, err, want)
		}
	}
	if _, err := fs.NewLocal().Glob(ctx, dir+"/gone.csv"); !errors.Is(err, iofs.ErrNotExist) || fault.CodeOf(err) != fault.NotFound {
		t.Errorf("missing file: %v", err)
	}
	if _, err := fs.NewLocal().Glob(ctx, dir+"/[a"); fault.CodeOf(err) != fault.Syntax {
		t.Errorf("bad pattern: %v", err)
	}
}

func TestUploadAppearsWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "new", "folder", "out.csv")
	local := fs.NewLocal()
	up, err := local.Create(ctx, target)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(up, "first")
	if _, err := os.Stat(target); err == nil {
		t.Fatal("the file is there before Commit")
	}
	if err := up.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	up, err = local.Create(ctx, target)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(up, "second")
	for range 2 {
		if err := up.Abort(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if b, _ := os.ReadFile(target); string(b) != "first" {
		t.Fatalf("the file holds %q", b)
	}
	if entries, _ := os.ReadDir(filepath.Dir(target)); len(entries) != 1 {
		t.Fatalf("left over: %v", entries)
	}
	up, err = local.Create(ctx, filepath.Join(dir, "other", "x"))
	if err != nil {
		t.Fatal(err)
	}
	up.Abort(ctx)
	if _, err := os.Stat(filepath.Join(dir, "other")); err == nil {
		t.Fatal("Abort left the folder that Create made")
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	up, err = local.Create(ctx, filepath.Join(dir, "y"))
	if err != nil {
		t.Fatal(err)
	}
	if err := up.Commit(cancelled); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Fatalf("left over: %v", entries)
	}
}

func TestFullDiskIsNamed(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("skipped: needs /dev/full")
	}
	up, err := fs.NewLocal().Create(ctx, "/dev/full")
	if err != nil {
		t.Skip("skipped: no /dev/full here")
	}
	_, err = up.Write([]byte("x"))
	if fault.CodeOf(err) != fault.IO || !strings.Contains(err.Error(), "the disk is full while writing /dev/full") {
		t.Fatal(err)
	}
	up.Abort(ctx)
}

func TestStandardStreams(t *testing.T) {
	var out bytes.Buffer
	text := strings.Repeat("some line\n", 10_000)
	local := fs.NewLocalWith(strings.NewReader(text), &out)
	for range 2 {
		f, err := local.Open(ctx, "-")
		if err != nil {
			t.Fatal(err)
		}
		r, _ := f.Stream(ctx, 0)
		if b, err := io.ReadAll(r); err != nil || string(b) != text {
			t.Fatalf("%d bytes, %v", len(b), err)
		}
	}
	up, _ := local.Create(ctx, "-")
	io.WriteString(up, "hello")
	up.Commit(ctx)
	if out.String() != "hello" {
		t.Fatalf("%q", out.String())
	}
}

func TestLongStandardInputIsReadOnceAndSaysSo(t *testing.T) {
	local := fs.NewLocalWith(io.LimitReader(rand.NewChaCha8([32]byte{}), 40<<20), io.Discard)
	f, _ := local.Open(ctx, "/dev/stdin")
	r, _ := f.Stream(ctx, 0)
	if n, err := io.Copy(io.Discard, r); n != 40<<20 || err != nil {
		t.Fatal(n, err)
	}
	r, _ = f.Stream(ctx, 0)
	if _, err := io.Copy(io.Discard, r); fault.CodeOf(err) != fault.Usage {
		t.Fatalf("%v", err)
	}
}

func TestCodecsRoundTripAndReportDamage(t *testing.T) {
	text := []byte(strings.Repeat("squeeze me, please; ", 50_000))
	for _, c := range []fs.Codec{fs.Plain, fs.Gzip, fs.Zstd} {
		var z bytes.Buffer
		w, err := fs.Encode(c, &z)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(text)
		w.Close()
		read := func(b []byte) ([]byte, error) {
			r, err := fs.Decode(c, io.NopCloser(bytes.NewReader(b)), "file.x")
			if err != nil {
				return nil, err
			}
			defer r.Close()
			return io.ReadAll(r)
		}
		if got, err := read(z.Bytes()); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s: %d bytes, %v", c, len(got), err)
		}
		if c == fs.Plain {
			continue
		}
		for _, cut := range []int{3, z.Len() / 2, z.Len() - 1} {
			if _, err := read(z.Bytes()[:cut]); fault.CodeOf(err) != fault.Data || !strings.Contains(err.Error(), "file.x") {
				t.Errorf("%s cut at %d: %v", c, cut, err)
			}
		}
		bad := bytes.Clone(z.Bytes())
		bad[z.Len()/2] ^= 0xFF
		if _, err := read(bad); fault.CodeOf(err) != fault.Data {
			t.Errorf("%s damaged: %v", c, err)
		}
	}
}

// TestRangesCoverEachLineOnce reads a file of random lines in pieces and compares with the whole; line numbers are compared as well.
func TestRangesCoverEachLineOnce(t *testing.T) {
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 9))
		var text []byte
		longest := []int{3, 100, 100_000, 3 << 20}[seed%4]
		for len(text) < 5<<20 {
			text = append(text, bytes.Repeat([]byte{'a' + byte(len(text)%26)}, r.IntN(longest))...)
			text = append(text, '\n')
		}
		if seed%2 == 0 {
			text = append(text, "no line end"...)
		}
		m := &spitest.MemFS{ShortReads: false}
		m.Put("mem://f", text)
		files, err := fs.NewFiles(m, []spi.FileInfo{{Path: "mem://f", Size: int64(len(text))}}, "none")
		if err != nil {
			t.Fatal(err)
		}
		lines := fs.NewLines(files, 1<<20)
		var got []byte
		var buf []byte
		for rg, err := range files.Ranges(ctx, 1<<20, false) {
			if err != nil {
				t.Fatal(err)
			}
			b, err := fs.OpenBlocks(ctx, files, rg, buf, 64<<10, nil)
			if err != nil {
				t.Fatal(err)
			}
			before, err := lines.Before(ctx, rg)
			if want := int64(bytes.Count(got, []byte{'\n'})); err != nil || before != want {
				t.Fatalf("seed %d: %d lines before byte %d, %v; want %d", seed, before, rg.Lo, err, want)
			}
			for {
				block, off, err := b.Next(ctx)
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				if off != int64(len(got)) {
					t.Fatalf("seed %d: a block at %d, want %d", seed, off, len(got))
				}
				got = append(got, block...)
			}
			buf = b.Buffer()
			b.Close()
		}
		want := text
		if seed%2 == 0 {
			want = append(text, '\n')
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("seed %d: %d bytes, want %d", seed, len(got), len(want))
		}
		files.Close()
		if m.Leaks() != 0 {
			t.Fatal("a file was left open")
		}
	}
}

func TestCompressionIsFoundByMagic(t *testing.T) {
	var z bytes.Buffer
	w, _ := fs.Encode(fs.Gzip, &z)
	io.WriteString(w, "x\n")
	w.Close()
	dir := t.TempDir()
	p := filepath.Join(dir, "data.ndjson")
	os.WriteFile(p, z.Bytes(), 0o600)
	files, err := fs.NewFiles(fs.NewLocal(), []spi.FileInfo{{Path: p, Size: int64(z.Len())}}, "auto")
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	if c, err := files.Codec(ctx, 0); c != fs.Gzip || err != nil {
		t.Fatal(c, err)
	}
}

func TestOptions(t *testing.T) {
	o := fs.NewOptions("x", spi.Options{"columns": []any{map[string]any{"b": "int[]"}, map[string]any{"name": "a", "type": "decimal(9,2)"}}, "on_error": "skip",
		"sample_size": 5.0, "filename": "src"})
	got := o.TextOptions(true)
	if err := o.Err(); err != nil {
		t.Fatal(err)
	}
	want := dtype.NewSchema(dtype.Field{Name: "b", Type: dtype.ListOf(dtype.Of(dtype.Int32))}, dtype.Field{Name: "a", Type: dtype.DecimalOf(9, 2)})
	if !got.Columns.Equal(want) || got.OnError.Mode != fs.Skip || got.SampleRows != 5 || got.Filename != "src" || !got.UnionByName {
		t.Fatalf("%+v", got)
	}
	for _, c := range []struct {
		opts spi.Options
		want string
	}{
		{spi.Options{"colums": 1}, `did you mean "columns"?`},
		{spi.Options{"columns": map[string]any{"a": "bignit"}}, "bigint"},
		{spi.Options{"columns": 5}, "a map from column to type"},
		{spi.Options{"sample_rows": "many"}, "a whole number"},
		{spi.Options{"filename": 1}, "true or the name"},
		{spi.Options{"compression": "rar"}, "unknown compression"},
		{spi.Options{"on_error": "reject-file"}, "needs a file"},
		{spi.Options{"on_error": map[string]any{"mode": "skip", "limit": "lots"}}, "a count or a percentage"},
	} {
		o := fs.NewOptions("x", c.opts)
		o.TextOptions(true)
		if err := o.Err(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %s", c.opts, err, c.want)
		}
	}
}

func TestStoreText(t *testing.T) {
	for _, c := range []struct {
		typ, text string
		ok        bool
	}{
		{"tinyint", "127", true}, {"tinyint", "128", false}, {"utinyint", "-1", false}, {"int", "2147483648", false}, {"date", "2024-02-29", true},
		{"date", "2023-02-29", false}, {"date", "2024-01-01 00:00:00", true}, {"date", "2024-01-01 00:00:01", false}, {"timestamp", "2024-01-01 00:00:00.1234567", false},
		{"timestamp", "2024-01-01 00:00:00.1234560", true}, {"timestamp_ns", "2024-01-01 00:00:00.123456789", true}, {"timestamp_s", "2024-01-01 00:00:00.5", false},
		{"decimal(4,2)", "99.99", true}, {"decimal(4,2)", "100", false}, {"uuid", "zz", false}, {"enum('a','b')", "b", true}, {"enum('a','b')", "c", false},
		{"duration", "1 day 02:00:00", true}, {"duration", "1 month", false}, {"time", "25:00:00", false}, {"interval", "3 months", true},
	} {
		typ, err := dtype.Parse(c.typ)
		if err != nil {
			t.Fatal(err)
		}
		if got := fs.StoreText(&typ, make([]byte, 16), 0, []byte(c.text)); got != c.ok {
			t.Errorf("%q as %s: %v", c.text, c.typ, got)
		}
	}
}

func TestAppendTimestamp(t *testing.T) {
	for _, c := range []struct {
		typ  dtype.Type
		v    int64
		want string
	}{
		{dtype.TimestampOf(dtype.Micro, ""), 1_706_695_200_000_000, "2024-01-31T10:00:00"},
		{dtype.TimestampOf(dtype.Micro, ""), -1, "1969-12-31T23:59:59.999999"},
		{dtype.TimestampOf(dtype.Micro, "UTC"), 1_500_000, "1970-01-01T00:00:01.500Z"},
		{dtype.TimestampOf(dtype.Nano, ""), 1_000_000_001, "1970-01-01T00:00:01.000000001"},
		{dtype.TimestampOf(dtype.Second, ""), -62135596800, "0001-01-01T00:00:00"},
	} {
		if got := string(fs.AppendTimestamp(nil, c.v, &c.typ, 'T')); got != c.want {
			t.Errorf("%d as %s: %s, want %s", c.v, c.typ, got, c.want)
		}
	}
}
