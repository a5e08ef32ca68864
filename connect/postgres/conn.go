package postgres

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/siksik-data/siksik/fault"
)

// cancelGrace is how long a cancelled statement may take to end.
const cancelGrace = 100 * time.Millisecond

// connect opens a connection.
func connect(ctx context.Context, t target) (*pgconn.PgConn, error) {
	config := t.config.Copy()
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 30 * time.Second
	}
	c, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return nil, explain(ctx, "connecting to", t, err)
	}
	return c, nil
}

// hangUp closes the connection at once; an open transaction is rolled back by the server.
func hangUp(c *pgconn.PgConn) {
	ctx, cancel := context.WithTimeout(context.Background(), cancelGrace)
	defer cancel()
	_ = c.Close(ctx)
}

// exec runs statements without results.
func exec(ctx context.Context, c *pgconn.PgConn, t target, sql string) error {
	if _, err := c.Exec(ctx, sql).ReadAll(); err != nil {
		return explain(ctx, "using", t, err)
	}
	return nil
}

// ask runs a query and returns its rows as text; null is the empty string.
func ask(ctx context.Context, c *pgconn.PgConn, t target, sql string, args ...string) ([][]string, error) {
	params := make([][]byte, len(args))
	for i, a := range args {
		params[i] = []byte(a)
	}
	res := c.ExecParams(ctx, sql, params, nil, nil, nil).Read()
	if res.Err != nil {
		return nil, explain(ctx, "using", t, res.Err)
	}
	out := make([][]string, len(res.Rows))
	for i, r := range res.Rows {
		for _, v := range r {
			out[i] = append(out[i], string(v))
		}
	}
	return out, nil
}

// explain turns an error of the driver into one for a person. The password is never in it.
func explain(ctx context.Context, doing string, t target, err error) error {
	if e := ctx.Err(); e != nil {
		return e
	}
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return explainServer(doing, t, pg)
	}
	e := fault.New(fault.IO, "%s PostgreSQL at %s: %s", doing, t.place(), redact(oneLine(err.Error()), t))
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return e.WithHint("nothing listens there; check host and port, and that the server runs")
	case errors.As(err, new(*net.DNSError)):
		return e.WithHint("check the host name")
	case doing != "connecting to":
		return e.WithHint("the connection broke; an unfinished load has written nothing")
	}
	return e
}

// oneLine drops the repetitions of a message of several lines: the driver has one for each address and way that it tried.
func oneLine(msg string) string {
	var out []string
	for _, l := range strings.Split(msg, "\n") {
		if l = strings.TrimSpace(l); l != "" && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return strings.Join(out, " ")
}

func redact(msg string, t target) string {
	if p := t.config.Password; p != "" {
		msg = strings.ReplaceAll(msg, p, "xxxxx")
	}
	return msg
}

// explainServer sorts the server's errors by their SQLSTATE.
func explainServer(doing string, t target, pg *pgconn.PgError) error {
	msg := pg.Message
	if pg.Detail != "" {
		msg += " (" + pg.Detail + ")"
	}
	if strings.HasPrefix(pg.Where, "COPY") {
		msg += ", " + pg.Where
	}
	msg = redact(msg, t)
	fail := func(code fault.Code) *fault.Error {
		e := fault.New(code, "%s PostgreSQL at %s: %s", doing, t.place(), msg)
		e.Hint = pg.Hint
		return e
	}
	switch {
	case strings.HasPrefix(pg.Code, "28"):
		return fail(fault.Permission).WithHint("check user %q and its password in the URL, PGPASSWORD or ~/.pgpass", t.config.User)
	case pg.Code == "42501":
		return fail(fault.Permission)
	case pg.Code == "3D000", pg.Code == "42P01", pg.Code == "3F000":
		return fail(fault.NotFound)
	case pg.Code == "42703", pg.Code == "42883":
		return fail(fault.Name)
	case strings.HasPrefix(pg.Code, "22"), strings.HasPrefix(pg.Code, "23"):
		return fail(fault.Value)
	case strings.HasPrefix(pg.Code, "42"):
		return fail(fault.Syntax)
	case pg.Code == "55P03":
		return fail(fault.IO).WithHint("another transaction holds the table; end it and try again")
	case strings.HasPrefix(pg.Code, "57P"):
		return fail(fault.IO).WithHint("the server ended the connection; an unfinished load has written nothing")
	case pg.Code == "53100":
		return fail(fault.IO).WithHint("the server's disk is full; nothing was written")
	case pg.Code == "0A000":
		return fail(fault.Unsupported)
	default:
		return fail(fault.IO)
	}
}
