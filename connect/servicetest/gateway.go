package servicetest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
)

// gatewayPackage is the command of the S3 server; tools/go.mod pins its version.
const gatewayPackage = "github.com/versity/versitygw/cmd/versitygw"

var gatewayVersion = regexp.MustCompile(`(?m)^\s*(?:require\s+)?github\.com/versity/versitygw (v\S+)`)

// gatewayProgram builds the S3 server, or finds the one built by an earlier test run, once per test process.
var gatewayProgram = sync.OnceValues(func() (string, error) {
	tools, err := toolsModule()
	if err != nil {
		return "", err
	}
	mod, err := os.ReadFile(filepath.Join(tools, "go.mod"))
	if err != nil {
		return "", fmt.Errorf("reading the pinned version of the S3 server: %w", err)
	}
	m := gatewayVersion.FindSubmatch(mod)
	if m == nil {
		return "", fmt.Errorf("%s does not require github.com/versity/versitygw", filepath.Join(tools, "go.mod"))
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	program := filepath.Join(cache, fmt.Sprintf("versitygw-%s-%s-%s", m[1], runtime.GOOS, runtime.GOARCH))
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	err = withLock(filepath.Join(cache, "versitygw.lock"), func() error {
		if _, err := os.Stat(program); err == nil {
			return nil
		}
		return buildGateway(tools, program)
	})
	return program, err
})

// buildGateway compiles the S3 server to program, which appears whole or not at all. This takes minutes at first.
func buildGateway(tools, program string) error {
	work, err := os.MkdirTemp(filepath.Dir(program), "build-")
	if err != nil {
		return fmt.Errorf("building the S3 server: %w", err)
	}
	defer os.RemoveAll(work)
	out := filepath.Join(work, "versitygw")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-mod=readonly", "-ldflags=-s -w", "-o", out, gatewayPackage)
	cmd.Dir = tools
	cmd.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building the S3 server with \"go build %s\" in %s: %w\n%s\nit needs the go command in PATH and, the first time, the Go module proxy", gatewayPackage, tools, err, text)
	}
	if err := os.Rename(out, program); err != nil {
		return fmt.Errorf("keeping the S3 server: %w", err)
	}
	return nil
}

// toolsModule finds the module that pins the tools, in tools/ of this or an enclosing directory: tests run in the
// directory of their package.
func toolsModule() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the tools module: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		tools := filepath.Join(dir, "tools")
		text, err := os.ReadFile(filepath.Join(tools, "go.mod"))
		switch {
		case err == nil && strings.HasPrefix(string(text), "module github.com/siksik-data/siksik/tools\n"):
			return tools, nil
		case err != nil && !errors.Is(err, os.ErrNotExist):
			return "", fmt.Errorf("finding the tools module: %w", err)
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no tools/go.mod in %s or above; the S3 server's version is pinned there, so tests need the whole repository", start)
		}
	}
}
