package s3

import (
	"context"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

const meta = "*?[{"

// Glob implements spi.FS. * and ? and [...] match within one name, {a,b} is either, ** matches any number of folders; names that start with a dot
// match only patterns that do, and ** and whole folders also pass over names that start with an underscore, where writers keep their
// metadata. A key that contains these characters itself is found if nothing matches the pattern.
func (f *FS) Glob(ctx context.Context, pattern string) ([]spi.FileInfo, error) {
	l, c, err := f.at(pattern)
	if err != nil {
		return nil, err
	}
	if !strings.ContainsAny(l.key, meta) {
		return c.plain(ctx, l, pattern)
	}
	var found []spi.FileInfo
	for _, p := range braces(l.key) {
		if _, err := path.Match(goPattern(p), ""); err != nil {
			return nil, fault.New(fault.Syntax, "the pattern %q has an unfinished [...]", l.name())
		}
		segs := strings.Split(p, "/")
		prefix := p
		if i := strings.IndexAny(p, meta); i >= 0 {
			prefix = p[:i]
		}
		err := c.list(ctx, l, prefix, strings.Contains(p[len(prefix):], "/") || slices.Contains(segs, "**"), func(o object) {
			if match(segs, strings.Split(o.Key, "/")) {
				found = append(found, spi.FileInfo{Path: l.path(o.Key), Size: o.Size, ETag: o.ETag})
			}
		})
		if err != nil {
			return nil, c.explain(ctx, "listing", l, err)
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].Path < found[j].Path })
	found = slices.CompactFunc(found, func(a, b spi.FileInfo) bool { return a.Path == b.Path })
	if len(found) == 0 {
		if info, err := c.stat(ctx, l); err == nil {
			found = append(found, spi.FileInfo{Path: pattern, Size: info.Size, ETag: info.ETag})
		}
	}
	return found, nil
}

// plain finds one object, or all below a folder.
func (c *client) plain(ctx context.Context, l location, written string) ([]spi.FileInfo, error) {
	var missing error
	if l.key != "" && !strings.HasSuffix(l.key, "/") {
		info, err := c.stat(ctx, l)
		if err == nil {
			return []spi.FileInfo{{Path: written, Size: info.Size, ETag: info.ETag}}, nil
		}
		missing = err
		if r := response(err); r.Code != "NoSuchKey" {
			return nil, c.explain(ctx, "opening", l, err)
		}
	}
	dir := l.key
	if dir != "" && !strings.HasSuffix(dir, "/") {
		dir += "/"
	}
	var found []spi.FileInfo
	err := c.list(ctx, l, dir, true, func(o object) {
		if strings.HasSuffix(o.Key, "/") || slices.ContainsFunc(strings.Split(o.Key[len(dir):], "/"), hidden) {
			return
		}
		found = append(found, spi.FileInfo{Path: l.path(o.Key), Size: o.Size, ETag: o.ETag})
	})
	switch {
	case err != nil:
		return nil, c.explain(ctx, "listing", l, err)
	case len(found) > 0:
		return found, nil
	case missing == nil:
		missing = &answerError{Code: "NoSuchKey", StatusCode: 404}
	}
	return nil, c.explain(ctx, "opening", l, missing)
}

// list calls f for each object whose key has the prefix, in the order of keys; without deep, only for those without a further slash. A listing
// that breaks goes on after the last key.
func (c *client) list(ctx context.Context, l location, prefix string, deep bool, f func(object)) error {
	last := ""
	return c.retry.do(ctx, func() error {
		after, next := last, ""
		for {
			p, err := c.store.page(ctx, l.bucket, prefix, deep, after, next)
			if err != nil {
				return err
			}
			for _, o := range p.Contents {
				if o.Key <= last && last != "" {
					continue
				}
				last = o.Key
				if !strings.HasSuffix(o.Key, "/") {
					f(o)
				}
			}
			if next = p.Next; !p.More || next == "" {
				return ctx.Err()
			}
		}
	})
}

func hidden(name string) bool { return name != "" && (name[0] == '.' || name[0] == '_') }

// match reports whether the names match the segments of a pattern.
func match(segs, names []string) bool {
	switch {
	case len(segs) == 0:
		return len(names) == 0
	case segs[0] == "**":
		if len(segs) == 1 {
			return len(names) > 0 && !slices.ContainsFunc(names, hidden)
		}
		if match(segs[1:], names) {
			return true
		}
		return len(names) > 1 && !hidden(names[0]) && match(segs, names[1:])
	case len(names) == 0:
		return false
	}
	ok, _ := path.Match(goPattern(segs[0]), names[0])
	if strings.ContainsAny(segs[0], meta) && names[0] != "" && names[0][0] == '.' && segs[0][0] != '.' {
		return false
	}
	return ok && match(segs[1:], names[1:])
}

// goPattern turns [!x] into Go's [^x].
func goPattern(p string) string { return strings.ReplaceAll(p, "[!", "[^") }

// braces writes out the alternatives of {a,b}, which may nest.
func braces(p string) []string {
	open := strings.IndexByte(p, '{')
	if open < 0 {
		return []string{p}
	}
	depth, start := 0, open+1
	var parts []string
	for i := open; i < len(p); i++ {
		switch p[i] {
		case '{':
			depth++
		case ',':
			if depth == 1 {
				parts, start = append(parts, p[start:i]), i+1
			}
		case '}':
			if depth--; depth > 0 {
				continue
			}
			var out []string
			for _, part := range append(parts, p[start:i]) {
				out = append(out, braces(p[:open]+part+p[i+1:])...)
			}
			return out
		}
	}
	return []string{p}
}
