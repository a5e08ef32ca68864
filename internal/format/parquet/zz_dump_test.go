package parquet

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/spi"
)

func TestDumpAll(t *testing.T) {
	dir := os.Getenv("DUMP")
	if dir == "" {
		t.Skip()
	}
	files, _ := filepath.Glob(dir)
	os.MkdirAll("/tmp/pqdump", 0o755)
	for _, f := range files {
		tab, err := openPaths(newMemFS(), nil, f)
		if err != nil {
			fmt.Printf("%s: OPEN %v\n", filepath.Base(f), err)
			continue
		}
		rows := 0
		cols := make([][]string, tab.Schema().Len())
		err = readAll(tab, spi.ScanSpec{Cols: allCols(tab), Limit: -1}, func(b *data.Batch) {
			rows += b.Len
			for i, c := range b.Cols {
				cols[i] = append(cols[i], canonColumn(c)...)
			}
		})
		if err != nil {
			fmt.Printf("%s: READ %v\n", filepath.Base(f), err)
			continue
		}
		var b strings.Builder
		b.WriteString("[")
		for i, c := range cols {
			if i > 0 {
				b.WriteString(",\n")
			}
			b.WriteString("[" + strings.Join(c, ",") + "]")
		}
		b.WriteString("]")
		os.WriteFile("/tmp/pqdump/"+filepath.Base(f)+".json", []byte(b.String()), 0o644)
	}
}
