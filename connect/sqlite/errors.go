package sqlite

import (
	"context"
	"fmt"
	"strings"

	"github.com/siksik-data/siksik/fault"
	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// failIn is fail for a statement; after a cancel the context's error is the cause.
func (c *conn) failIn(ctx context.Context, rc int32, sql string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if rc&0xff == sqlite3.SQLITE_ERROR {
		return fault.New(fault.Syntax, "SQLite refused the statement: %s", c.message(rc)).WithHint("statement: %s", shorten(sql))
	}
	return c.fail(rc, "using")
}

func shorten(sql string) string {
	if len(sql) <= 300 {
		return sql
	}
	return strings.ToValidUTF8(sql[:300], "") + "…"
}

// message returns what the library says about its last error.
func (c *conn) message(rc int32) string {
	if c.db == 0 {
		return libc.GoString(sqlite3.Xsqlite3_errstr(c.tls, rc))
	}
	return libc.GoString(sqlite3.Xsqlite3_errmsg(c.tls, c.db))
}

// fail makes the error of result code rc while doing something with the database.
func (c *conn) fail(rc int32, doing string) error {
	msg := c.message(rc)
	switch rc & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fault.New(fault.IO, "%s is locked by another program", c.path).
			WithHint("it was locked for %s; end the other transaction, or wait longer with busy_timeout=30s", c.wait)
	case sqlite3.SQLITE_NOTADB:
		return fault.New(fault.Data, "%s is not a SQLite database", c.path)
	case sqlite3.SQLITE_CORRUPT:
		return fault.New(fault.Data, "the SQLite database %s is damaged: %s", c.path, msg)
	case sqlite3.SQLITE_CANTOPEN:
		return fault.New(fault.NotFound, "%s %s: %s", doing, c.path, msg)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		return fault.New(fault.Permission, "%s %s: %s", doing, c.path, msg).WithHint("the file and its folder must be writable")
	case sqlite3.SQLITE_FULL:
		return fault.New(fault.IO, "%s %s: the disk is full", doing, c.path)
	case sqlite3.SQLITE_IOERR:
		return fault.New(fault.IO, "%s %s: %s", doing, c.path, msg)
	case sqlite3.SQLITE_CONSTRAINT:
		return fault.New(fault.Value, "the rows break a constraint of the table in %s: %s", c.path, msg)
	case sqlite3.SQLITE_NOMEM:
		return fault.New(fault.Memory, "%s %s: SQLite is out of memory", doing, c.path)
	case sqlite3.SQLITE_TOOBIG:
		return fault.New(fault.Value, "%s %s: a value is larger than SQLite takes: %s", doing, c.path, msg)
	case sqlite3.SQLITE_INTERRUPT:
		return context.Canceled
	default:
		return fmt.Errorf("%s %s: %s (SQLite error %d)", doing, c.path, msg, rc)
	}
}
