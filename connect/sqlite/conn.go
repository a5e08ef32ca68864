package sqlite

import (
	"context"
	"sync"
	"time"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// conn is one connection. It talks to the translated C library directly and not through database/sql, whose interface values would cost
// more than SQLite itself. One goroutine at a time uses it; only interrupt may come from another.
type conn struct {
	path string
	wait time.Duration // how long a locked database is retried
	tls  *libc.TLS
	mu   sync.Mutex // guards db against an interrupt during close
	db   uintptr
}

// open opens the file with the flags of sqlite3_open_v2; the name "" is a temporary database. No mutexes: a connection has one user at a time.
func open(path string, flags int32, wait time.Duration) (*conn, error) {
	c := &conn{path: path, wait: wait, tls: libc.NewTLS()}
	name := cstring(path)
	defer libc.Xfree(c.tls, name)
	out := libc.Xmalloc(c.tls, 8)
	defer libc.Xfree(c.tls, out)
	*(*uintptr)(at(out)) = 0
	rc := sqlite3.Xsqlite3_open_v2(c.tls, name, out, flags|sqlite3.SQLITE_OPEN_NOMUTEX, 0)
	c.db = *(*uintptr)(at(out))
	if rc != sqlite3.SQLITE_OK {
		err := c.fail(rc, "opening")
		c.close()
		return nil, err
	}
	sqlite3.Xsqlite3_extended_result_codes(c.tls, c.db, 1)
	return c, nil
}

// close is idempotent. An open transaction is rolled back.
func (c *conn) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tls == nil {
		return
	}
	if c.db != 0 {
		sqlite3.Xsqlite3_close_v2(c.tls, c.db)
	}
	c.db = 0
	c.tls.Close()
	c.tls = nil
}

// watch interrupts the running statement when ctx is cancelled, until the returned function is called.
func (c *conn) watch(ctx context.Context) func() {
	if ctx.Done() == nil {
		return func() {}
	}
	stop := context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.db != 0 {
			tls := libc.NewTLS()
			sqlite3.Xsqlite3_interrupt(tls, c.db)
			tls.Close()
		}
	})
	return func() { stop() }
}

// at turns an address in C memory into a pointer. C memory is not the garbage collector's and does not move.
func at(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }

// cbytes returns n bytes of C memory in place.
func cbytes(p uintptr, n int) []byte {
	if n == 0 || p == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(at(p)), n)
}

// cstring copies s to C memory that the caller frees.
func cstring(s string) uintptr {
	tls := libc.NewTLS()
	defer tls.Close()
	p := libc.Xmalloc(tls, libc.Tsize_t(len(s)+1))
	b := cbytes(p, len(s)+1)
	copy(b, s)
	b[len(s)] = 0
	return p
}

// stmt is a prepared statement.
type stmt struct {
	c    *conn
	p    uintptr
	text string
}

// prepare compiles the first statement of sql.
func (c *conn) prepare(ctx context.Context, sql string) (*stmt, error) {
	text := cstring(sql)
	defer libc.Xfree(c.tls, text)
	out := libc.Xmalloc(c.tls, 8)
	defer libc.Xfree(c.tls, out)
	*(*uintptr)(at(out)) = 0
	rc := c.retry(ctx, func() int32 { return sqlite3.Xsqlite3_prepare_v2(c.tls, c.db, text, -1, out, 0) })
	if rc != sqlite3.SQLITE_OK {
		return nil, c.failIn(ctx, rc, sql)
	}
	return &stmt{c: c, p: *(*uintptr)(at(out)), text: sql}, nil
}

