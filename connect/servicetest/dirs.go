package servicetest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// dirPrefix starts the name of every temporary directory made here; the id of the process that made it follows.
const dirPrefix = "siksik-servicetest-"

// serviceDir returns a new temporary directory for a service. It first removes what dead test processes left.
func serviceDir(service string) (string, error) {
	sweep()
	dir, err := os.MkdirTemp("", fmt.Sprintf("%s%d-%s-", dirPrefix, os.Getpid(), service))
	if err != nil {
		return "", fmt.Errorf("making a directory for %s: %w", service, err)
	}
	return dir, nil
}

// sweep removes the directories of test processes that no longer exist: those that were killed.
func sweep() {
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), dirPrefix+"*"))
	for _, dir := range dirs {
		digits, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), dirPrefix), "-")
		if pid, err := strconv.Atoi(digits); err == nil && !alive(pid) {
			_ = os.RemoveAll(dir) // another user's directory stays
		}
	}
}

// cacheDir returns the directory that keeps programs between test runs. Everybody on the machine can read it when
// this process is root, because root's servers run as another user.
func cacheDir() (string, error) {
	dir := filepath.Join(os.TempDir(), "siksik-servicetest-cache-"+strconv.Itoa(os.Getuid()))
	if base, err := os.UserCacheDir(); err == nil {
		dir = filepath.Join(base, "siksik-servicetest")
	}
	if os.Geteuid() == 0 {
		dir = "/var/cache/siksik-servicetest"
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("making the cache for test services: %w", err)
	}
	return dir, nil
}
