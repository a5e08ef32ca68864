package fs

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"

	"github.com/siksik-data/siksik/spi"
)

// Create implements spi.FS. The content goes to a hidden file beside the target, which Commit syncs and renames, so that the target is
// either the old file or the whole new one. Missing folders are made, and removed again by Abort. A target that is not a regular
// file, such as a pipe or a device, is written directly, and so is standard output.
func (l *Local) Create(_ context.Context, path string) (spi.Upload, error) {
	if path == "-" || path == "/dev/stdout" {
		return &directUpload{w: l.stdout, path: "standard output"}, nil
	}
	target := path
	if real, err := filepath.EvalSymlinks(path); err == nil {
		target = real
	}
	if st, err := os.Stat(target); err == nil && !st.Mode().IsRegular() {
		f, err := os.OpenFile(target, os.O_WRONLY, 0)
		if err != nil {
			return nil, worldError("writing", path, err)
		}
		return &directUpload{w: f, c: f, path: path}, nil
	}
	dirs, err := makeDirs(filepath.Dir(target))
	if err != nil {
		return nil, worldError("creating the folder of", path, err)
	}
	var salt [6]byte
	rand.Read(salt[:])
	temp := filepath.Join(filepath.Dir(target), "."+filepath.Base(target)+"."+hex.EncodeToString(salt[:])+".tmp")
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		removeDirs(dirs)
		return nil, worldError("creating", path, err)
	}
	return &localUpload{f: f, path: path, target: target, dirs: dirs}, nil
}

// makeDirs makes dir and returns the folders that were missing, innermost last.
func makeDirs(dir string) ([]string, error) {
	var missing []string
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(d); err == nil || d == filepath.Dir(d) {
			break
		}
		missing = append([]string{d}, missing...)
	}
	if len(missing) == 0 {
		return nil, nil
	}
	return missing, os.MkdirAll(dir, 0o777)
}

// removeDirs removes those of the folders that are empty.
func removeDirs(dirs []string) {
	for i := len(dirs) - 1; i >= 0; i-- {
		os.Remove(dirs[i])
	}
}

type localUpload struct {
	f            *os.File
	path, target string
	dirs         []string
	done         bool
}

// Write implements io.Writer.
func (u *localUpload) Write(p []byte) (int, error) {
	n, err := u.f.Write(p)
	if err != nil {
		return n, worldError("writing", u.path, err)
	}
	return n, nil
}

// Commit implements spi.Upload.
func (u *localUpload) Commit(ctx context.Context) error {
	if u.done {
		return nil
	}
	if err := ctx.Err(); err != nil {
		u.Abort(ctx)
		return err
	}
	err := u.f.Sync()
	if e := u.f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(u.f.Name(), u.target)
	}
	if err != nil {
		u.Abort(ctx)
		return worldError("writing", u.path, err)
	}
	u.done = true
	// The rename itself is durable once the folder is synced; not every system can, and the file is whole either way.
	if d, err := os.Open(filepath.Dir(u.target)); err == nil {
		_ = d.Sync()
		d.Close()
	}
	return nil
}

// Abort implements spi.Upload.
func (u *localUpload) Abort(context.Context) error {
	if u.done {
		return nil
	}
	u.done = true
	u.f.Close()
	if err := os.Remove(u.f.Name()); err != nil {
		return worldError("removing the unfinished", u.path, err)
	}
	removeDirs(u.dirs)
	return nil
}

// directUpload writes to a stream or device, where nothing can be taken back.
type directUpload struct {
	w    io.Writer
	c    io.Closer
	path string
}

// Write implements io.Writer.
func (u *directUpload) Write(p []byte) (int, error) {
	n, err := u.w.Write(p)
	if err != nil {
		return n, worldError("writing", u.path, err)
	}
	return n, nil
}

// Commit implements spi.Upload.
func (u *directUpload) Commit(context.Context) error {
	if u.c == nil {
		return nil
	}
	c := u.c
	u.c = nil
	if err := c.Close(); err != nil {
		return worldError("writing", u.path, err)
	}
	return nil
}

// Abort implements spi.Upload.
func (u *directUpload) Abort(ctx context.Context) error { return u.Commit(ctx) }
