package pipe

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siksik-data/siksik"
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// journal is a sink that notes what happens to it, and fails where it is told to.
type journal struct {
	mu     sync.Mutex
	log    []string
	fail   map[string]error // by what happens, such as "commit b"
	limit  int              // fail so many times only; 0 means always
	failed int
}

// does notes an event and returns its error.
func (j *journal) does(format string, args ...any) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	what := fmt.Sprintf(format, args...)
	j.log = append(j.log, what)
	err := j.fail[what]
	if err != nil && j.limit > 0 && j.failed >= j.limit {
		return nil
	}
	if err != nil {
		j.failed++
	}
	return err
}

// named is one target of a journal.
type named struct {
	j    *journal
	name string
	rows int
}

func (n *named) Begin(context.Context, spi.LoadSpec) (spi.Load, error) {
	return n, n.j.does("begin %s", n.name)
}
func (n *named) Parallel() bool                             { return false }
func (n *named) Writer(context.Context) (spi.Writer, error) { return n, nil }
func (n *named) Write(_ context.Context, b *data.Batch) error {
	n.rows += b.Len
	return n.j.does("write %s", n.name)
}
func (n *named) Close(context.Context) (spi.Receipt, error) {
	return spi.Receipt{Rows: int64(n.rows), Data: n.name}, n.j.does("close %s", n.name)
}
func (n *named) Commit(_ context.Context, receipts []spi.Receipt) error {
	if len(receipts) != 1 || receipts[0].Data != n.name {
		return fmt.Errorf("receipts of %s: %v", n.name, receipts)
	}
	return n.j.does("commit %s", n.name)
}
func (n *named) Abort(context.Context) error { return n.j.does("abort %s", n.name) }

type person struct {
	ID   int64
	Name string
}

// loads makes a pipeline of one source into the sinks a, b and c: a and b from one step, c from another.
func loads(t *testing.T, j *journal) *Pipeline {
	t.Helper()
	d, err := siksik.FromRows([]person{{1, "x"}, {2, "y"}})
	if err != nil {
		t.Fatal(err)
	}
	into := func(name string) siksik.LoadOption { return siksik.LoadInto(&named{j: j, name: name}) }
	p := New("loads").Source("people", d.Lazy()).SQL("ids", "SELECT id FROM people").
		Sink("people", "a", into("a")).Sink("people", "b", into("b")).Sink("ids", "c", into("c"))
	p.pause = time.Millisecond
	return p
}

func TestSinksCommitOnlyWhenAllOfThemWereWritten(t *testing.T) {
	j := &journal{}
	s, err := loads(t, j).Run(context.Background(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"begin a", "begin b", "write a", "write b", "close a", "close b", "begin c", "write c", "close c", "commit a", "commit b", "commit c"}
	if d := cmp.Diff(want, j.log); d != "" {
		t.Error(d)
	}
	for _, x := range s.Sinks {
		if x.Rows != 2 {
			t.Errorf("sink %+v", x)
		}
	}
}

// count returns how often an event happened.
func (j *journal) count(prefix string) int {
	n := 0
	for _, l := range j.log {
		if strings.HasPrefix(l, prefix) {
			n++
		}
	}
	return n
}

func TestAFailureBeforeTheCommitAbortsAllSinks(t *testing.T) {
	for _, where := range []string{"begin b", "begin c", "write a", "write c", "close b", "commit a"} {
		broken := errors.New("the disk is gone")
		j := &journal{fail: map[string]error{where: broken}}
		_, err := loads(t, j).Run(context.Background(), Options{})
		if !errors.Is(err, broken) {
			t.Errorf("%s: got %v", where, err)
		}
		for _, name := range []string{"a", "b", "c"} {
			begun, aborted := j.count("begin "+name), j.count("abort "+name)
			if begun > 0 && where != "begin "+name && aborted != 1 {
				t.Errorf("%s: %s was begun %d times and aborted %d times: %v", where, name, begun, aborted, j.log)
			}
		}
		if n := j.count("commit"); n > 1 || n == 1 && where != "commit a" {
			t.Errorf("%s: %v", where, j.log)
		}
	}
}

func TestAFailureAmongCommitsSaysWhatIsCommitted(t *testing.T) {
	broken := errors.New("the disk is gone")
	j := &journal{fail: map[string]error{"commit b": broken}}
	p := loads(t, j).Retries(3)
	_, err := p.Run(context.Background(), Options{})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "committing b: the disk is gone (committed before: a; the others are unchanged)") {
		t.Errorf("got %v", err)
	}
	if j.count("abort a") != 0 || j.count("abort c") != 1 || j.count("commit c") != 0 || j.count("begin a") != 1 {
		t.Errorf("%v", j.log)
	}
}

func TestErrorsOfTheWorldAreTriedAgain(t *testing.T) {
	j := &journal{fail: map[string]error{"write c": errors.New("connection reset")}, limit: 2}
	s, err := loads(t, j).Retries(2).Run(context.Background(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Attempts != 3 || j.count("begin a") != 3 || j.count("commit") != 3 || j.count("abort a") != 2 {
		t.Errorf("%d attempts: %v", s.Attempts, j.log)
	}
}

func TestErrorsOfTheUserAreNotTriedAgain(t *testing.T) {
	j := &journal{fail: map[string]error{"write c": fault.New(fault.Value, "no such value")}}
	_, err := loads(t, j).Retries(2).Run(context.Background(), Options{})
	if fault.CodeOf(err) != fault.Value || j.count("begin a") != 1 {
		t.Errorf("got %v: %v", err, j.log)
	}
	j = &journal{}
	_, err = loads(t, j).SQL("more", "SELECT id FROM ids").Check("more", Expect("id > 1")).Retries(2).Run(context.Background(), Options{})
	if fault.CodeOf(err) != fault.Check || j.count("begin a") != 1 || j.count("commit") != 0 || j.count("abort") != 3 {
		t.Errorf("got %v: %v", err, j.log)
	}
}

func TestACancelledRunIsNotTriedAgain(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	j := &journal{fail: map[string]error{"write c": errors.New("connection reset")}}
	p := loads(t, j).Retries(1000)
	p.pause = time.Hour
	done := make(chan error)
	go func() {
		_, err := p.Run(ctx, Options{})
		done <- err
	}()
	cancel()
	select {
	case err := <-done:
		if err == nil {
			t.Error("no error")
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the run goes on after it was cancelled")
	}
}

func TestARelationThatIsUsedOnceIsNotKept(t *testing.T) {
	p := New("x").Source("people", siksik.Scan("testdata/people.ndjson")).SQL("ids", "SELECT id FROM people WHERE id > 1").
		Sink("ids", "a", siksik.LoadInto(&named{j: &journal{}, name: "a"}))
	plan, err := p.Explain(context.Background(), "mermaid", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(plan, "Shared") {
		t.Error(plan)
	}
	p.SQL("names", "SELECT name FROM people").Sink("names", "b", siksik.LoadInto(&named{j: &journal{}, name: "b"}))
	if plan, err = p.Explain(context.Background(), "mermaid", Options{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(plan, "Shared") || strings.Count(plan, "Scan") != 1 {
		t.Errorf("two sinks do not share their scan:\n%s", plan)
	}
}
