package op

import (
	"context"
	"flag"
	"fmt"
	"io"
	"iter"
	"math"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/mem"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/spi"
)

// rowsOf is rows of scalars, the language of the naive twins.
type rowsOf [][]data.Scalar

var (
	tInt    = dtype.Of(dtype.Int64)
	tInt32  = dtype.Of(dtype.Int32)
	tFloat  = dtype.Of(dtype.Float64)
	tString = dtype.Of(dtype.String)
	tBool   = dtype.Of(dtype.Bool)
)

// cols makes columns with the ids from first on.
func cols(first int, types ...dtype.Type) []expr.Col {
	out := make([]expr.Col, len(types))
	for i, t := range types {
		out[i] = expr.Col{ID: expr.ColID(first + i), Name: fmt.Sprintf("c%d", first+i), Type: t}
	}
	return out
}

func ref(c expr.Col) expr.Expr { return &expr.Ref{Col: c} }

// randomValue draws from a small domain of t, so that keys repeat.
func randomValue(r *rand.Rand, t dtype.Type, domain int, nulls float64) data.Scalar {
	if r.Float64() < nulls {
		return data.NullScalar(t)
	}
	n := int64(r.IntN(domain)) - int64(domain/4)
	switch t.Phys() {
	case dtype.PhysBits:
		return data.BoolScalar(n&1 == 0)
	case dtype.PhysF64, dtype.PhysF32:
		s := data.Scalar{Type: t, F: float64(n) * 0.37}
		switch r.IntN(40) {
		case 0:
			s.F = math.NaN()
		case 1:
			s.F = math.Inf(1)
		case 2:
			s.F = 1e300
		case 3:
			s.F = 1e-30
		}
		if t.Phys() == dtype.PhysF32 {
			s.F = float64(float32(s.F))
		}
		return s
	case dtype.PhysView:
		text := fmt.Sprintf("s%d", n)
		if n%3 == 0 {
			text = fmt.Sprintf("a rather long string with number %d", n)
		}
		return data.Scalar{Type: t, S: text}
	case dtype.PhysList:
		s := data.Scalar{Type: t}
		for range n & 3 {
			s.Kids = append(s.Kids, randomValue(r, t.Elem(), domain, nulls))
		}
		return s
	default:
		if t.IsUnsigned() || t.Phys() == dtype.PhysU32 {
			n = max(n, -n)
		}
		return data.IntScalar(t, n)
	}
}

func randomRows(r *rand.Rand, n, domain int, nulls float64, types ...dtype.Type) rowsOf {
	out := make(rowsOf, n)
	for i := range out {
		for _, t := range types {
			out[i] = append(out[i], randomValue(r, t, domain, nulls))
		}
	}
	return out
}

// toColumn makes a column of any form.
func toColumn(r *rand.Rand, t dtype.Type, vals []data.Scalar) *data.Column {
	b := data.NewBuilder(t, len(vals))
	for _, v := range vals {
		b.AppendScalar(v)
	}
	flat := b.Build()
	if r == nil {
		return flat
	}
	switch r.IntN(3) {
	case 0:
		if same := len(vals); same > 0 {
			for _, v := range vals {
				if text(v) != text(vals[0]) {
					return flat
				}
			}
			return data.ConstColumn(vals[0], len(vals))
		}
	case 1:
		if p := t.Phys(); p != dtype.PhysList && p != dtype.PhysNull {
			return toDict(t, vals, flat.Valid)
		}
	}
	return flat
}

func toDict(t dtype.Type, vals []data.Scalar, valid data.Bitmap) *data.Column {
	codes := make([]uint32, len(vals))
	at := map[string]uint32{}
	d := data.NewBuilder(t, len(vals))
	for i, v := range vals {
		if v.Null {
			continue
		}
		c, ok := at[text(v)]
		if !ok {
			c = uint32(d.Len())
			at[text(v)] = c
			d.AppendScalar(v)
		}
		codes[i] = c
	}
	if d.Len() == 0 {
		return data.NullColumn(t, len(vals))
	}
	return data.DictColumn(d.Build(), codes, valid)
}

// table is a test table that hands out borrowed batches and scribbles over them at the next Read, so that whoever keeps one is found out.
type testTable struct {
	types  []dtype.Type
	rows   rowsOf
	batch  int
	split  int // batches a split
	forms  bool
	opened *int // counts scans, if set
	cancel func(read int)
}

