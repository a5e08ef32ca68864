package postgres

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// target is what a URL and options say.
type target struct {
	config  *pgconn.Config
	table   string
	query   string
	numeric dtype.Type // of numeric columns without precision
}

var (
	readOptions  = []string{"table", "query", "sql", "numeric"}
	writeOptions = []string{"table"}
)

// parse reads a URL and options; options win. known are the names that make sense.
func parse(raw string, opts spi.Options, known []string) (target, error) {
	t := target{numeric: dtype.DecimalOf(38, 16)}
	malformed := fault.New(fault.Usage, "the PostgreSQL URL is malformed").
		WithHint("write postgres://user:password@host:5432/database?table=name, with special characters in it percent-encoded")
	base, params, _ := strings.Cut(raw, "?")
	values, err := url.ParseQuery(params)
	if err != nil {
		return t, malformed
	}
	for _, name := range readOptions {
		if v := values[name]; len(v) > 0 {
			if err := t.set(name, v[len(v)-1], known); err != nil {
				return t, err
			}
			values.Del(name)
		}
	}
	for name, v := range opts {
		if err := t.set(name, fmt.Sprint(v), known); err != nil {
			return t, err
		}
	}
	if len(values) > 0 {
		base += "?" + values.Encode()
	}
	if t.config, err = pgconn.ParseConfig(base); err != nil {
		return t, malformed
	}
	t.config.RuntimeParams["client_encoding"] = "UTF8"
	t.config.RuntimeParams["standard_conforming_strings"] = "on"
	t.config.RuntimeParams["DateStyle"] = "ISO"
	if t.config.RuntimeParams["application_name"] == "" {
		t.config.RuntimeParams["application_name"] = "siksik"
	}
	// A cancelled statement must end on the server too, and soon; the connection is given up if it does not.
	t.config.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: cancelGrace}
	}
	return t, nil
}

func (t *target) set(name, value string, known []string) error {
	if !slices.Contains(known, name) {
		return spi.UnknownOption("postgres", name, known)
	}
	switch name {
	case "table":
		t.table = value
	case "query", "sql":
		t.query = strings.TrimRight(strings.TrimSpace(value), "; \t\r\n")
	case "numeric":
		n, err := dtype.Parse(value)
		if err != nil {
			return err
		}
		if n.Kind != dtype.Decimal && n.Kind != dtype.Float64 && n.Kind != dtype.String {
			return fault.New(fault.Usage, "numeric is decimal(p,s), double or varchar, not %s", n)
		}
		t.numeric = n
	}
	return nil
}

// place names the server and database for messages.
func (t target) place() string {
	return fmt.Sprintf("%s:%d/%s", t.config.Host, t.config.Port, t.config.Database)
}

// name says what is read or written, for messages.
func (t target) name() string {
	if t.table != "" {
		return t.place() + ", table " + t.table
	}
	return t.place() + ", query"
}

// relation is the name of a table.
type relation struct{ schema, name string }

// splitName splits schema.name; either may stand in double quotes.
func splitName(s string) (relation, error) {
	var parts []string
	for rest := s; ; {
		var part string
		if strings.HasPrefix(rest, `"`) {
			end := 1
			for ; end < len(rest); end++ {
				if rest[end] != '"' {
					continue
				}
				if end+1 < len(rest) && rest[end+1] == '"' {
					end++
					continue
				}
				break
			}
			if end >= len(rest) {
				break
			}
			part, rest = strings.ReplaceAll(rest[1:end], `""`, `"`), rest[end+1:]
		} else {
			i := strings.IndexByte(rest, '.')
			if i < 0 {
				i = len(rest)
			}
			part, rest = rest[:i], rest[i:]
		}
		parts = append(parts, part)
		if rest == "" || rest[0] != '.' {
			break
		}
		rest = rest[1:]
	}
	switch {
	case len(parts) == 1 && parts[0] != "":
		return relation{name: parts[0]}, nil
	case len(parts) == 2 && parts[0] != "" && parts[1] != "":
		return relation{schema: parts[0], name: parts[1]}, nil
	}
	return relation{}, fault.New(fault.Usage, "%q is not the name of a table", s).WithHint(`write name or schema.name, in double quotes where it has dots: "my.table"`)
}

// String returns the quoted name.
func (r relation) String() string {
	if r.schema == "" {
		return quote(r.name)
	}
	return quote(r.schema) + "." + quote(r.name)
}

// quote returns an SQL identifier.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// quoteAll returns identifiers with commas between.
func quoteAll(names []string) string {
	parts := make([]string, len(names))
	for i, n := range names {
		parts[i] = quote(n)
	}
	return strings.Join(parts, ", ")
}

// literal returns an SQL string; backslashes are plain characters under standard_conforming_strings.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