// retry repeats f while another connection holds a lock that f needs, up to the connection's waiting time. The pauses end early when ctx
// is cancelled, which the library's own busy timeout would not.
func (c *conn) retry(ctx context.Context, f func() int32) int32 {
	var timer *time.Timer
	deadline := time.Now().Add(c.wait)
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		rc := f()
		if primary := rc & 0xff; primary != sqlite3.SQLITE_BUSY && primary != sqlite3.SQLITE_LOCKED {
			return rc
		}
		if ctx.Err() != nil || time.Now().Add(pause).After(deadline) {
			return rc
		}
		if timer == nil {
			timer = time.NewTimer(pause)
			defer timer.Stop()
		} else {
			timer.Reset(pause)
		}
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
	}
}

// exec runs one statement to its end.
func (c *conn) exec(ctx context.Context, sql string) error {
	s, err := c.prepare(ctx, sql)
	if err != nil {
		return err
	}
	defer s.close()
	defer c.watch(ctx)()
	for {
		more, err := s.next(ctx)
		if err != nil || !more {
			return err
		}
	}
}

// next steps to the next row.
func (s *stmt) next(ctx context.Context) (bool, error) {
	switch rc := sqlite3.Xsqlite3_step(s.c.tls, s.p); rc {
	case sqlite3.SQLITE_ROW:
		return true, nil
	case sqlite3.SQLITE_DONE:
		return false, nil
	default:
		return s.retryStep(ctx, rc)
	}
}

// retryStep waits for locks. A statement that met a lock before its first row may simply be stepped again.
func (s *stmt) retryStep(ctx context.Context, rc int32) (bool, error) {
	if primary := rc & 0xff; primary == sqlite3.SQLITE_BUSY || primary == sqlite3.SQLITE_LOCKED {
		rc = s.c.retry(ctx, func() int32 { return sqlite3.Xsqlite3_step(s.c.tls, s.p) })
	}
	switch rc {
	case sqlite3.SQLITE_ROW:
		return true, nil
	case sqlite3.SQLITE_DONE:
		return false, nil
	default:
		return false, s.c.failIn(ctx, rc, s.text)
	}
}

// close is idempotent.
func (s *stmt) close() {
	if s.p != 0 && s.c.tls != nil {
		sqlite3.Xsqlite3_finalize(s.c.tls, s.p)
	}
	s.p = 0
}

func (s *stmt) columns() int { return int(sqlite3.Xsqlite3_column_count(s.c.tls, s.p)) }

func (s *stmt) name(i int) string {
	return libc.GoString(sqlite3.Xsqlite3_column_name(s.c.tls, s.p, int32(i)))
}

// declared returns the declared type of result column i, or "" for an expression.
func (s *stmt) declared(i int) string {
	if p := sqlite3.Xsqlite3_column_decltype(s.c.tls, s.p, int32(i)); p != 0 {
		return libc.GoString(p)
	}
	return ""
}

// class returns the storage class of column i of the current row: SQLITE_INTEGER, _FLOAT, _TEXT, _BLOB or _NULL.
func (s *stmt) class(i int) int32 { return sqlite3.Xsqlite3_column_type(s.c.tls, s.p, int32(i)) }

func (s *stmt) int64(i int) int64 { return sqlite3.Xsqlite3_column_int64(s.c.tls, s.p, int32(i)) }

func (s *stmt) float64(i int) float64 {
	return sqlite3.Xsqlite3_column_double(s.c.tls, s.p, int32(i))
}

// bytes returns text or blob column i in place; it is valid until the next step.
func (s *stmt) bytes(i int) []byte {
	p := sqlite3.Xsqlite3_column_blob(s.c.tls, s.p, int32(i))
	return cbytes(p, int(sqlite3.Xsqlite3_column_bytes(s.c.tls, s.p, int32(i))))
}

// str returns column i as a string of its own.
func (s *stmt) str(i int) string { return string(s.bytes(i)) }

// rows runs a small query and calls f for each row.
func (c *conn) rows(ctx context.Context, sql string, f func(*stmt)) error {
	s, err := c.prepare(ctx, sql)
	if err != nil {
		return err
	}
	defer s.close()
	defer c.watch(ctx)()
	for {
		more, err := s.next(ctx)
		if err != nil || !more {
			return err
		}
		f(s)
	}
}
