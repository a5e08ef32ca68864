package pgo

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// Merge writes the sum of CPU profiles to target, compressed and without the names of directories on this machine, and returns
// the number of bytes. It needs the go command, and writes a file beside the first profile.
func Merge(ctx context.Context, profiles []string, target string) (int, error) {
	merged := filepath.Join(filepath.Dir(profiles[0]), "merged")
	args := append([]string{"tool", "pprof", "-proto", "-output", merged}, profiles...)
	if out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil {
		return 0, fmt.Errorf("merging profiles: %w: %s", err, out)
	}
	zipped, err := os.ReadFile(merged)
	if err != nil {
		return 0, fmt.Errorf("reading the merged profile: %w", err)
	}
	r, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		return 0, fmt.Errorf("reading the merged profile: %w", err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return 0, fmt.Errorf("reading the merged profile: %w", err)
	}
	if text, err = withoutPaths(text); err != nil {
		return 0, fmt.Errorf("reading the merged profile: %w", err)
	}
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return 0, err
	}
	if _, err := w.Write(text); err != nil {
		return 0, err
	}
	if err := errors.Join(w.Close(), os.WriteFile(target, out.Bytes(), 0o644)); err != nil {
		return 0, fmt.Errorf("writing the profile: %w", err)
	}
	return out.Len(), nil
}

// The parts of a profile's protocol buffer that withoutPaths knows.
const (
	stringTable = 6 // the field of a profile whose values are strings
	lengthed    = 2 // the wire type of strings and messages
)

// withoutPaths returns a profile, a protocol buffer, whose absolute file names, such as the program's, are cut down to
// their last part. Functions of a program built with -trimpath have none.
func withoutPaths(profile []byte) ([]byte, error) {
	var out []byte
	for len(profile) > 0 {
		tag, n := binary.Uvarint(profile)
		if n <= 0 {
			return nil, errors.New("not a protocol buffer")
		}
		value, m := binary.Uvarint(profile[n:])
		if m <= 0 || tag&7 != 0 && tag&7 != lengthed || tag&7 == lengthed && value > uint64(len(profile)-n-m) {
			return nil, errors.New("not a profile")
		}
		head := n + m
		if tag&7 != lengthed {
			out = append(out, profile[:head]...)
			profile = profile[head:]
			continue
		}
		body := profile[head : head+int(value)]
		profile = profile[head+int(value):]
		if tag>>3 == stringTable && filepath.IsAbs(string(body)) {
			body = []byte(filepath.Base(string(body)))
		}
		out = binary.AppendUvarint(binary.AppendUvarint(out, tag), uint64(len(body)))
		out = append(out, body...)
	}
	return out, nil
}
