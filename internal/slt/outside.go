package slt

import (
	_ "embed" // the list
	"path"
	"regexp"
	"strings"

	"github.com/siksik-data/siksik/internal/bug"
)

//go:embed outside.txt
var outsideText string

// rules are what outside.txt says: what records are skipped for, and which requirements of files are met.
type rules struct {
	met      map[string]bool
	requires []rule
	files    []rule
	sqls     []rule
	differs  []rule
}

type rule struct {
	pattern string
	re      *regexp.Regexp
	why     string
}

var outside = parseOutside(outsideText)

// parseOutside reads lines "kind pattern: reason".
func parseOutside(text string) rules {
	r := rules{met: map[string]bool{}}
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		kind, rest, _ := strings.Cut(line, " ")
		at := strings.LastIndex(rest, ": ")
		if at < 0 {
			bug.Panicf("outside.txt: no reason in %q", line)
		}
		x := rule{pattern: strings.TrimSpace(rest[:at]), why: rest[at+2:]}
		switch kind {
		case "met":
			r.met[x.pattern] = true
		case "require":
			r.requires = append(r.requires, x)
		case "file":
			r.files = append(r.files, x)
		case "sql":
			x.re = regexp.MustCompile("(?is)" + x.pattern)
			r.sqls = append(r.sqls, x)
		case "differs":
			glob, sql, _ := strings.Cut(x.pattern, " ")
			x.pattern, x.re = glob, regexp.MustCompile("(?is)"+sql)
			r.differs = append(r.differs, x)
		default:
			bug.Panicf("outside.txt: no kind %q", kind)
		}
	}
	return r
}

// file returns why a whole file is skipped, or "".
func (r *rules) file(name string) string {
	for _, x := range r.files {
		if ok, _ := path.Match(x.pattern, name); ok || strings.HasSuffix(x.pattern, "/**") && strings.HasPrefix(name, strings.TrimSuffix(x.pattern, "**")) {
			return x.why
		}
	}
	return ""
}

// sql returns why a record is skipped, or "".
func (r *rules) sql(text string) string {
	for _, x := range r.sqls {
		if x.re.MatchString(text) {
			return x.why
		}
	}
	return ""
}

// decided returns why a record of a file gives something else than the file expects on purpose, or "".
func (r *rules) decided(name, text string) string {
	for _, x := range r.differs {
		if ok, _ := path.Match(x.pattern, path.Base(name)); ok && x.re.MatchString(text) {
			return x.why
		}
	}
	return ""
}

// require returns why what the file requires is not there, or "".
func (r *rules) require(name string) string {
	if r.met[name] {
		return ""
	}
	for _, x := range r.requires {
		if x.pattern == name {
			return x.why
		}
	}
	return "the file requires " + name
}
