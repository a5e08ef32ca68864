package servicetest

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// queryWait bounds every statement that this package itself sends to a server.
const queryWait = 30 * time.Second

// databases numbers the databases of this process.
var databases atomic.Int64

// Postgres returns the DSN of a new, empty database on the PostgreSQL server shared by this test process, as its
// superuser. The database is dropped when t ends, even if connections to it are left open.
func Postgres(t testing.TB) (dsn string) {
	t.Helper()
	server := use(t, "PostgreSQL", startPostgres)
	name := fmt.Sprintf("t%d_%s", databases.Add(1), identifier(t.Name()))
	quoted := pgx.Identifier{name}.Sanitize()
	if err := server.exec("CREATE DATABASE " + quoted + " TEMPLATE template0"); err != nil {
		t.Fatalf("servicetest: creating a database: %v", err)
	}
	t.Cleanup(func() {
		if err := server.exec("DROP DATABASE IF EXISTS " + quoted + " WITH (FORCE)"); err != nil {
			t.Errorf("servicetest: dropping database %s: %v", name, err)
		}
	})
	return server.dsn(name)
}

// PostgresServer starts a PostgreSQL server for t alone, to be stopped, killed and restarted. It is removed when t
// ends.
func PostgresServer(t testing.TB) *PGServer {
	t.Helper()
	server, err := startPostgres()
	if err != nil {
		t.Fatalf("servicetest: starting PostgreSQL: %v", err)
	}
	t.Cleanup(func() {
		if err := server.stop(); err != nil {
			t.Errorf("servicetest: %v", err)
		}
	})
	showLogOnFailure(t, "the private PostgreSQL", server.logFile())
	return &PGServer{server: server, t: t}
}

// PGServer is a PostgreSQL server that a test may stop and kill. Its methods fail the test when they cannot do what
// they say; they are for one goroutine at a time.
type PGServer struct {
	server *postgres
	t      testing.TB
}

// DSN returns the connection string of the server's database "postgres", as superuser. It stays the same over
// restarts.
func (s *PGServer) DSN() string { return s.server.dsn("postgres") }

// Addr returns the server's host and port.
func (s *PGServer) Addr() string { return s.server.addr() }

// Log returns the end of what the server has logged so far.
func (s *PGServer) Log() string { return s.server.log.since(0) }

// Stop shuts the server down in order; open sessions are told that the administrator ended them. Stopping a stopped
// server does nothing.
func (s *PGServer) Stop() {
	s.t.Helper()
	if err := s.server.proc.stop(sigFast); err != nil {
		s.t.Fatalf("servicetest: %v", err)
	}
}

// Kill ends the server and all its sessions at once, as a power failure would: clients only see their connections
// break. Committed data survives to the next Restart.
func (s *PGServer) Kill() { s.server.kill() }

// Restart starts a stopped or killed server again on its old port with its old data, and returns when it accepts
// connections.
func (s *PGServer) Restart() {
	s.t.Helper()
	s.Stop()
	err := s.server.run()
	for end := time.Now().Add(pgStartWait); err != nil && sessionsLive(err) && time.Now().Before(end); {
		err = s.server.run()
	}
	if err != nil {
		s.t.Fatalf("servicetest: restarting PostgreSQL: %v", err)
	}
}

// sessionsLive reports whether a server refused to start because a session of the one before it has not ended yet, which takes a moment after Kill.
func sessionsLive(err error) bool {
	return strings.Contains(err.Error(), "pre-existing shared memory block")
}

// exec runs one statement in the database "postgres".
func (p *postgres) exec(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), queryWait)
	defer cancel()
	conn, err := pgx.Connect(ctx, p.dsn("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

func (p *postgres) addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(p.port)) }

func (p *postgres) dsn(database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(pgUser, p.password),
		Host:     p.addr(),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// identifier returns the letters, digits and underscores of a test's name, short enough for names of databases and
// buckets.
func identifier(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' {
			b.WriteRune(r)
		}
	}
	return b.String()[:min(b.Len(), 40)]
}
