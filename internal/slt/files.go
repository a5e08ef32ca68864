package slt

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/exec"
)

// File is a file to run. Name is its path below the folder that was asked for.
type File struct{ Path, Name string }

// Find returns the files below paths, which are files, folders or globs: those that end in .slt, .test or .test_slow. Paths are made absolute.
func Find(paths []string) ([]File, error) {
	var out []File
	for _, p := range paths {
		found, err := filepath.Glob(p)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fault.New(fault.NotFound, "no file matches %q", p)
		}
		for _, f := range found {
			more, err := below(f)
			if err != nil {
				return nil, err
			}
			out = append(out, more...)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Path < out[j].Path })
	return out, nil
}

func below(root string) ([]File, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(root)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []File{{root, filepath.Base(root)}}, nil
	}
	var out []File
	err = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch filepath.Ext(p) {
		case ".slt", ".test", ".test_slow":
			out = append(out, File{p, filepath.ToSlash(strings.TrimPrefix(p, root+string(filepath.Separator)))})
		}
		return nil
	})
	return out, err
}

// Run runs files, so many at a time, the largest first. done, which may be nil, is called after each, from several goroutines. The reports are in the
// order of the files. A file that is no script counts as one record that is not supported.
func Run(ctx context.Context, files []File, jobs int, o Options, done func(*FileReport)) ([]*FileReport, error) {
	order := make([]int, len(files))
	sizes := make([]int64, len(files))
	for i, f := range files {
		order[i] = i
		if info, err := os.Stat(f.Path); err == nil {
			sizes[i] = info.Size()
		}
	}
	sort.SliceStable(order, func(a, b int) bool { return sizes[order[a]] > sizes[order[b]] })
	out := make([]*FileReport, len(files))
	crew := exec.Crew{Threads: jobs}
	err := crew.Each(ctx, len(files), func(ctx context.Context, _, task int) error {
		at := order[task]
		r, err := RunFile(ctx, files[at].Path, files[at].Name, o)
		var unread *unreadable
		if errors.As(err, &unread) {
			r, err = unread.report(files[at]), nil
		}
		if err != nil {
			return err
		}
		out[at] = r
		if done != nil {
			done(r)
		}
		return nil
	})
	return out, err
}
