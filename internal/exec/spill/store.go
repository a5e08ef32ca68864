package spill

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/mem"
)

const lockName = "lock"

// Config says where an engine spills. Zero values mean defaults.
type Config struct {
	Dir   string // where a directory for spilled rows is made; default: the system's temporary directory
	Limit int64  // bytes on disk for all queries together; default: nine tenths of what is free when the first query spills
}

// Store is the spill space of one engine: a directory of its own, with a lock by which others see that its process lives. The directory exists
// while a query has something in it, within one that the processes of a user share, so that who looks for the dead need not go through all of a
// busy temporary directory. A Store is safe for concurrent use.
type Store struct {
	root   string // as configured
	parent string // of the directories of the user's processes
	conf   Config
	used   atomic.Int64
	limit  atomic.Int64
	pace   pace

	mu    sync.Mutex
	users int // queries with runs
	next  int // number of the next query
	dir   string
	lock  *os.File
}

// NewStore returns a Store and removes what processes that are dead have left in the same place. It creates nothing yet.
func NewStore(c Config) *Store {
	s := &Store{root: c.Dir, conf: c}
	if s.root == "" {
		s.root = os.TempDir()
	}
	s.parent = filepath.Join(s.root, "siksik-spill")
	if user := os.Getuid(); user > 0 {
		s.parent += "-" + strconv.Itoa(user) // others may not write into what is this user's
	}
	sweep(s.parent)
	return s
}

// Used returns the bytes on disk.
func (s *Store) Used() int64 { return s.used.Load() }

// Query returns the Spill of one query.
func (s *Store) Query() *Files { return &Files{store: s} }

// acquire makes a directory for one query, and the one of the process if nobody has it.
func (s *Store) acquire() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users == 0 {
		if err := s.open(); err != nil {
			return "", fault.Wrap(fault.IO, err, "cannot make a spill directory in %s", s.root).
				WithHint("name another one with --spill-dir, or raise --memory so that nothing spills")
		}
	}
	s.next++
	dir := filepath.Join(s.dir, fmt.Sprintf("query%d", s.next))
	if err := os.Mkdir(dir, 0o700); err != nil {
		if s.users == 0 {
			s.remove()
		}
		return "", fault.Wrap(fault.IO, err, "cannot make a spill directory in %s", s.root).
			WithHint("name another one with --spill-dir, or raise --memory so that nothing spills")
	}
	s.users++
	return dir, nil
}

// release removes the directory of a query, and that of the process with the last one.
func (s *Store) release(dir string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := os.RemoveAll(dir)
	s.users--
	if s.users == 0 {
		s.remove()
	}
	if err != nil {
		return fmt.Errorf("removing the spill directory %s: %w", dir, err)
	}
	return nil
}

// open makes the directory of the process and locks it. Another process may take a directory without a locked file for an abandoned one, and
// then a new one is tried.
func (s *Store) open() error {
	var last error
	for range 10 {
		if err := os.MkdirAll(s.parent, 0o700); err != nil {
			return err
		}
		dir, err := os.MkdirTemp(s.parent, fmt.Sprintf("%d-*", os.Getpid()))
		if errors.Is(err, fs.ErrNotExist) {
			last = err // a process that ended has just removed the parent
			continue
		}
		if err != nil {
			return err
		}
		name := filepath.Join(dir, lockName)
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			continue
		}
		if locked(f) && sameFile(f, name) {
			s.dir, s.lock = dir, f
			s.limit.Store(s.wantedLimit())
			return nil
		}
		_ = f.Close()
	}
	return errors.Join(errors.New("no directory could be locked"), last)
}

// remove is the inverse of open. What it cannot remove is left to the next start, and the parent while others use it.
func (s *Store) remove() {
	_ = s.lock.Close()
	_ = os.RemoveAll(s.dir)
	_ = os.Remove(s.parent)
	s.dir, s.lock = "", nil
}

// wantedLimit is the limit for the queries that spill from now on.
func (s *Store) wantedLimit() int64 {
	if s.conf.Limit > 0 {
		return s.conf.Limit
	}
	if free, ok := freeBytes(s.dir); ok {
		return free / 10 * 9
	}
	return math.MaxInt64
}

// grow counts n bytes more, or refuses to pass the limit.
func (s *Store) grow(operator string, n int64) error {
	limit := s.limit.Load()
	if used := s.used.Add(n); used > limit {
		s.used.Add(-n)
		return fault.New(fault.IO, "spilling rows of the %s would pass the limit of %s for %s, of which %s is in use", operator,
			mem.FormatBytes(limit), s.root, mem.FormatBytes(used-n)).
			WithHint("raise --spill-limit, for example --spill-limit %s, or raise --memory so that less spills", mem.SuggestLimit(limit))
	}
	return nil
}

// sweep removes the directories in parent whose processes are dead: nobody holds their locks. Errors mean that they belong to somebody else.
func sweep(parent string) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		dir := filepath.Join(parent, e.Name())
		f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			continue
		}
		if locked(f) {
			_ = removeLocked(f, dir)
		}
		_ = f.Close()
	}
	_ = os.Remove(parent) // if it is empty
}

// sameFile reports whether name still leads to the open file f.
func sameFile(f *os.File, name string) bool {
	a, err := f.Stat()
	if err != nil {
		return false
	}
	b, err := os.Stat(name)
	return err == nil && os.SameFile(a, b)
}