func (t *testTable) Schema() dtype.Schema {
	var f []dtype.Field
	for i, x := range t.types {
		f = append(f, dtype.Field{Name: fmt.Sprintf("c%d", i), Type: x})
	}
	return dtype.NewSchema(f...)
}
func (t *testTable) Stats(context.Context) (spi.Stats, error) { return spi.Stats{Rows: -1}, nil }
func (t *testTable) Scan(context.Context, spi.ScanSpec) (spi.Scan, error) {
	if t.opened != nil {
		*t.opened++
	}
	return &testScan{t}, nil
}

type testScan struct{ t *testTable }

func (s *testScan) Splits(context.Context) iter.Seq2[spi.Split, error] {
	return func(yield func(spi.Split, error) bool) {
		step := s.t.batch * s.t.split
		for lo := 0; lo < len(s.t.rows); lo += step {
			if !yield(spi.Split{Data: [2]int{lo, min(lo+step, len(s.t.rows))}}, nil) {
				return
			}
		}
	}
}
func (s *testScan) Open(_ context.Context, x spi.Split) (spi.Reader, error) {
	r := x.Data.([2]int)
	return &testReader{t: s.t, lo: r[0], hi: r[1], rnd: rand.New(rand.NewPCG(uint64(r[0]), 7))}, nil
}
func (s *testScan) Residual() []spi.Pred { return nil }
func (s *testScan) Close() error         { return nil }

type testReader struct {
	t      *testTable
	lo, hi int
	rnd    *rand.Rand
	last   *data.Batch
}

func (r *testReader) Read(ctx context.Context) (*data.Batch, error) {
	if r.t.cancel != nil {
		r.t.cancel(r.lo)
	}
	scribble(r.last)
	r.last = nil
	if r.lo == r.hi {
		return nil, io.EOF
	}
	n := min(r.t.batch, r.hi-r.lo)
	b := &data.Batch{Len: n}
	rnd := r.rnd
	if !r.t.forms {
		rnd = nil
	}
	for j, t := range r.t.types {
		vals := make([]data.Scalar, n)
		for i := range vals {
			vals[i] = r.t.rows[r.lo+i][j]
		}
		b.Cols = append(b.Cols, toColumn(rnd, t, vals))
	}
	r.lo += n
	r.last = b
	return b, nil
}
func (r *testReader) Close() error { scribble(r.last); r.last = nil; return nil }

// scribble overwrites all memory of a batch with nonsense.
func scribble(b *data.Batch) {
	if b == nil {
		return
	}
	var wipe func(c *data.Column)
	wipe = func(c *data.Column) {
		if c == nil {
			return
		}
		for i := range c.Buf {
			c.Buf[i] = 0xA5
		}
		for _, h := range c.Heap {
			for i := range h {
				h[i] = '?'
			}
		}
		for i := range c.Codes {
			c.Codes[i] = 0
		}
		for i := range c.Valid {
			c.Valid[i] = 0xAAAA5555AAAA5555
		}
		for i := range c.Bits {
			c.Bits[i] = 0x5555AAAA5555AAAA
		}
		for i := range c.Offsets {
			c.Offsets[i] = 0
		}
		for _, k := range c.Kids {
			wipe(k)
		}
		wipe(c.Values)
	}
	for _, c := range b.Cols {
		wipe(c)
	}
}

// variant is one cell of the matrix that every operator goes through.
type variant struct {
	batch, threads int
	forms          bool
}

func (v variant) String() string {
	return fmt.Sprintf("batch=%d/workers=%d/forms=%v", v.batch, v.threads, v.forms)
}

var variants = []variant{{1, 1, false}, {3, 1, true}, {3, 4, true}, {1024, 1, true}, {1024, 4, false}, {1024, 4, true}, {37, 2, true}, {37, 7, true}}

// source makes the scan of rows under a variant.
func source(v variant, rows rowsOf, out []expr.Col) *phys.Scan {
	t := &testTable{rows: rows, batch: v.batch, split: 3, forms: v.forms}
	s := &phys.Scan{Table: t, Limit: -1}
	s.Out = out
	for i, c := range out {
		t.types = append(t.types, c.Type)
		s.Source = append(s.Source, i)
	}
	return s
}

