package servicetest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

func TestMain(m *testing.M) { Main(m) }

// fakeService counts its ends.
type fakeService struct{ stops int }

func (f *fakeService) logFile() *logFile { return &logFile{} }
func (f *fakeService) stop() error       { f.stops++; return nil }

func TestSharedServiceStartsOnceAndStopsWhenMainReleasesIt(t *testing.T) {
	var l lifecycle
	l.hold()
	starts, svc := 0, &fakeService{}
	for range 3 {
		s := l.slot("fake")
		s.mu.Lock()
		if s.svc == nil {
			starts++
			s.svc = svc
		}
		s.mu.Unlock()
	}
	if starts != 1 || svc.stops != 0 {
		t.Fatalf("%d starts and %d stops while held, want 1 and 0", starts, svc.stops)
	}
	l.release()
	if svc.stops != 1 || l.slot("fake").svc != nil {
		t.Fatalf("%d stops after release, want 1 and an empty slot", svc.stops)
	}
}

func TestConcurrentTestsShareOnePostgresProcess(t *testing.T) {
	var wg sync.WaitGroup
	dsns := make([]string, 4)
	for i := range dsns {
		wg.Add(1)
		go func() {
			defer wg.Done()
			dsns[i] = Postgres(t)
		}()
	}
	wg.Wait()
	hosts, names := map[string]bool{}, map[string]bool{}
	for _, dsn := range dsns {
		host, name, _ := strings.Cut(dsn[strings.LastIndex(dsn, "@")+1:], "/")
		hosts[host], names[name] = true, true
	}
	if len(hosts) != 1 || len(names) != len(dsns) {
		t.Fatalf("%d servers and %d databases for %d users, want 1 and %d: %q", len(hosts), len(names), len(dsns), len(dsns), dsns)
	}
}

func TestSweepRemovesWhatDeadTestProcessesLeft(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dead := filepath.Join(os.TempDir(), dirPrefix+strconv.Itoa(1<<30)+"-postgres-1")
	mine := filepath.Join(os.TempDir(), dirPrefix+strconv.Itoa(os.Getpid())+"-postgres-1")
	for _, dir := range []string{dead, mine} {
		if err := os.MkdirAll(filepath.Join(dir, "data"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	sweep()
	if _, err := os.Stat(dead); !os.IsNotExist(err) {
		t.Errorf("the directory of a dead process is still there: %v", err)
	}
	if _, err := os.Stat(mine); err != nil {
		t.Errorf("the directory of a living process is gone: %v", err)
	}
}
