package parquet

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// corpus returns a file set of the Parquet project's test data, which lies beside the repository where it is present.
func corpus(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../../../../shared/conformance/parquet-testing", pattern))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("no parquet-testing files")
	}
	return files
}

// rowsMax bounds what readFile reads: a few bytes can truly hold a billion nulls.
const rowsMax = 100_000

// readFile opens and reads a whole file, rows checked against the metadata.
func readFile(fs *memFS, path string) (rows int, err error) {
	tab, err := openPaths(fs, nil, path)
	if err != nil {
		return 0, err
	}
	err = readAll(tab, spi.ScanSpec{Cols: allCols(tab), Limit: rowsMax}, func(b *data.Batch) {
		rows += b.Len
		for _, c := range b.Cols {
			touch(c, b.Len)
		}
	})
	return rows, err
}

// touch reads every value, so that a column that points outside of its memory is found.
func touch(c *data.Column, n int) {
	if c.Len != n {
		panic(fmt.Sprintf("column of %d rows in a batch of %d", c.Len, n))
	}
	for i := range n {
		c.Value(i)
	}
}

func TestBadDataIsRefusedWithTheFilesName(t *testing.T) {
	for _, path := range corpus(t, "bad_data/*.parquet") {
		name := filepath.Base(path)
		rows, err := readFile(newMemFS(), path)
		var e *fault.Error
		if !errors.As(err, &e) || e.Code != fault.Data || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %d rows, error %v", name, rows, err)
		}
		if err != nil && strings.Contains(err.Error(), "decoding row group") {
			t.Errorf("%s: caught by the last resort: %v", name, err)
		}
	}
}

// TestPackedCodesOfNoBitsAreRefusedBeyondOneGroup fixes what tells ARROW-GH-43605.parquet from good files: among a thousand pages with codes
// of no bits (by Spark, Arrow, DuckDB, DataFusion and Polars) packed runs never have more than one group, the rest that repeats leave.
func TestPackedCodesOfNoBitsAreRefusedBeyondOneGroup(t *testing.T) {
	for _, c := range []struct {
		src  []byte
		bad  bool
		void int
	}{{[]byte{1<<1 | 1}, false, 0}, {[]byte{8 << 1, 1<<1 | 1}, false, 0}, {[]byte{16 << 1}, false, 0}, {[]byte{2<<1 | 1}, true, 16}, {[]byte{8 << 1, 0xb3, 0x29}, true, 21192}} {
		h := hybrid{src: padded(c.src), w: 0}
		h.read(make([]uint32, 8))
		h.read(make([]uint32, 7*min(1, len(c.src)-1)))
		if h.bad != c.bad || h.void != c.void {
			t.Errorf("% x: bad %v, void %d", c.src, h.bad, h.void)
		}
	}
	path := corpus(t, "bad_data/ARROW-GH-43605.parquet")[0]
	if _, err := readFile(newMemFS(), path); err == nil || !strings.Contains(err.Error(), "packs 21192 dictionary codes of 0 bits into no bytes") {
		t.Error(err)
	}
}

// refusedFiles are those of the good data that we do not read, and why.
var refusedFiles = map[string]string{
	"datapage_v1-corrupt-checksum.parquet":           "checksum",
	"rle-dict-uncompressed-corrupt-checksum.parquet": "checksum",
	"large_string_map.brotli.parquet":                "codec brotli",
}

// corpusRows are the rows of files whose content was compared with another reader's, value by value.
var corpusRows = map[string]int{"alltypes_dictionary.parquet": 2, "alltypes_plain.parquet": 8, "alltypes_tiny_pages.parquet": 7300,
	"binary.parquet": 12, "byte_array_decimal.parquet": 24, "byte_stream_split.zstd.parquet": 300, "byte_stream_split_extended.gzip.parquet": 200,
	"column_chunk_key_value_metadata.parquet": 0, "concatenated_gzip_members.parquet": 513, "datapage_v2.snappy.parquet": 5,
	"delta_binary_packed.parquet": 200, "delta_byte_array.parquet": 1000, "delta_encoding_optional_column.parquet": 100,
	"delta_length_byte_array.parquet": 1000, "dict-page-offset-zero.parquet": 39, "fixed_length_byte_array.parquet": 1000,
	"fixed_length_decimal.parquet": 24, "hadoop_lz4_compressed.parquet": 4, "hadoop_lz4_compressed_larger.parquet": 10000,
	"incorrect_map_schema.parquet": 1, "int32_with_null_pages.parquet": 1000, "int96_from_spark.parquet": 6, "list_columns.parquet": 3,
	"lz4_raw_compressed_larger.parquet": 10000, "map_no_value.parquet": 3, "nation.dict-malformed.parquet": 25,
	"nested_lists.snappy.parquet": 3, "nested_maps.snappy.parquet": 6, "nested_structs.rust.parquet": 1, "non_hadoop_lz4_compressed.parquet": 4,
	"nonnullable.impala.parquet": 1, "null_list.parquet": 1, "nullable.impala.parquet": 7, "nulls.snappy.parquet": 8,
	"old_list_structure.parquet": 1, "overflow_i16_page_cnt.parquet": 40000, "repeated_no_annotation.parquet": 6,
	"repeated_primitive_no_list.parquet": 4, "rle_boolean_encoding.parquet": 68, "unknown-logical-type.parquet": 3}

