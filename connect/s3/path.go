package s3

import (
	"net/url"
	"strings"

	"github.com/siksik-data/siksik/fault"
)

// location is a parsed path.
type location struct {
	bucket, key string
	params      string // "?endpoint=…" as written, or ""
	settings    settings
}

// path writes the path of another key of the same bucket, reached in the same way.
func (l location) path(key string) string { return "s3://" + l.bucket + "/" + key + l.params }

// name is the path for messages, without parameters.
func (l location) name() string { return "s3://" + l.bucket + "/" + l.key }

var parameters = []string{"endpoint", "region", "path_style", "anonymous"}

// parse splits a path. base are the settings that parameters change.
func parse(path string, base settings) (location, error) {
	l := location{settings: base}
	if len(path) < 5 || !strings.EqualFold(path[:5], "s3://") {
		return l, fault.New(fault.Usage, "%q is not an s3 path", path).WithHint("write s3://bucket/key")
	}
	rest := path[5:]
	if i := paramsAt(rest); i >= 0 {
		l.params, rest = rest[i:], rest[:i]
		values, err := url.ParseQuery(l.params[1:])
		if err != nil {
			return l, fault.New(fault.Usage, "the parameters of the s3 path are malformed: %v", err)
		}
		for name, v := range values {
			if err := known(name); err != nil {
				return l, err
			}
			if err := l.settings.set(name, v[len(v)-1]); err != nil {
				return l, err
			}
		}
	}
	l.bucket, l.key, _ = strings.Cut(rest, "/")
	if l.bucket == "" {
		return l, fault.New(fault.Usage, "%q names no bucket", "s3://"+rest).WithHint("write s3://bucket/key")
	}
	if strings.ContainsAny(l.bucket, "*?[{") {
		return l, fault.New(fault.Unsupported, "the bucket of an s3 path cannot be a pattern: %q", l.bucket).WithHint("patterns stand after the bucket")
	}
	return l, nil
}

// paramsAt finds the "?" that starts parameters: the one before a known name. Others are wildcards.
func paramsAt(s string) int {
	for i := range len(s) {
		if s[i] != '?' {
			continue
		}
		for _, p := range parameters {
			if strings.HasPrefix(s[i+1:], p+"=") {
				return i
			}
		}
	}
	return -1
}

func known(name string) error {
	for _, p := range parameters {
		if p == name {
			return nil
		}
	}
	e := fault.New(fault.Name, "an s3 path has no parameter %q", name)
	if e.Hint = fault.DidYouMean(name, parameters); e.Hint == "" {
		e.Hint = "known: " + strings.Join(parameters, ", ")
	}
	return e
}
