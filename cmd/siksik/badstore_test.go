package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/siksik-data/siksik/connect/servicetest"
)

// seedBucket loads rows into an object of the test's bucket, by way of the program, and returns its URL.
func seedBucket(t *testing.T, s servicetest.S3Server, name string, rows int) string {
	t.Helper()
	dir := t.TempDir()
	put(t, dir, "a.ndjson", []byte(lines(rows)))
	url := "s3://" + s.Bucket + "/" + name
	fine(t, invoke(t, dir, s.Env(), "convert", "a.ndjson", url))
	return url
}

func TestObjectsThatCannotBeReachedAreNamed(t *testing.T) {
	s3 := servicetest.S3(t)
	url := seedBucket(t, s3, "there/a.ndjson", 100)
	dir := t.TempDir()
	missing := "s3://" + s3.Bucket + "/there/b.ndjson"
	refused(t, invoke(t, dir, s3.Env(), "convert", missing, "out.csv"), `no object "there/b\.ndjson" in bucket "`+s3.Bucket, `did you mean ".*there/a\.ndjson"`)
	refused(t, invoke(t, dir, s3.Env(), "convert", "s3://"+s3.Bucket+"/nowhere/*.ndjson", "out.csv"), `no (object|file) matches`, `nowhere/\*\.ndjson`)
	refused(t, invoke(t, dir, s3.Env(), "convert", "s3://no-such-bucket/b.ndjson", "out.csv"), `no-such-bucket`)
	refused(t, invoke(t, dir, nil, "convert", "missing.ndjson", "out.csv"), `no file missing\.ndjson`)
	refused(t, invoke(t, dir, nil, "convert", "missing/*.ndjson", "out.csv"), `no file matches "missing/\*\.ndjson"`)

	wrong := s3
	wrong.SecretKey = "wrong"
	refused(t, invoke(t, dir, wrong.Env(), "convert", url, "out.csv"), `there/a\.ndjson`, `(?i)credential|access key|signature`)
	refused(t, invoke(t, dir, wrong.Env(), "sql", "-c", "COPY (SELECT 1 AS x) TO 's3://"+s3.Bucket+"/new.csv'"), `(?i)credential|access key|signature`)
	wrong = s3
	wrong.AccessKey = "nobody"
	r := invoke(t, dir, wrong.Env(), "convert", url, "out.csv")
	refused(t, r, `(?i)credential|access key`)
	if strings.Contains(r.stderr, s3.SecretKey) {
		t.Error("the secret is shown")
	}
	if got := names(t, dir); got != "" {
		t.Errorf("there are %s", got)
	}
}

func TestFaultsOfAStoreThatPassDoNotChangeTheResult(t *testing.T) {
	s3 := servicetest.S3(t)
	url := seedBucket(t, s3, "a.ndjson", 50_000)
	dir := t.TempDir()
	query := []string{"sql", "--format", "csv", "-c", "SELECT count(*) AS n, sum(id) AS s, count(DISTINCT word) AS w FROM '" + url + "'"}
	want := fine(t, invoke(t, dir, s3.Env(), query...))
	if want != "n,s,w\n50000,1249975000,50000\n" {
		t.Fatal(want)
	}
	for _, c := range []struct {
		name  string
		fault func(f *servicetest.Faulty)
	}{
		{"503 at first", func(f *servicetest.Faulty) { f.Fail(2, 503) }},
		{"a body cut early", func(f *servicetest.Faulty) { f.CutDownloads(2, 10) }},
		{"bodies cut midway", func(f *servicetest.Faulty) { f.CutDownloads(3, 100_000) }},
		{"both", func(f *servicetest.Faulty) { f.CutDownloads(1, 300_000); f.Fail(1, 503); f.CutDownloads(1, 1) }},
	} {
		f := servicetest.FaultyS3(t, s3)
		c.fault(f)
		if got := fine(t, invoke(t, dir, f.Env(), query...)); got != want {
			t.Errorf("%s: %s", c.name, got)
		}
		met := 0
		for _, r := range f.Requests() {
			if r.Fault != "" {
				met++
			}
		}
		if met == 0 {
			t.Errorf("%s: no request met the fault", c.name)
		}
		// Loads into the store survive the same.
		f.Heal()
		f.Fail(1, 503)
		f.CutUploads(1, 1000)
		fine(t, invoke(t, dir, f.Env(), "convert", url, "s3://"+s3.Bucket+"/copy.ndjson"))
		if got := fine(t, invoke(t, dir, s3.Env(), "sql", "--format", "csv", "-c", strings.ReplaceAll(query[4], url, "s3://"+s3.Bucket+"/copy.ndjson"))); got != want {
			t.Errorf("%s: the copy has %s", c.name, got)
		}
	}
}

