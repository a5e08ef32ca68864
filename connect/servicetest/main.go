package servicetest

import (
	"os"
	"sync"
	"testing"
)

// Main runs the tests of a package and keeps the shared services between them. It stops the services and exits the
// process, so it must be the last statement of TestMain.
func Main(m *testing.M) {
	os.Exit(runMain(m))
}

func runMain(m *testing.M) int {
	registry.hold()
	defer registry.release()
	return m.Run()
}

// service is one running server: its log, and how to end it.
type service interface {
	logFile() *logFile
	stop() error
}

// registry holds the services shared in this test process.
var registry lifecycle

// lifecycle starts a shared service at its first use. It stops the service when the last user has gone, or, while
// the registry is held by Main, at release.
type lifecycle struct {
	mu    sync.Mutex
	held  bool
	slots map[string]*slot
}

// slot is a shared service and the number of running tests that use it.
type slot struct {
	mu    sync.Mutex
	svc   service
	users int
}

func (l *lifecycle) slot(name string) *slot {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.slots == nil {
		l.slots = map[string]*slot{}
	}
	if l.slots[name] == nil {
		l.slots[name] = &slot{}
	}
	return l.slots[name]
}

func (l *lifecycle) hold() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = true
}

func (l *lifecycle) isHeld() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held
}

// release stops every service that no test uses any more.
func (l *lifecycle) release() {
	l.mu.Lock()
	l.held = false
	slots := make([]*slot, 0, len(l.slots))
	for _, s := range l.slots {
		slots = append(slots, s)
	}
	l.mu.Unlock()
	for _, s := range slots {
		s.mu.Lock()
		if s.svc != nil && s.users == 0 {
			if err := s.svc.stop(); err != nil {
				_, _ = os.Stderr.WriteString("servicetest: " + err.Error() + "\n")
			}
			s.svc = nil
		}
		s.mu.Unlock()
	}
}

// use returns the shared service of that name for the duration of t, starting it when it is not running. It fails t
// when the service does not start.
func use[S service](t testing.TB, name string, start func() (S, error)) S {
	t.Helper()
	s := registry.slot(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.svc == nil {
		svc, err := start()
		if err != nil {
			t.Fatalf("servicetest: starting %s: %v", name, err)
		}
		s.svc = svc
	}
	s.users++
	svc := s.svc.(S)
	t.Cleanup(func() { s.leave(t) })
	showLogOnFailure(t, name, svc.logFile())
	return svc
}

// leave ends one test's use of the service.
func (s *slot) leave(t testing.TB) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users--
	if s.users > 0 || registry.isHeld() || s.svc == nil {
		return
	}
	if err := s.svc.stop(); err != nil {
		t.Errorf("servicetest: %v", err)
	}
	s.svc = nil
}

// showLogOnFailure prints what the service logged during the test, if the test fails.
func showLogOnFailure(t testing.TB, name string, log *logFile) {
	from := log.size()
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		if text := log.since(from); text != "" {
			t.Logf("log of %s during this test:\n%s", name, text)
		}
	})
}
