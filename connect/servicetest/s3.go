package servicetest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// s3Region is the region that the S3 servers here claim to be in.
const s3Region = "us-east-1"

// s3StartWait bounds the start of an S3 server.
const s3StartWait = 30 * time.Second

// S3Server tells how to reach an S3 server, and names the bucket made for the test.
type S3Server struct {
	Endpoint  string // base URL, such as http://127.0.0.1:41234; buckets are addressed by path
	AccessKey string
	SecretKey string
	Region    string
	Bucket    string // empty, and the test's own
}

// Env returns the credentials and the endpoint as environment variables, in the form KEY=value, for commands.
func (s S3Server) Env() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + s.Endpoint,
		"AWS_ACCESS_KEY_ID=" + s.AccessKey,
		"AWS_SECRET_ACCESS_KEY=" + s.SecretKey,
		"AWS_REGION=" + s.Region,
	}
}

// Client returns a plain S3 client, for putting test data in place and looking at results. It retries nothing.
func (s S3Server) Client(t testing.TB) *minio.Client {
	t.Helper()
	client, err := s.client()
	if err != nil {
		t.Fatalf("servicetest: %v", err)
	}
	return client
}

func (s S3Server) client() (*minio.Client, error) {
	u, err := url.Parse(s.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("parsing the S3 endpoint: %w", err)
	}
	client, err := minio.New(u.Host, &minio.Options{
		Creds:        credentials.NewStaticV4(s.AccessKey, s.SecretKey, ""),
		Secure:       u.Scheme == "https",
		Region:       s.Region,
		BucketLookup: minio.BucketLookupPath,
		MaxRetries:   1,
	})
	if err != nil {
		return nil, fmt.Errorf("making an S3 client: %w", err)
	}
	return client, nil
}

// buckets numbers the buckets of this process.
var buckets atomic.Int64

// S3 returns the S3 server shared by this test process, with a new, empty bucket that is removed when t ends.
func S3(t testing.TB) S3Server {
	t.Helper()
	gw := use(t, "the S3 server", startGateway)
	s := gw.server
	s.Bucket = fmt.Sprintf("t%d-%s", buckets.Add(1), strings.Trim(strings.ReplaceAll(identifier(t.Name()), "_", "-"), "-"))
	ctx, cancel := context.WithTimeout(context.Background(), queryWait)
	defer cancel()
	if err := s.Client(t).MakeBucket(ctx, s.Bucket, minio.MakeBucketOptions{Region: s.Region}); err != nil {
		t.Fatalf("servicetest: making bucket %s: %v", s.Bucket, err)
	}
	t.Cleanup(func() {
		// The server keeps each bucket as a directory and its metadata as another, and nothing about them in memory.
		for _, dir := range []string{gw.data(), gw.metadata()} {
			if err := os.RemoveAll(filepath.Join(dir, s.Bucket)); err != nil {
				t.Errorf("servicetest: removing bucket %s: %v", s.Bucket, err)
			}
		}
	})
	return s
}

// gateway is an S3 server over a temporary directory.
type gateway struct {
	dir    string
	server S3Server
	log    *logFile
	proc   *process
}

func (g *gateway) data() string { return filepath.Join(g.dir, "data") }

// metadata is where the server keeps etags and content types; in files, because not every file system has
// extended attributes.
func (g *gateway) metadata() string { return filepath.Join(g.dir, "metadata") }

func (g *gateway) logFile() *logFile { return g.log }

// startGateway starts an S3 server without buckets.
func startGateway() (*gateway, error) {
	program, err := gatewayProgram()
	if err != nil {
		return nil, err
	}
	dir, err := serviceDir("s3")
	if err != nil {
		return nil, err
	}
	g := &gateway{
		dir:    dir,
		log:    &logFile{path: filepath.Join(dir, "log")},
		server: S3Server{AccessKey: rand.Text(), SecretKey: rand.Text(), Region: s3Region},
	}
	for _, d := range []string{g.data(), g.metadata()} {
		if err := os.Mkdir(d, 0o755); err != nil {
			return nil, fmt.Errorf("making a directory for the S3 server: %w", err)
		}
	}
	_, err = onFreePort(func(port int) (*gateway, error) { return g, g.run(program, port) })
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return g, nil
}

// run starts the server's process and waits until it answers.
func (g *gateway) run(program string, port int) error {
	address := fmt.Sprintf("127.0.0.1:%d", port)
	g.server.Endpoint = "http://" + address
	client, err := g.server.client()
	if err != nil {
		return err
	}
	cmd := exec.Command(program, "--port", address, "--region", s3Region, "--keep-alive",
		"posix", "--sidecar", g.metadata(), g.data())
	cmd.Dir = g.dir
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY_ID="+g.server.AccessKey, "ROOT_SECRET_ACCESS_KEY="+g.server.SecretKey)
	proc, err := startProcess("the S3 server", cmd, g.log, syscall.SIGKILL)
	if err != nil {
		return err
	}
	err = proc.awaitReady(s3StartWait, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), queryWait)
		defer cancel()
		_, err := client.ListBuckets(ctx)
		return err
	})
	if err != nil {
		proc.kill()
		return err
	}
	g.proc = proc
	return nil
}

// stop ends the server and removes its files.
func (g *gateway) stop() error {
	g.proc.kill() // it keeps nothing that an orderly end would save
	if err := os.RemoveAll(g.dir); err != nil {
		return fmt.Errorf("removing the files of the S3 server: %w", err)
	}
	return nil
}
