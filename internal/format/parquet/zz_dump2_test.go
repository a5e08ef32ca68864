package parquet

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/dtype"
)

func okType(t dtype.Type) bool {
	if t.Kind == dtype.Enum || t.Kind == dtype.UUID || t.Kind == dtype.Interval || t.Kind == dtype.Timestamp && t.Unit == dtype.Second || t.Kind == dtype.Null {
		return false
	}
	for _, f := range t.Fields {
		if !okType(f.Type) {
			return false
		}
	}
	return true
}

func TestDumpWritten(t *testing.T) {
	if os.Getenv("DUMPW") == "" {
		t.Skip()
	}
	os.MkdirAll("/tmp/pqrw", 0o755)
	os.MkdirAll("/tmp/pqdump", 0o755)
	for k := range uint64(60) {
		r := rand.New(rand.NewPCG(k, 7))
		var s dtype.Schema
		for i := range 1 + r.IntN(5) {
			ty := randomType(r, int(k%4))
			for !okType(ty) {
				ty = randomType(r, int(k%4))
			}
			s.Fields = append(s.Fields, dtype.Field{Name: fmt.Sprintf("c%d", i), Type: ty})
		}
		batches := randomBatches(r, s, 1+r.IntN(3000))
		fs := newMemFS()
		if err := write(fs, "f", s, batches, randomSinkOptions(r)); err != nil {
			t.Fatal(err)
		}
		b, _ := fs.get("f")
		os.WriteFile(fmt.Sprintf("/tmp/pqrw/r%d.parquet", k), b, 0o644)
		var parts []string
		for _, c := range canonBatches(batches, s.Len()) {
			parts = append(parts, "["+strings.Join(c, ",")+"]")
		}
		os.WriteFile(fmt.Sprintf("/tmp/pqdump/r%d.parquet.json", k), []byte("["+strings.Join(parts, ",")+"]"), 0o644)
	}
}