func TestAStoreThatStaysBrokenIsAnErrorAndNothingIsWritten(t *testing.T) {
	s3 := servicetest.S3(t)
	url := seedBucket(t, s3, "a.ndjson", 50_000)
	dir := t.TempDir()
	f := servicetest.FaultyS3(t, s3)
	f.Fail(1_000_000, 503)
	refused(t, invoke(t, dir, f.Env(), "convert", url, "out.csv"), `a\.ndjson`, `503|SlowDown|injected fault`)
	f.Heal()
	f.CutDownloads(1_000_000, 1000)
	refused(t, invoke(t, dir, f.Env(), "convert", url, "out.csv"), `a\.ndjson`)
	if got := names(t, dir); got != "" {
		t.Errorf("there are %s", got)
	}
	f.Heal()
	f.CutUploads(1_000_000, 1000)
	target := "s3://" + s3.Bucket + "/copy.ndjson"
	put(t, dir, "in.ndjson", []byte(lines(50_000)))
	refused(t, invoke(t, dir, f.Env(), "convert", "in.ndjson", target), `copy\.ndjson`)
	refused(t, invoke(t, dir, s3.Env(), "convert", target, "out.csv"), `no (object|file)`)
}

// freePort is an address at which nothing listens.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestAPostgresThatRefusesIsNamed(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "in.ndjson", []byte(lines(10)))
	address := freePort(t)
	url := "postgres://me:geheim@" + address + "/shop?table=t"
	for _, args := range [][]string{{"convert", "in.ndjson", url}, {"convert", url, "out.csv"}, {"schema", url}} {
		r := invoke(t, dir, nil, args...)
		refused(t, r, `connecting to PostgreSQL at `+address+`/shop`, `connection refused`, `nothing listens there; check host and port`)
		if strings.Contains(r.stderr, "geheim") {
			t.Errorf("the password is shown: %s", r.stderr)
		}
	}
	dsn := servicetest.Postgres(t)
	wrong := strings.Replace(dsn, "siksik:", "nobody:", 1)
	r := invoke(t, dir, nil, "convert", "in.ndjson", wrong+"&table=t")
	refused(t, r, `check user "nobody" and its password`)
	refused(t, invoke(t, dir, nil, "convert", dsn+"&table=missing", "out.csv"), `missing`)
	if got := names(t, dir); got != "in.ndjson" {
		t.Errorf("there are %s", got)
	}
}

// dripSpec loads standard input into a table.
const dripSpec = `name: drip
sources: {in: {uri: "-", format: ndjson, columns: {id: bigint, word: varchar}}}
sinks:
  - {from: in, uri: "${env:TARGET}", mode: replace}
`