// number gives the nodes of a plan their ids.
func number(n phys.Node) phys.Node {
	id := 0
	var walk func(phys.Node)
	walk = func(n phys.Node) {
		n.Info().ID = id
		id++
		for _, k := range n.Inputs() {
			walk(k)
		}
	}
	walk(n)
	return n
}

// matrix runs a plan under all variants and compares its rows, in order, with want.
func matrix(t *testing.T, want rowsOf, build func(v variant) phys.Node) {
	t.Helper()
	for _, v := range variants {
		got := collect(t, build(v), v.threads)
		sameRows(t, v.String(), got, want)
	}
	checkBudget(t, build)
	checkSpill(t, want, build)
	checkCancel(t, build)
}

// checkSpill runs the plan with little memory and a directory to spill to: an operator that spills gives the same rows, the others may say that
// memory is lacking, and no file stays.
func checkSpill(t *testing.T, want rowsOf, build func(v variant) phys.Node) {
	t.Helper()
	dir := t.TempDir()
	for _, v := range []variant{{37, 1, true}, {37, 2, true}, {3, 7, true}} {
		if raced && v.threads == 1 {
			continue
		}
		for _, limit := range []int64{24 << 10, 64 << 10 * int64(v.threads), 1 << 20 * int64(v.threads)} {
			root := build(v)
			got, err := (&limited{t: t, dir: dir, threads: v.threads, limit: limit}).run(t.Context(), root)
			switch {
			case err == nil:
				sameRows(t, fmt.Sprintf("%s/memory=%d", v, limit), got, want)
			case fault.CodeOf(err) != fault.Memory || spills(root) && limit >= leastMemory(root)*int64(v.threads):
				t.Fatalf("budget of %d, %s: %v", limit, v, err)
			}
		}
	}
}

// leastMemory is what each worker must have for a plan to succeed: aggregates divide rows over 128 partitions, several times with DISTINCT; windows
// of many functions have trees of states for some pages of each.
func leastMemory(n phys.Node) int64 {
	least := int64(64 << 10)
	switch n.(type) {
	case *phys.HashAgg, *phys.Distinct, *phys.Window:
		least = 1 << 20
	}
	for _, k := range n.Inputs() {
		least = max(least, leastMemory(k))
	}
	return least
}

// spills reports whether all operators of a plan that keep rows spill.
func spills(n phys.Node) bool {
	if phys.Behaviour(n) == phys.Buffer {
		return false
	}
	for _, in := range n.Inputs() {
		if !spills(in) {
			return false
		}
	}
	return true
}

// collectUnbudgeted is Collect whose result does not count.
func collectUnbudgeted(root phys.Node, opts Options) (out []*data.Batch, err error) {
	err = Run(context.Background(), root, opts, func(b *data.Batch) error {
		out = append(out, b.Clone())
		return nil
	})
	return out, err
}

func collect(t *testing.T, root phys.Node, threads int) rowsOf {
	t.Helper()
	before := runtime.NumGoroutine()
	budget := mem.NewBudget("test", 1<<32)
	bs, err := Collect(context.Background(), number(root), Options{Threads: threads, Budget: budget})
	if err != nil {
		t.Fatalf("threads %d: %v", threads, err)
	}
	if left := budget.Used(); left != 0 {
		t.Fatalf("%d bytes of the budget were not released", left)
	}
	noLeak(t, before)
	return toRows(bs, root.Info().Out)
}

