package servicetest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	embedded "github.com/fergusstrange/embedded-postgres"
)

// embeddedVersion is the PostgreSQL that is downloaded when the machine has none.
const embeddedVersion = embedded.V17

// pgMajorMin is the oldest PostgreSQL that the tests are written for (DROP DATABASE … WITH (FORCE)).
const pgMajorMin = 13

// pgDirs are the places beside PATH where packages install the server's programs.
var pgDirs = []string{
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/opt/homebrew/opt/postgresql@*/bin",
	"/usr/local/opt/postgresql@*/bin",
	"/usr/local/pgsql/bin",
}

var pgVersion = regexp.MustCompile(`^postgres \(PostgreSQL\) (\d+)`)

// pgBinaries finds the directory that holds initdb and postgres, once per test process. as is who will run them.
var pgBinaries = sync.OnceValues(func() (string, error) {
	as, err := unprivileged()
	if err != nil {
		return "", err
	}
	if dir, ok := installedPostgres(as); ok {
		return dir, nil
	}
	dir, err := downloadedPostgres(as)
	if err != nil {
		return "", fmt.Errorf("no PostgreSQL %d or newer in PATH nor in %s, and downloading one failed: %w\ninstall it: apt-get install postgresql, dnf install postgresql-server, or brew install postgresql@17",
			pgMajorMin, strings.Join(pgDirs, ", "), err)
	}
	return dir, nil
})

// installedPostgres returns the newest usable PostgreSQL on this machine.
func installedPostgres(as *account) (string, bool) {
	var candidates []string
	if path, err := exec.LookPath("initdb"); err == nil {
		// A link in PATH points into the directory that has all the programs side by side.
		if real, err := filepath.EvalSymlinks(path); err == nil {
			candidates = append(candidates, filepath.Dir(real))
		}
	}
	for _, pattern := range pgDirs {
		found, _ := filepath.Glob(pattern)
		candidates = append(candidates, found...)
	}
	best, bestMajor := "", 0
	slices.Sort(candidates)
	for _, dir := range slices.Compact(candidates) {
		if major := pgMajor(dir, as); major >= pgMajorMin && major > bestMajor {
			best, bestMajor = dir, major
		}
	}
	return best, best != ""
}

// pgMajor returns the major version of the server in dir, or 0 when dir has no server that the account can run.
func pgMajor(dir string, as *account) int {
	if _, err := os.Stat(pgProgram(dir, "initdb")); err != nil {
		return 0
	}
	cmd := exec.Command(pgProgram(dir, "postgres"), "--version")
	cmd.Dir = "/"
	as.apply(cmd)
	out, err := cmd.Output()
	if err != nil {
		return 0
	}
	m := pgVersion.FindSubmatch(out)
	if m == nil {
		return 0
	}
	major, err := strconv.Atoi(string(m[1]))
	if err != nil {
		return 0
	}
	return major
}

func pgProgram(dir, name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(dir, name)
}

// downloadedPostgres returns the programs of embedded-postgres, downloading them at the first use on this machine.
func downloadedPostgres(as *account) (string, error) {
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	home := filepath.Join(cache, "postgres-"+string(embeddedVersion))
	bin := filepath.Join(home, "bin")
	err = withLock(filepath.Join(cache, "postgres.lock"), func() error {
		if pgMajor(bin, as) > 0 {
			return nil
		}
		return extractPostgres(cache, home)
	})
	if err != nil {
		return "", err
	}
	if pgMajor(bin, as) == 0 {
		return "", fmt.Errorf("the downloaded server in %s does not run on this machine", bin)
	}
	return bin, nil
}

// extractPostgres downloads the programs into home, which appears whole or not at all.
func extractPostgres(cache, home string) error {
	work, err := os.MkdirTemp(cache, "extract-")
	if err != nil {
		return fmt.Errorf("unpacking PostgreSQL: %w", err)
	}
	defer os.RemoveAll(work)
	// The library only downloads as a part of starting a server, which root cannot do. A data directory that claims
	// to be initialised but has no configuration makes it stop right after it has unpacked the programs.
	data, programs := filepath.Join(work, "data"), filepath.Join(work, "programs")
	if err := os.Mkdir(data, 0o700); err != nil {
		return fmt.Errorf("unpacking PostgreSQL: %w", err)
	}
	major, _, _ := strings.Cut(string(embeddedVersion), ".")
	if err := os.WriteFile(filepath.Join(data, "PG_VERSION"), []byte(major+"\n"), 0o600); err != nil {
		return fmt.Errorf("unpacking PostgreSQL: %w", err)
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	server := embedded.NewDatabase(embedded.DefaultConfig().Version(embeddedVersion).Port(uint32(port)).
		CachePath(work).RuntimePath(filepath.Join(work, "run")).BinariesPath(programs).DataPath(data).Logger(io.Discard))
	startErr := server.Start()
	if startErr == nil {
		return errors.Join(errors.New("unpacking PostgreSQL: a server started from an empty directory"), server.Stop())
	}
	if _, err := os.Stat(pgProgram(filepath.Join(programs, "bin"), "postgres")); err != nil {
		return fmt.Errorf("downloading PostgreSQL %s: %w", embeddedVersion, startErr)
	}
	if err := os.Chmod(programs, 0o755); err != nil {
		return fmt.Errorf("unpacking PostgreSQL: %w", err)
	}
	if err := os.RemoveAll(home); err != nil {
		return fmt.Errorf("replacing a broken PostgreSQL in %s: %w", home, err)
	}
	if err := os.Rename(programs, home); err != nil {
		return fmt.Errorf("unpacking PostgreSQL: %w", err)
	}
	return nil
}
