package peer

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// measured is what one process did.
type measured struct {
	stdout, stderr []byte
	wall           time.Duration
	peakBytes      int64 // largest resident set; 0 where the platform does not tell
}

// measure runs cmd to its end. The runner itself must stay small: the kernel starts a child's peak at the size that
// its parent has when it forks.
func measure(ctx context.Context, cmd *exec.Cmd) (measured, error) {
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	start := time.Now()
	err := cmd.Run()
	m := measured{stdout: out.Bytes(), stderr: errs.Bytes(), wall: time.Since(start)}
	if cmd.ProcessState != nil {
		m.peakBytes = peakBytes(cmd.ProcessState)
	}
	switch {
	case ctx.Err() != nil:
		return m, fmt.Errorf("stopped after %.0f s: %w", m.wall.Seconds(), context.Cause(ctx))
	case err != nil:
		return m, fmt.Errorf("%w: %s", err, lastLine(m.stderr))
	}
	return m, nil
}

// lastLine returns the last non-empty line, which is where programs say what went wrong.
func lastLine(text []byte) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}