func toRows(bs []*data.Batch, out []expr.Col) rowsOf {
	var rows rowsOf
	for _, b := range bs {
		for i := range b.Len {
			row := make([]data.Scalar, len(b.Cols))
			for j, c := range b.Cols {
				row[j] = c.Value(i)
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// checkBudget runs the plan with tiny budgets: it must succeed or fail with the memory error, and give everything back.
func checkBudget(t *testing.T, build func(v variant) phys.Node) {
	t.Helper()
	for _, limit := range []int64{1, 1 << 10, 20 << 10} {
		before := runtime.NumGoroutine()
		budget := mem.NewBudget("test", limit)
		_, err := Collect(context.Background(), number(build(variant{3, 4, true})), Options{Threads: 4, Budget: budget})
		if err != nil && fault.CodeOf(err) != fault.Memory {
			t.Fatalf("budget of %d: %v", limit, err)
		}
		if err != nil && !strings.Contains(err.Error(), "over the memory budget") {
			t.Fatalf("unclear error: %v", err)
		}
		if left := budget.Used(); left != 0 {
			t.Fatalf("budget of %d: %d bytes were not released", limit, left)
		}
		noLeak(t, before)
	}
}

// checkCancel cancels while the sources are being read.
func checkCancel(t *testing.T, build func(v variant) phys.Node) {
	t.Helper()
	for _, at := range []int{0, 50} {
		before := runtime.NumGoroutine()
		ctx, cancel := context.WithCancel(context.Background())
		root := number(build(variant{3, 4, true}))
		forEachScan(root, func(s *phys.Scan) {
			s.Table.(*testTable).cancel = func(row int) {
				if row >= at {
					cancel()
				}
			}
		})
		start := time.Now()
		_, err := Collect(ctx, root, Options{Threads: 4})
		cancel()
		if err != nil && err != context.Canceled {
			t.Fatalf("cancelled run gave %v", err)
		}
		if d := time.Since(start); d > 2*time.Second {
			t.Fatalf("cancelled run took %v", d)
		}
		noLeak(t, before)
	}
}

func forEachScan(n phys.Node, f func(*phys.Scan)) {
	if s, ok := n.(*phys.Scan); ok {
		f(s)
	}
	for _, k := range n.Inputs() {
		forEachScan(k, f)
	}
}

// noLeak waits for goroutines that are about to end, and fails if there are more than before.
func noLeak(t *testing.T, before int) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Second)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<16)
			t.Fatalf("goroutines leaked:\n%s", buf[:runtime.Stack(buf, true)])
		}
		runtime.Gosched()
	}
}

func rowText(row []data.Scalar) string {
	var b strings.Builder
	for i, v := range row {
		if i > 0 {
			b.WriteString(" | ")
		}
		b.WriteString(text(v))
	}
	return b.String()
}

// text is what a value looks like; quick, since the twins call it for every value.
func text(v data.Scalar) string {
	switch {
	case v.Null:
		return "NULL"
	case v.Type.IsFloat():
		return strconv.FormatFloat(v.F+0, 'g', -1, 64) // no negative zero
	case v.Type.Kind == dtype.String:
		return "'" + v.S + "'"
	case v.Type.Phys() == dtype.PhysI64 || v.Type.Phys() == dtype.PhysI32:
		return strconv.FormatInt(v.Int64(), 10)
	case v.Type.Kind == dtype.List:
		return "[" + rowText(v.Kids) + "]"
	case v.Type.Kind == dtype.Bool:
		return strconv.FormatBool(v.Bool())
	case v.I == data.Int128From(int64(v.I.Lo)) && v.Type.Phys() == dtype.PhysI128:
		return strconv.FormatInt(int64(v.I.Lo), 10)
	default:
		return v.String()
	}
}

// sameValue reports values whose texts are the same, as far as it knows without making them.
func sameValue(a, b *data.Scalar) bool {
	if a.Null || b.Null {
		return a.Null && b.Null
	}
	nan := math.IsNaN(a.F) && math.IsNaN(b.F) // there is one NaN, which equals itself
	if a.Type.Kind != b.Type.Kind || a.I != b.I || a.F != b.F && !nan || a.S != b.S || a.Iv != b.Iv || len(a.Kids) != len(b.Kids) || !a.Type.Equal(b.Type) {
		return false
	}
	for i := range a.Kids {
		if !sameValue(&a.Kids[i], &b.Kids[i]) {
			return false
		}
	}
	return true
}

func equalRow(a, b []data.Scalar) bool {
	for i := range a {
		if i >= len(b) || !sameValue(&a[i], &b[i]) {
			return false
		}
	}
	return len(a) == len(b)
}

func sameRows(t *testing.T, name string, got, want rowsOf) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		if i < len(got) && i < len(want) && equalRow(got[i], want[i]) {
			continue
		}
		var g, w string
		if i < len(got) {
			g = rowText(got[i])
		}
		if i < len(want) {
			w = rowText(want[i])
		}
		if g != w {
			t.Fatalf("%s: row %d of %d is\n  %s\nwant (of %d)\n  %s", name, i, len(got), g, len(want), w)
		}
	}
}

// seedFlag replays the run of a failed test.
var seedFlag = flag.Uint64("seed", 0, "seed of the random data; 0 takes the time")

// seeded returns a random source and reports its seed when the test fails.
func seeded(t *testing.T) *rand.Rand {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	})
	return rand.New(rand.NewPCG(seed, 1))
}

var _ exec.Source = (*chunks)(nil)