func TestEveryGoodFileReadsOrSaysWhyNot(t *testing.T) {
	for _, path := range append(corpus(t, "data/*.parquet"), corpus(t, "data/geospatial/*.parquet")...) {
		name := filepath.Base(path)
		rows, err := readFile(newMemFS(), path)
		if why, ok := refusedFiles[name]; ok {
			if err == nil || !strings.Contains(err.Error(), why) {
				t.Errorf("%s: error %v", name, err)
			}
			continue
		}
		if want, ok := corpusRows[name]; err != nil || ok && rows != want {
			t.Errorf("%s: %d rows, want %d, error %v", name, rows, want, err)
		}
	}
	for _, path := range corpus(t, "data/*.encrypted") {
		if _, err := readFile(newMemFS(), path); fault.CodeOf(err) != fault.Unsupported || !strings.Contains(err.Error(), "encrypted") {
			t.Errorf("%s: error %v", filepath.Base(path), err)
		}
	}
}

// TestDeltaValuesMatchTheirExpectedFiles checks values against the CSV that the corpus has for them.
func TestDeltaValuesMatchTheirExpectedFiles(t *testing.T) {
	for _, name := range []string{"delta_binary_packed", "delta_byte_array", "delta_encoding_required_column", "delta_encoding_optional_column"} {
		paths := corpus(t, "data/"+name+".parquet")
		tab, err := openPaths(newMemFS(), nil, paths[0])
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(strings.TrimSuffix(paths[0], ".parquet") + "_expect.csv")
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(want)), "\n")[1:]
		row := 0
		err = readAll(tab, spi.ScanSpec{Cols: allCols(tab), Limit: rowsMax}, func(b *data.Batch) {
			for i := range b.Len {
				var fields []string
				for _, c := range b.Cols {
					fields = append(fields, string(data.AppendText(nil, c, i)))
				}
				got := strings.Join(fields, ",")
				if w := strings.ReplaceAll(strings.TrimSpace(lines[row]), `"`, ""); got != w {
					t.Fatalf("%s row %d: got %s, want %s", name, row, got, w)
				}
				row++
			}
		})
		if err != nil || row != len(lines) {
			t.Errorf("%s: %d rows of %d, error %v", name, row, len(lines), err)
		}
	}
}

// TestAnIndexThatCallsPagesNullIsNotBelieved reads a file of a required column whose page index marks every page as all null.
func TestAnIndexThatCallsPagesNullIsNotBelieved(t *testing.T) {
	tab, err := openPaths(newMemFS(), nil, corpus(t, "data/datapage_v1-uncompressed-checksum.parquet")[0])
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	spec := everything(tab)
	spec.Where = []spi.Pred{{Op: spi.PredLt, Col: 0, Values: []data.Scalar{data.IntScalar(dtype.Of(dtype.Int32), -1246316616)}}}
	if err := readAll(tab, spec, func(b *data.Batch) { rows += b.Len }); err != nil || rows != 1040 {
		t.Errorf("%d rows, want 1040, error %v", rows, err)
	}
}

// sample writes a file with a bit of everything.
func sample(r *rand.Rand, opts spi.Options) []byte {
	var s dtype.Schema
	for i := range 1 + r.IntN(3) {
		s.Fields = append(s.Fields, dtype.Field{Name: fmt.Sprintf("c%d", i), Type: randomType(r, r.IntN(3))})
	}
	fs := newMemFS()
	if err := write(fs, "f", s, randomBatches(r, s, 1+r.IntN(300)), opts); err != nil {
		panic(err)
	}
	return fs.files["f"]
}

func TestTruncatedFilesAreRefused(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	whole := sample(r, spi.Options{"row_group_size": int64(50)})
	for n := range len(whole) {
		fs := newMemFS()
		fs.files["cut.parquet"] = whole[:n]
		if _, err := readFile(fs, "cut.parquet"); fault.CodeOf(err) != fault.Data || !strings.Contains(err.Error(), "cut.parquet") {
			t.Fatalf("first %d of %d bytes: error %v", n, len(whole), err)
		}
	}
	if _, err := readFile(newMemFS(), "missing.parquet"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("missing file: error %v", err)
	}
}

func TestDamagedFilesNeverPanic(t *testing.T) {
	seed := seedOf(t)
	refused := 0
	for round := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, round))
		b := bytes.Clone(sample(r, randomSinkOptions(r)))
		for range 1 + r.IntN(4) {
			i := r.IntN(len(b))
			if r.IntN(2) == 0 { // the footer is where damage has most to break
				i = len(b) - 1 - r.IntN(min(len(b), 600))
			}
			switch r.IntN(3) {
			case 0:
				b[i] ^= 1 << r.IntN(8)
			case 1:
				b[i] = byte(r.Uint32())
			default:
				b[i] = []byte{0, 0xff, 0x7f, 0x80}[r.IntN(4)]
			}
		}
		fs := newMemFS()
		fs.files["f"] = b
		_, err := readFile(fs, "f")
		if err != nil {
			refused++
			if strings.Contains(err.Error(), "decoding row group") {
				t.Errorf("seed %d round %d: caught by the last resort: %v", seed, round, err)
			}
		}
	}
	if refused < 40 {
		t.Errorf("only %d of 400 damaged files were refused", refused)
	}
}

func FuzzReadFile(f *testing.F) {
	for i := range uint64(12) {
		r := rand.New(rand.NewPCG(i, 9))
		f.Add(sample(r, randomSinkOptions(r)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		fs := newMemFS()
		fs.files["f"] = b
		if _, err := readFile(fs, "f"); err != nil && strings.Contains(err.Error(), "decoding row group") {
			t.Fatal(err)
		}
	})
}
