package servicetest

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// stopWait is how long a process may take to end after it was asked to, before it is killed.
const stopWait = 10 * time.Second

// logTailBytes bounds how much of a log a failure message repeats.
const logTailBytes = 8 << 10

// logFile is the file that a service writes its output to.
type logFile struct{ path string }

func (l *logFile) size() int64 {
	st, err := os.Stat(l.path)
	if err != nil {
		return 0
	}
	return st.Size()
}

// since returns what was logged after offset from, at most the last logTailBytes of it.
func (l *logFile) since(from int64) string {
	f, err := os.Open(l.path)
	if err != nil {
		return ""
	}
	defer f.Close()
	from = max(from, l.size()-logTailBytes)
	text, err := io.ReadAll(io.NewSectionReader(f, from, logTailBytes))
	if err != nil {
		return ""
	}
	return string(text)
}

// process is a running child that dies with this process where the platform can arrange that.
type process struct {
	name string
	cmd  *exec.Cmd
	log  *logFile
	done chan struct{} // closed when the child has been waited for
}

// startProcess starts cmd with its output appended to log. deathSignal is what the child gets when this process
// dies without stopping it.
func startProcess(name string, cmd *exec.Cmd, log *logFile, deathSignal syscall.Signal) (*process, error) {
	out, err := os.OpenFile(log.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening the log of %s: %w", name, err)
	}
	cmd.Stdout, cmd.Stderr = out, out
	dieWithParent(cmd, deathSignal)
	p := &process{name: name, cmd: cmd, log: log, done: make(chan struct{})}
	started := make(chan error, 1)
	// Linux delivers the death signal when the thread that forked ends, so that thread must live as long as the child.
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.done)
		defer out.Close()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in cmd.ProcessState
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	return p, nil
}

// running reports whether the child has not ended yet.
func (p *process) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// stop asks the child to end with sig and kills it when it has not done so within stopWait.
func (p *process) stop(sig syscall.Signal) error {
	if !p.running() {
		return nil
	}
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stopping %s: %w", p.name, err)
	}
	timer := time.NewTimer(stopWait)
	defer timer.Stop()
	select {
	case <-p.done:
		return nil
	case <-timer.C:
		p.kill()
		return fmt.Errorf("%s did not stop within %s and was killed; its log ends with:\n%s", p.name, stopWait, p.log.since(0))
	}
}

// kill ends the child without asking and waits for its end.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // fails only when it has ended already
	<-p.done
}

// awaitReady calls ready until it returns nil. It fails when the child ends first or after limit.
func (p *process) awaitReady(limit time.Duration, ready func() error) error {
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ready()
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s ended while starting (%s):\n%s", p.name, p.cmd.ProcessState, p.log.since(0))
		case <-deadline.C:
			return fmt.Errorf("%s was not ready after %s (%w):\n%s", p.name, limit, err, p.log.since(0))
		case <-tick.C:
		}
	}
}

// freePort returns a loopback port that nobody listens on at this moment.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("finding a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// onFreePort calls start with free ports until it succeeds: between finding a port and listening on it, another
// process may take it.
func onFreePort[S any](start func(port int) (S, error)) (S, error) {
	var none S
	var errs []error
	for range 3 {
		port, err := freePort()
		if err != nil {
			return none, err
		}
		s, err := start(port)
		if err == nil {
			return s, nil
		}
		errs = append(errs, err)
	}
	return none, errors.Join(errs...)
}
