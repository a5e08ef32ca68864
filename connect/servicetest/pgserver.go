package servicetest

import (
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// pgUser is the superuser of the servers started here.
const pgUser = "siksik"

// pgStartWait bounds a server's start; recovery after Kill is part of it.
const pgStartWait = 60 * time.Second

// pgSettings make a server small and quick. The data survives the server's death but not the machine's.
var pgSettings = []string{
	"listen_addresses=127.0.0.1",
	"unix_socket_directories=",
	"fsync=off",
	"full_page_writes=off",
	"shared_buffers=32MB",
	"max_connections=100",
	"autovacuum=off",
	"logging_collector=off",
	"timezone=UTC",
}

// postgres is a PostgreSQL server and its files.
type postgres struct {
	bin      string // directory of the programs
	dir      string // holds data/ and log
	port     int
	password string
	as       *account
	log      *logFile
	proc     *process
}

// startPostgres makes a new server with no databases but its own.
func startPostgres() (*postgres, error) {
	bin, err := pgBinaries()
	if err != nil {
		return nil, err
	}
	return startPostgresFrom(bin)
}

// startPostgresFrom makes a new server from the programs in bin.
func startPostgresFrom(bin string) (*postgres, error) {
	as, err := unprivileged()
	if err != nil {
		return nil, err
	}
	dir, err := serviceDir("postgres")
	if err != nil {
		return nil, err
	}
	p := &postgres{bin: bin, dir: dir, password: rand.Text(), as: as, log: &logFile{path: filepath.Join(dir, "log")}}
	if err := p.initialise(); err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	_, err = onFreePort(func(port int) (*postgres, error) {
		p.port = port
		return p, p.run()
	})
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return p, nil
}

// initialise makes the data directory.
func (p *postgres) initialise() error {
	if err := p.as.own(p.dir); err != nil {
		return fmt.Errorf("giving %s to %s: %w", p.dir, p.as.name, err)
	}
	passwords := filepath.Join(p.dir, "password")
	if err := os.WriteFile(passwords, []byte(p.password), 0o600); err != nil {
		return fmt.Errorf("writing the password: %w", err)
	}
	if err := p.as.own(passwords); err != nil {
		return fmt.Errorf("giving %s to %s: %w", passwords, p.as.name, err)
	}
	cmd := p.command("initdb", "-D", p.data(), "-U", pgUser, "--pwfile", passwords, "-A", "scram-sha-256",
		"--encoding=UTF8", "--locale=C", "--no-sync")
	proc, err := startProcess("initdb", cmd, p.log, sigFast)
	if err != nil {
		return err
	}
	<-proc.done
	if !cmd.ProcessState.Success() {
		return fmt.Errorf("initialising a database cluster in %s: %s\n%s", p.data(), cmd.ProcessState, p.log.since(0))
	}
	return nil
}

// run starts the server's process on its port and waits until it accepts connections.
func (p *postgres) run() error {
	args := []string{"-D", p.data(), "-p", strconv.Itoa(p.port)}
	for _, s := range pgSettings {
		args = append(args, "-c", s)
	}
	proc, err := startProcess("PostgreSQL", p.command("postgres", args...), p.log, sigImmediate)
	if err != nil {
		return err
	}
	if err := proc.awaitReady(pgStartWait, func() error { return p.exec("SELECT 1") }); err != nil {
		proc.kill()
		return err
	}
	p.proc = proc
	return nil
}

// command returns a command that runs one of the server's programs as the unprivileged account.
func (p *postgres) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(pgProgram(p.bin, program), args...)
	cmd.Dir = p.dir
	// Settings for clients, such as PGDATA or a user's language, must not reach the server.
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "PG") && !strings.HasPrefix(kv, "LC_") && !strings.HasPrefix(kv, "LANG") {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	cmd.Env = append(cmd.Env, "LC_ALL=C", "HOME="+p.dir)
	p.as.apply(cmd)
	return cmd
}

func (p *postgres) data() string { return filepath.Join(p.dir, "data") }

func (p *postgres) logFile() *logFile { return p.log }

// kill ends the server and its sessions at once. The sessions are separate processes which would notice the end of
// their parent only at their next wait, so they are killed too.
func (p *postgres) kill() {
	sessions := children(p.proc.cmd.Process.Pid)
	p.proc.kill()
	for _, pid := range sessions {
		killPid(pid)
	}
}

// stop ends the server and removes its files.
func (p *postgres) stop() error {
	err := p.proc.stop(sigFast)
	if rmErr := os.RemoveAll(p.dir); err == nil && rmErr != nil {
		err = fmt.Errorf("removing the files of PostgreSQL: %w", rmErr)
	}
	return err
}
