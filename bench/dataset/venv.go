package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Venv is a Python virtual environment that holds the peers.
type Venv struct {
	Dir          string
	Requirements string    // file of pinned versions, one a line
	Log          io.Writer // what is being installed
}

// Program returns the path of a program of the environment.
func (v Venv) Program(name string) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(v.Dir, "Scripts", name+".exe")
	}
	return filepath.Join(v.Dir, "bin", name)
}

// Install makes the environment hold the pinned versions, unless it did so before. A version that is not served is
// replaced by the nearest one that is, and said so in the log; the tables print what was measured.
func (v Venv) Install(ctx context.Context) error {
	pins, err := os.ReadFile(v.Requirements)
	if err != nil {
		return fmt.Errorf("reading the peers' versions: %w", err)
	}
	marker := filepath.Join(v.Dir, "installed-"+filepath.Base(v.Requirements))
	if done, err := os.ReadFile(marker); err == nil && string(done) == string(pins) {
		return nil
	}
	if _, err := os.Stat(v.Program("python")); err != nil {
		python, err := exec.LookPath("python3")
		if err != nil {
			return errors.New("the peers are Python packages, and there is no python3 in PATH: install Python 3.10 or newer with venv (Debian: apt-get install python3-venv)")
		}
		if err := v.run(ctx, python, "-m", "venv", v.Dir); err != nil {
			return fmt.Errorf("making the virtual environment %s: %w", v.Dir, err)
		}
	}
	for pin := range strings.FieldsSeq(string(pins)) {
		if err := v.install(ctx, pin); err != nil {
			return err
		}
	}
	if err := os.WriteFile(marker, pins, 0o644); err != nil {
		return fmt.Errorf("noting the installed peers: %w", err)
	}
	return nil
}

// install installs one pinned package, or the nearest version of it: of the same minor release, then the newest that
// is not newer, then any.
func (v Venv) install(ctx context.Context, pin string) error {
	name, version, _ := strings.Cut(pin, "==")
	var first error
	for _, spec := range []string{pin, name + "~=" + version, name + "<=" + version, name} {
		fmt.Fprintf(v.Log, "installing %s\n", spec)
		err := v.run(ctx, v.Program("python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", spec)
		if err == nil {
			if spec != pin {
				fmt.Fprintf(v.Log, "note: %s is not served here; installed %s instead\n", pin, spec)
			}
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if first == nil {
			first = err
		}
	}
	return fmt.Errorf("installing %s: %w", pin, first)
}

// run runs a command and returns its output as part of the error.
func (v Venv) run(ctx context.Context, program string, args ...string) error {
	return runQuietly(exec.CommandContext(ctx, program, args...))
}

func runQuietly(cmd *exec.Cmd) error {
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(cmd.Path), err, strings.TrimSpace(string(out)))
	}
	return nil
}
