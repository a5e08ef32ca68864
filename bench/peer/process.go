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
	user, system   time.Duration // of the processor
	peakBytes      int64         // largest resident set; 0 where the platform does not tell
}

// measure runs cmd to its end. The runner itself must stay small: the kernel starts a child's peak at the size that
// its parent has when it forks.
func measure(ctx context.Context, cmd *exec.Cmd) (measured, error) {
	var out bytes.Buffer
	cmd.Stdout = &out
	m, err := measureSilent(ctx, cmd)
	m.stdout = out.Bytes()
	return m, err
}

// measureSilent is measure for commands whose standard output goes where they were told, by default nowhere.
func measureSilent(ctx context.Context, cmd *exec.Cmd) (measured, error) {
	var errs bytes.Buffer
	cmd.Stderr = &errs
	start := time.Now()
	err := cmd.Run()
	m := measured{stderr: errs.Bytes(), wall: time.Since(start)}
	if p := cmd.ProcessState; p != nil {
		m.peakBytes, m.user, m.system = peakBytes(p), p.UserTime(), p.SystemTime()
	}
	switch {
	case ctx.Err() != nil:
		return m, fmt.Errorf("stopped after %.0f s: %w", m.wall.Seconds(), context.Cause(ctx))
	case err != nil:
		return m, fmt.Errorf("%w: %s", err, complaint(m.stderr))
	}
	return m, nil
}

// sample is what the process alone tells about a run.
func (m measured) sample(version string) Sample {
	return Sample{Version: version, Wall: m.wall.Seconds(), CPU: m.user.Seconds(), PeakBytes: m.peakBytes}
}

// complaint returns what a program said about its failure: the line that says so, or its last words.
func complaint(text []byte) string {
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "error: ") {
			return strings.TrimSpace(line)
		}
	}
	return lastLine(text)
}

// lastLine returns the last non-empty line, which is where programs say what went wrong.
func lastLine(text []byte) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}
