package pgo

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"testing"
	"time"
)

// spun is what spin computes.
var spun uint64

// spin computes something for a while, so that a profile has samples of it.
//
//go:noinline
func spin(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		for range 10_000 {
			spun = spun*6364136223846793005 + 1
		}
	}
}

// profile writes a CPU profile of this process.
func profile(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := pprof.StartCPUProfile(f); err != nil {
		t.Fatal(err)
	}
	defer pprof.StopCPUProfile()
	spin(150 * time.Millisecond)
}

func TestMergedProfilesHaveFunctionsButNoDirectories(t *testing.T) {
	dir := t.TempDir()
	parts := []string{filepath.Join(dir, "a"), filepath.Join(dir, "b")}
	for _, p := range parts {
		profile(t, p)
	}
	target := filepath.Join(dir, "default.pgo")
	size, err := Merge(t.Context(), parts, target)
	if err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(target); err != nil || int(st.Size()) != size {
		t.Fatalf("%d bytes said, file: %v %v", size, st, err)
	}
	raw, err := exec.Command("go", "tool", "pprof", "-raw", target).Output()
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if text := string(raw); !strings.Contains(text, "pgo.spin") || strings.Contains(text, filepath.Dir(self)) {
		t.Errorf("want spin and no %s:\n%s", filepath.Dir(self), text)
	}
}

func TestWhatIsNoProfileIsSaid(t *testing.T) {
	for _, text := range []string{"\xff", "\x32\x7fshort", "\x35abcd"} {
		if out, err := withoutPaths([]byte(text)); err == nil {
			t.Errorf("%q became %q", text, out)
		}
	}
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, []byte("not a profile"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Merge(t.Context(), []string{path}, path+".pgo"); err == nil || !strings.Contains(err.Error(), "merging") {
		t.Errorf("merging text gave %v", err)
	}
}
