package compute

import (
	"fmt"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

const benchRows = data.BatchRows

func numbers(t dtype.Type) *data.Column {
	v := make([]int64, benchRows)
	for i := range v {
		v[i] = int64(i*7919) % 100_000
	}
	return data.FlatColumn(t, v, nil)
}

func texts(format string, mod int) *data.Column {
	b := data.NewBuilder(dtype.Of(dtype.String), benchRows)
	for i := range benchRows {
		b.AppendString(fmt.Sprintf(format, i%mod))
	}
	return b.Build()
}

// rowBench reports nanoseconds a row.
func rowBench(b *testing.B, name string, f func(s *Scratch)) {
	b.Run(name, func(b *testing.B) {
		var s Scratch
		b.ReportAllocs()
		f(&s) // what the scratch keeps from batch to batch is not counted
		for b.Loop() {
			s.Reset()
			f(&s)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
	})
}

func BenchmarkOperations(b *testing.B) {
	i64, dec := dtype.Of(dtype.Int64), dtype.DecimalOf(18, 2)
	x, y, d := numbers(i64), numbers(i64), numbers(dec)
	one := data.ConstColumn(data.IntScalar(i64, 1), benchRows)
	text := texts("customer %d", 50)
	word := data.ConstColumn(data.StringScalar("customer 7"), benchRows)
	codes := make([]uint32, benchRows)
	for i := range codes {
		codes[i] = uint32(i % 50)
	}
	dict := data.DictColumn(text.Slice(0, 50), codes, nil)
	rowBench(b, "add", func(s *Scratch) { Arith(s, Add, Rules{}, x, y, i64) })
	rowBench(b, "add_const", func(s *Scratch) { Arith(s, Add, Rules{}, x, one, i64) })
	rowBench(b, "decimal_mul", func(s *Scratch) { Arith(s, Mul, Rules{}, d, d, dtype.DecimalOf(18, 4)) })
	rowBench(b, "less", func(s *Scratch) { Compare(s, Lt, x, y) })
	rowBench(b, "equal_text", func(s *Scratch) { Compare(s, Eq, text, word) })
	rowBench(b, "equal_dict", func(s *Scratch) { Compare(s, Eq, dict, word) })
	rowBench(b, "hash_int", func(s *Scratch) { Hash(s, []*data.Column{x}, benchRows) })
	rowBench(b, "hash_int_text", func(s *Scratch) { Hash(s, []*data.Column{x, text}, benchRows) })
	list := make([]data.Scalar, 100)
	for i := range list {
		list[i] = data.IntScalar(i64, int64(i*31))
	}
	set := NewSet(i64, list)
	rowBench(b, "in_100", func(s *Scratch) { In(s, x, set, false) })
}

func BenchmarkCastText(b *testing.B) {
	for _, c := range []struct {
		name, format string
		to           dtype.Type
	}{
		{"int", "1234%03d", dtype.Of(dtype.Int64)}, {"float", "123.%03d", dtype.Of(dtype.Float64)}, {"decimal", "1234.%02d", dtype.DecimalOf(15, 2)},
		{"date", "2026-01-%02d", dtype.Of(dtype.Date)}, {"timestamp", "2026-01-17 12:34:%02d", dtype.TimestampOf(dtype.Micro, "")},
		{"timestamp_z", "2026-01-17T12:34:56.7%02dZ", dtype.TimestampOf(dtype.Micro, "")},
	} {
		col := texts(c.format, 27)
		if c.name == "date" {
			col = data.ConstColumn(data.StringScalar("2026-01-17"), benchRows).Flatten()
		}
		rowBench(b, c.name, func(s *Scratch) {
			if _, err := Cast(s, col, c.to, false); err != nil {
				b.Fatal(err)
			}
		})
	}
	rowBench(b, "to_text", func(s *Scratch) { Cast(s, numbers(dtype.Of(dtype.Int64)), dtype.Of(dtype.String), false) })
}
