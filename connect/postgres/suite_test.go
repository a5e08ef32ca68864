package postgres

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/siksik-data/siksik/connect/servicetest"
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
	"github.com/siksik-data/siksik/spi/spitest"
)

func TestMain(m *testing.M) { servicetest.Main(m) }

func field(name string, t dtype.Type) dtype.Field { return dtype.Field{Name: name, Type: t} }

// faithful are the types that come back as they were written.
func faithful() dtype.Schema {
	return spitest.Pick(spitest.Types(), func(t dtype.Type) bool {
		switch t.Kind {
		case dtype.Int8, dtype.Uint8, dtype.Uint16, dtype.Uint32, dtype.Uint64, dtype.Int128, dtype.Duration, dtype.Enum, dtype.Array, dtype.Struct, dtype.Map:
			return false
		case dtype.Timestamp:
			return t.Unit == dtype.Micro
		case dtype.List:
			return !t.Elem().IsNested()
		default:
			return true
		}
	})
}

func with(dsn, params string) string { return dsn + "&" + params }

func openTable(t testing.TB, url string) spi.Table {
	t.Helper()
	table, err := Driver{}.OpenTable(context.Background(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func openSink(t testing.TB, url string) spi.Sink {
	t.Helper()
	s, err := Driver{}.OpenSink(context.Background(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func readAll(t testing.TB, table spi.Table) []*data.Batch {
	t.Helper()
	cols := make([]int, table.Schema().Len())
	for i := range cols {
		cols[i] = i
	}
	out, _, err := spitest.Read(context.Background(), table, spi.ScanSpec{Cols: cols, Limit: -1, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// tryLoad runs one whole load and aborts it after an error.
func tryLoad(s spi.Sink, spec spi.LoadSpec, rows []*data.Batch) error {
	ctx := context.Background()
	l, err := s.Begin(ctx, spec)
	if err != nil {
		return err
	}
	receipts, err := spitest.Write(ctx, l, rows, 1)
	if err == nil {
		err = l.Commit(ctx, receipts)
	}
	if err != nil {
		_ = l.Abort(ctx)
	}
	return err
}

func mustLoad(t testing.TB, url string, spec spi.LoadSpec, rows []*data.Batch) {
	t.Helper()
	if err := tryLoad(openSink(t, url), spec, rows); err != nil {
		t.Fatal(err)
	}
}

// sql runs statements and returns the rows of the last as text.
func sql(t testing.TB, dsn string, statements ...string) string {
	t.Helper()
	c, err := pgconn.Connect(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	var out []string
	for _, s := range statements {
		res, err := c.Exec(context.Background(), s).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		out = nil
		for _, row := range res[len(res)-1].Rows {
			var parts []string
			for _, v := range row {
				parts = append(parts, string(v))
			}
			out = append(out, strings.Join(parts, "|"))
		}
	}
	return strings.Join(out, "\n")
}

// wantFault checks the code and parts of the message.
func wantFault(t *testing.T, err error, code fault.Code, parts ...string) {
	t.Helper()
	if fault.CodeOf(err) != code {
		t.Fatalf("got %v (code %q), want code %q", err, fault.CodeOf(err), code)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Fatalf("%q does not say %q", err, p)
		}
	}
}

func TestSinkSuite(t *testing.T) {
	dsn := ""
	spitest.RunSink(t, spitest.SinkCase{
		Schema: faithful(), Modes: []spi.Mode{spi.Replace, spi.Append, spi.Upsert, spi.Create},
		Open: func(t *testing.T) spi.Sink {
			dsn = servicetest.Postgres(t)
			return openSink(t, with(dsn, "table=things"))
		},
		Read: func(t *testing.T) ([]*data.Batch, bool) {
			if sql(t, dsn, "SELECT to_regclass('things') IS NULL") == "t" {
				return nil, false
			}
			return readAll(t, openTable(t, with(dsn, "table=things"))), true
		},
	})
}

func TestTableSuite(t *testing.T) {
	dsn := servicetest.Postgres(t)
	rows := spitest.Random(faithful(), 5000, 3)
	mustLoad(t, with(dsn, "table=things"), spi.LoadSpec{Schema: faithful()}, rows)
	for _, from := range []string{"table=things", "query=SELECT+*+FROM+things"} {
		t.Run(from, func(t *testing.T) {
			spitest.RunTable(t, spitest.TableCase{
				Schema: faithful(), Rows: rows, Ordered: true,
				Open: func(t *testing.T) spi.Table {
					table := openTable(t, with(dsn, from))
					return table
				},
			})
		})
	}
}
