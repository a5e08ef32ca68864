package sqlite

import (
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"time"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// target is what a URL and options say.
type target struct {
	path  string
	table string
	query string
	wait  time.Duration
	nulls bool // on_error=null
}

var (
	readOptions  = []string{"table", "query", "sql", "busy_timeout", "on_error"}
	writeOptions = []string{"table", "busy_timeout"}
)

// parse reads a URL and options; options win. known are the names that make sense.
func parse(raw string, opts spi.Options, known []string) (target, error) {
	t := target{wait: 5 * time.Second}
	rest := raw[strings.Index(raw, "://")+3:]
	path, params, _ := strings.Cut(rest, "?")
	if p, err := url.PathUnescape(path); err == nil {
		path = p
	}
	// sqlite:///C:/x.db names a drive, not a folder called C:.
	if runtime.GOOS == "windows" && len(path) > 2 && path[0] == '/' && path[2] == ':' {
		path = path[1:]
	}
	if path == "" || path == ":memory:" {
		return t, fault.New(fault.Usage, "a SQLite URL needs the path of a file").WithHint("for example sqlite://data.db?table=users or sqlite:///abs/data.db?table=users")
	}
	t.path = path
	values, err := url.ParseQuery(params)
	if err != nil {
		return t, fault.New(fault.Usage, "the parameters of the SQLite URL are malformed: %v", err).WithHint("write spaces as %%20 and & as %%26")
	}
	for name, vs := range values {
		if err := t.set(name, vs[len(vs)-1], known); err != nil {
			return t, err
		}
	}
	for name, v := range opts {
		if err := t.set(name, fmt.Sprint(v), known); err != nil {
			return t, err
		}
	}
	return t, nil
}

func (t *target) set(name, value string, known []string) error {
	ok := false
	for _, k := range known {
		ok = ok || k == name
	}
	if !ok {
		return spi.UnknownOption("sqlite", name, known)
	}
	switch name {
	case "table":
		t.table = value
	case "query", "sql":
		t.query = strings.TrimRight(strings.TrimSpace(value), "; \t\r\n")
	case "on_error":
		if value != "fail" && value != "null" {
			return fault.New(fault.Usage, "on_error of a SQLite table is fail or null, not %q", value)
		}
		t.nulls = value == "null"
	case "busy_timeout":
		d, err := time.ParseDuration(value)
		if err != nil || d < 0 {
			return fault.New(fault.Usage, "busy_timeout is a time such as 5s or 500ms, not %q", value)
		}
		t.wait = d
	}
	return nil
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

// literal returns an SQL string.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
