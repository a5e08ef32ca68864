package servicetest

import (
	"context"
	"net"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func exec1(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func TestPostgresGivesEachTestItsOwnDatabase(t *testing.T) {
	a, b := connect(t, Postgres(t)), connect(t, Postgres(t))
	exec1(t, a, "CREATE TABLE days (day date, dau bigint)")
	n, err := a.CopyFrom(t.Context(), pgx.Identifier{"days"}, []string{"day", "dau"},
		pgx.CopyFromRows([][]any{{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), int64(7)}}))
	if err != nil || n != 1 {
		t.Fatalf("COPY wrote %d rows: %v", n, err)
	}
	var exists bool
	if err := b.QueryRow(t.Context(), "SELECT to_regclass('days') IS NOT NULL").Scan(&exists); err != nil {
		t.Fatal(err)
	}
	if exists {
		t.Fatal("the table of one database shows in the other")
	}
}

func TestPostgresRefusesAWrongPassword(t *testing.T) {
	config, err := pgx.ParseConfig(Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	config.Password = "wrong"
	if _, err := pgx.ConnectConfig(t.Context(), config); err == nil || !strings.Contains(err.Error(), "password") {
		t.Fatalf("a wrong password gave %v", err)
	}
}

func TestPostgresDropsTheDatabaseAfterTheTestDespiteOpenConnections(t *testing.T) {
	var dsn string
	var left *pgx.Conn
	t.Run("user", func(t *testing.T) {
		dsn = Postgres(t)
		var err error
		if left, err = pgx.Connect(t.Context(), dsn); err != nil {
			t.Fatal(err)
		}
	})
	defer left.Close(context.Background())
	if conn, err := pgx.Connect(t.Context(), dsn); err == nil {
		_ = conn.Close(t.Context())
		t.Fatal("the database outlived its test")
	}
}

func TestKilledPostgresBreaksConnectionsAndKeepsCommittedData(t *testing.T) {
	server := PostgresServer(t)
	conn := connect(t, server.DSN())
	exec1(t, conn, "CREATE TABLE kept AS SELECT 42 AS answer")
	exec1(t, conn, "BEGIN")
	exec1(t, conn, "INSERT INTO kept VALUES (43)")
	server.Kill()
	if _, err := conn.Exec(t.Context(), "SELECT 1"); err == nil {
		t.Fatal("the session survived the server")
	}
	if c, err := net.Dial("tcp", server.Addr()); err == nil {
		_ = c.Close()
		t.Fatal("somebody still listens on the port of the killed server")
	}
	server.Restart()
	var n, sum int
	if err := connect(t, server.DSN()).QueryRow(t.Context(), "SELECT count(*), sum(answer) FROM kept").Scan(&n, &sum); err != nil {
		t.Fatal(err)
	}
	if n != 1 || sum != 42 {
		t.Fatalf("after recovery %d rows with sum %d, want the committed 1 with 42", n, sum)
	}
}

func TestKillInTheMiddleOfCopyIsAnErrorForTheClient(t *testing.T) {
	server := PostgresServer(t)
	conn := connect(t, server.DSN())
	exec1(t, conn, "CREATE TABLE copied (n bigint)")
	rows := int64(0)
	_, err := conn.CopyFrom(t.Context(), pgx.Identifier{"copied"}, []string{"n"}, pgx.CopyFromFunc(func() ([]any, error) {
		rows++
		if rows == 100_000 {
			server.Kill()
		}
		if rows > 5_000_000 {
			return nil, nil
		}
		return []any{rows}, nil
	}))
	if err == nil {
		t.Fatal("COPY into a killed server succeeded")
	}
	server.Restart()
	var n int
	if err := connect(t, server.DSN()).QueryRow(t.Context(), "SELECT count(*) FROM copied").Scan(&n); err != nil {
		t.Fatal(err)
	}
	if n != 0 {
		t.Fatalf("%d rows of the broken COPY are in the table", n)
	}
}

func TestStoppedPostgresRestartsOnTheSamePort(t *testing.T) {
	server := PostgresServer(t)
	addr := server.Addr()
	server.Stop()
	server.Stop()
	if _, err := pgx.Connect(t.Context(), server.DSN()); err == nil {
		t.Fatal("a stopped server accepts connections")
	}
	server.Restart()
	if server.Addr() != addr {
		t.Fatalf("restarted on %s, was on %s", server.Addr(), addr)
	}
	exec1(t, connect(t, server.DSN()), "SELECT 1")
	if !strings.Contains(server.Log(), "ready to accept connections") {
		t.Fatalf("the log does not tell of the start:\n%s", server.Log())
	}
}

func TestDownloadedPostgresRuns(t *testing.T) {
	as, err := unprivileged()
	if err != nil {
		t.Fatal(err)
	}
	bin, err := downloadedPostgres(as)
	if err != nil {
		t.Fatal(err)
	}
	server, err := startPostgresFrom(bin)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := server.stop(); err != nil {
			t.Error(err)
		}
	}()
	exec1(t, connect(t, server.dsn("postgres")), "SELECT 1")
}

func TestStoppingPostgresLeavesNoProcessBehind(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Log("the processes are counted on linux only")
	}
	server, err := startPostgres()
	if err != nil {
		t.Fatal(err)
	}
	pid := server.proc.cmd.Process.Pid
	workers := children(pid)
	if runtime.GOOS == "linux" && len(workers) == 0 {
		t.Fatal("a running PostgreSQL has no worker processes; the test sees nothing")
	}
	if err := server.stop(); err != nil {
		t.Fatal(err)
	}
	for _, p := range append(workers, pid) {
		if alive(p) {
			t.Errorf("process %d outlived the server", p)
		}
	}
}

func TestAProgramThatEndsAtOnceIsReportedWithItsLog(t *testing.T) {
	log := &logFile{path: t.TempDir() + "/log"}
	p, err := startProcess("a broken server", exec.Command("go", "no-such-command"), log, sigImmediate)
	if err != nil {
		t.Fatal(err)
	}
	err = p.awaitReady(time.Minute, func() error { return net.ErrClosed })
	if err == nil || !strings.Contains(err.Error(), "a broken server ended") || !strings.Contains(err.Error(), "no-such-command") {
		t.Fatalf("got %v", err)
	}
}
