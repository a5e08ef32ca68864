package fs

import (
	"context"
	"errors"
	iofs "io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// HasMeta reports whether the path is a pattern: it has *, ?, [ or {.
func HasMeta(p string) bool { return strings.ContainsAny(p, "*?[{") }

// Glob implements spi.FS. * and ? and [...] match within one name, {a,b} is either, ** matches any number of folders. Hidden names (a dot
// first) match only patterns that start with a dot; ** and folders also pass over names that start with an underscore, where writers
// keep their metadata. A file whose name contains meta characters wins over the pattern.
func (l *Local) Glob(ctx context.Context, pattern string) ([]spi.FileInfo, error) {
	if isStdin(pattern) {
		return []spi.FileInfo{{Path: "-", Size: -1}}, nil
	}
	st, err := os.Stat(pattern)
	switch {
	case err == nil && st.IsDir():
		g := &globber{ctx: ctx}
		err := g.below(strings.TrimSuffix(filepath.ToSlash(pattern), "/"), nil)
		return g.sorted(), err
	case err == nil:
		return []spi.FileInfo{info(pattern, st)}, nil
	case !HasMeta(pattern):
		return nil, worldError("opening", pattern, err)
	}
	g := &globber{ctx: ctx}
	for _, p := range expandBraces(filepath.ToSlash(pattern)) {
		if _, err := path.Match(goPattern(p), ""); err != nil {
			return nil, fault.New(fault.Syntax, "the pattern %q has an unfinished [...]", pattern)
		}
		root, rest := "", strings.Split(p, "/")
		if rest[0] == "" {
			root, rest = "/", rest[1:]
		}
		if err := g.match(root, rest); err != nil {
			return nil, err
		}
	}
	return g.sorted(), nil
}

func info(p string, st os.FileInfo) spi.FileInfo {
	if !st.Mode().IsRegular() {
		return spi.FileInfo{Path: p, Size: -1}
	}
	return spi.FileInfo{Path: p, Size: st.Size()}
}

// expandBraces writes out the alternatives of {a,b}, which may nest.
func expandBraces(p string) []string {
	open := strings.IndexByte(p, '{')
	if open < 0 {
		return []string{p}
	}
	depth, start := 0, open+1
	var parts []string
	for i := open; i < len(p); i++ {
		switch {
		case p[i] == '{':
			depth++
		case p[i] == ',' && depth == 1:
			parts = append(parts, p[start:i])
			start = i + 1
		case p[i] == '}':
			if depth--; depth > 0 {
				continue
			}
			var out []string
			for _, part := range append(parts, p[start:i]) {
				out = append(out, expandBraces(p[:open]+part+p[i+1:])...)
			}
			return out
		}
	}
	return []string{p}
}

// goPattern turns [!x] into Go's [^x].
func goPattern(p string) string { return strings.ReplaceAll(p, "[!", "[^") }

type globber struct {
	ctx   context.Context
	found []spi.FileInfo
}

// sorted returns what was found, by name, each file once.
func (g *globber) sorted() []spi.FileInfo {
	sort.Slice(g.found, func(i, j int) bool { return g.found[i].Path < g.found[j].Path })
	return slices.CompactFunc(g.found, func(a, b spi.FileInfo) bool { return a.Path == b.Path })
}

func join(dir, name string) string {
	if dir == "" || strings.HasSuffix(dir, "/") {
		return dir + name
	}
	return dir + "/" + name
}

// match finds the files under dir that match the segments.
func (g *globber) match(dir string, segs []string) error {
	for len(segs) > 1 && !HasMeta(segs[0]) {
		dir, segs = join(dir, segs[0]), segs[1:]
	}
	seg := segs[0]
	switch {
	case !HasMeta(seg):
		if st, err := os.Stat(join(dir, seg)); err == nil && !st.IsDir() {
			g.found = append(g.found, info(join(dir, seg), st))
		}
		return nil
	case seg == "**":
		rest := segs[1:]
		if len(rest) == 0 {
			rest = []string{"*"}
		}
		return g.below(dir, rest)
	}
	entries, err := g.list(dir)
	for _, e := range entries {
		ok, _ := path.Match(goPattern(seg), e.Name())
		if !ok || e.Name()[0] == '.' && seg[0] != '.' {
			continue
		}
		if err := g.visit(join(dir, e.Name()), e, segs[1:]); err != nil {
			return err
		}
	}
	return err
}

// visit takes one entry that matched a segment: a file at the last one, a folder before.
func (g *globber) visit(p string, e os.DirEntry, rest []string) error {
	if len(rest) > 0 {
		if st, err := os.Stat(p); err == nil && st.IsDir() {
			return g.match(p, rest)
		}
		return nil
	}
	st, err := os.Stat(p)
	if err == nil && !st.IsDir() {
		g.found = append(g.found, info(p, st))
	}
	return nil
}

// below matches rest in dir and in all folders below it; no rest means all files.
func (g *globber) below(dir string, rest []string) error {
	entries, err := g.list(dir)
	if err != nil {
		return err
	}
	if rest != nil {
		if err := g.match(dir, rest); err != nil {
			return err
		}
	}
	for _, e := range entries {
		if c := e.Name()[0]; c == '.' || c == '_' {
			continue
		}
		p := join(dir, e.Name())
		switch {
		case e.IsDir():
			if err := g.below(p, rest); err != nil {
				return err
			}
		case rest == nil:
			if err := g.visit(p, e, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// list reads a folder; one that is missing or no folder has no matches.
func (g *globber) list(dir string) ([]os.DirEntry, error) {
	if err := g.ctx.Err(); err != nil {
		return nil, err
	}
	if dir == "" {
		dir = "."
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		if st, e := os.Stat(dir); errors.Is(err, iofs.ErrNotExist) || e == nil && !st.IsDir() {
			return nil, nil
		}
		return nil, worldError("listing", dir, err)
	}
	return entries, nil
}