func TestAPostgresThatDiesInTheMiddleOfCopyLosesNothing(t *testing.T) {
	server := servicetest.PostgresServer(t)
	dir := t.TempDir()
	put(t, dir, "drip.yaml", []byte(dripSpec))
	put(t, dir, "old.ndjson", []byte(lines(10)))
	env := []string{"TARGET=" + server.DSN() + "&table=drip"}
	count := []string{"sql", "--format", "csv", "-c", "SELECT count(*) AS n FROM '" + server.DSN() + "&table=drip'"}
	fine(t, invoke(t, dir, nil, "convert", "old.ndjson", server.DSN()+"&table=drip"))

	c := program(t, dir, env, "run", "drip.yaml")
	var errs bytes.Buffer
	c.Stderr = &errs
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	// The pipe holds a few thousand rows only, so most of these were read, and copied, when all are accepted.
	text := lines(400_000)
	if _, err := io.WriteString(in, text); err != nil {
		t.Fatal(err)
	}
	server.Kill()
	for range 20 {
		if _, err := io.WriteString(in, text); err != nil { // it has stopped to read
			break
		}
	}
	in.Close()
	_ = c.Wait()
	refused(t, result{stderr: errs.String(), code: c.ProcessState.ExitCode()}, `PostgreSQL at `+server.Addr(), `an unfinished load has written nothing`)
	server.Restart()
	if got := fine(t, invoke(t, dir, nil, count...)); got != "n\n10\n" {
		t.Errorf("the table has %s", got)
	}
	// The same load goes through when the server lives.
	c = program(t, dir, env, "run", "drip.yaml")
	c.Stdin = strings.NewReader(text)
	fine(t, finish(t, c))
	if got := fine(t, invoke(t, dir, nil, count...)); got != "n\n400000\n" {
		t.Errorf("the table has %s", got)
	}
}

func TestInterruptedLoadsLeaveNoPartInStores(t *testing.T) {
	s3 := servicetest.S3(t)
	for _, kv := range s3.Env() {
		k, v, _ := strings.Cut(kv, "=")
		t.Setenv(k, v)
	}
	dsn := servicetest.Postgres(t)
	for _, target := range []string{"s3://" + s3.Bucket + "/out.ndjson", dsn + "&table=out"} {
		dir := t.TempDir()
		put(t, dir, "p.yaml", []byte(strings.ReplaceAll(dripSpec, "${env:TARGET}", target)))
		c := program(t, dir, nil, "run", "p.yaml")
		var errs bytes.Buffer
		c.Stderr = &errs
		in, err := c.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(in, lines(400_000)); err != nil {
			t.Fatal(err)
		}
		if err := c.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		_ = c.Wait()
		in.Close()
		if c.ProcessState.ExitCode() != exitFailed || !strings.Contains(errs.String(), "error: interrupted") {
			t.Errorf("%s: exit code %d, %s", target, c.ProcessState.ExitCode(), errs.String())
		}
		refused(t, invoke(t, dir, nil, "convert", target, "out.csv"), `out`)
		if got := names(t, dir); got != "p.yaml" {
			t.Errorf("there are %s", got)
		}
	}
	for upload := range s3.Client(t).ListIncompleteUploads(context.Background(), s3.Bucket, "", true) {
		t.Errorf("an upload is left: %s (%v)", upload.Key, upload.Err)
	}
}

func TestCtrlCEndsWaitingForStores(t *testing.T) {
	s3 := servicetest.S3(t)
	url := seedBucket(t, s3, "a.ndjson", 100)
	f := servicetest.FaultyS3(t, s3)
	dsn := servicetest.Postgres(t)
	fine(t, invoke(t, t.TempDir(), s3.Env(), "convert", url, dsn+"&table=t"))
	for _, kv := range f.Env() {
		k, v, _ := strings.Cut(kv, "=")
		t.Setenv(k, v)
	}
	for name, source := range map[string]string{
		"an object store that does not answer": `uri: ` + url,
		"a query that sleeps":                  `uri: "` + dsn + `&query=SELECT%20pg_sleep(60)%3A%3Atext%20AS%20x%20FROM%20t"`,
	} {
		t.Run(name, func(t *testing.T) {
			quickly(t, func() time.Duration {
				f.Delay(1000, time.Minute)
				defer f.Heal()
				dir, begun := t.TempDir(), time.Now()
				took, code, stderr := interrupted(t, dir, "name: slow\nsources: {in: {"+source+"}}\nsinks:\n  - {from: in, uri: out.ndjson}\n",
					func() bool { return time.Since(begun) > 700*time.Millisecond })
				if code != exitFailed || !strings.Contains(stderr, "error: interrupted") {
					t.Errorf("exit code %d: %s", code, stderr)
				}
				if got := names(t, dir); got != "p.yaml" {
					t.Errorf("there are %s", got)
				}
				return took
			})
		})
	}
}
