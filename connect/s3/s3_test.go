package s3

import (
	"bytes"
	"context"
	"errors"
	"io"
	iofs "io/fs"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/siksik-data/siksik/connect/servicetest"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

func TestMain(m *testing.M) { servicetest.Main(m) }

// use points the environment at the server and returns a file system with short pauses.
func use(t testing.TB, s servicetest.S3Server) *FS {
	t.Helper()
	for _, kv := range s.Env() {
		name, value, _ := strings.Cut(kv, "=")
		t.Setenv(name, value)
	}
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
	return &FS{Retry: Retry{Tries: 6, Pause: time.Millisecond}}
}

// noise returns n bytes that differ everywhere.
func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(b)
	return b
}

func put(t testing.TB, s servicetest.S3Server, key string, body []byte) {
	t.Helper()
	_, err := s.Client(t).PutObject(context.Background(), s.Bucket, key, bytes.NewReader(body), int64(len(body)), minio.PutObjectOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

func get(t testing.TB, fs *FS, path string) []byte {
	t.Helper()
	f, err := fs.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := f.Stream(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func wantFault(t *testing.T, err error, code fault.Code, parts ...string) {
	t.Helper()
	if fault.CodeOf(err) != code {
		t.Fatalf("got %v (code %q), want code %q", err, fault.CodeOf(err), code)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Fatalf("%q does not say %q", err, p)
		}
	}
}

func write(fs *FS, path string, body []byte) error {
	ctx := context.Background()
	u, err := fs.Create(ctx, path)
	if err != nil {
		return err
	}
	for len(body) > 0 {
		n := min(len(body), 1_000_003)
		if _, err := u.Write(body[:n]); err != nil {
			_ = u.Abort(ctx)
			return err
		}
		body = body[n:]
	}
	return u.Commit(ctx)
}

func TestObjectsOfAllSizesComeBackWhole(t *testing.T) {
	s := servicetest.S3(t)
	fs := use(t, s)
	all := noise(5*partBytes + 77)
	for _, n := range []int{0, 1, 1000, partBytes - 1, partBytes, partBytes + 1, 3 * partBytes, len(all)} {
		path := "s3://" + s.Bucket + "/dir/object.bin"
		if err := write(fs, path, all[:n]); err != nil {
			t.Fatal(err)
		}
		if got := get(t, fs, path); !bytes.Equal(got, all[:n]) {
			t.Fatalf("%d bytes came back as %d", n, len(got))
		}
		f, err := fs.Open(t.Context(), path)
		if err != nil || f.Info().Size != int64(n) || f.Info().ETag == "" {
			t.Fatalf("info %+v, %v", f, err)
		}
		p := make([]byte, n/2)
		if err := f.ReadRange(t.Context(), p, int64(n/3)); err != nil || !bytes.Equal(p, all[n/3:n/3+n/2]) {
			t.Fatalf("range of %d bytes: %v", n, err)
		}
		p = make([]byte, 10)
		if err := f.ReadRange(t.Context(), p, int64(n)-5); n > 5 && (err != io.ErrUnexpectedEOF || !bytes.Equal(p[:5], all[n-5:n])) {
			t.Fatalf("beyond the end: %v", err)
		}
	}
}

func TestNothingIsVisibleBeforeCommitOrAfterAbort(t *testing.T) {
	s := servicetest.S3(t)
	fs := use(t, s)
	for _, n := range []int{100, 2*partBytes + 1} {
		u, err := fs.Create(t.Context(), "s3://"+s.Bucket+"/x")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := u.Write(noise(n)); err != nil {
			t.Fatal(err)
		}
		if _, err := fs.Open(t.Context(), "s3://"+s.Bucket+"/x"); !errors.Is(err, iofs.ErrNotExist) {
			t.Fatalf("before Commit: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 2 {
			if err := u.Abort(ctx); err != nil {
				t.Fatal(err)
			}
		}
		for o := range s.Client(t).ListIncompleteUploads(t.Context(), s.Bucket, "", true) {
			t.Fatalf("parts of %q are left, %v", o.Key, o.Err)
		}
		if _, err := fs.Open(t.Context(), "s3://"+s.Bucket+"/x"); !errors.Is(err, iofs.ErrNotExist) {
			t.Fatalf("after Abort: %v", err)
		}
	}
}

func TestReadsResumeAfterCutBodiesAndSlowDowns(t *testing.T) {
	s := servicetest.S3(t)
	body := noise(11 << 20)
	put(t, s, "x", body)
	for _, large := range []bool{false, true} {
		f := servicetest.FaultyS3(t, s)
		fs := use(t, f.S3Server)
		file, err := fs.Open(t.Context(), "s3://"+s.Bucket+"/x")
		if err != nil {
			t.Fatal(err)
		}
		f.Fail(2, http.StatusServiceUnavailable)
		f.CutDownloads(7, 300_000)
		if large {
			r, err := file.Stream(t.Context(), 5)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if err != nil || !bytes.Equal(got, body[5:]) {
				t.Fatalf("stream: %d bytes of %d, %v", len(got), len(body)-5, err)
			}
			r.Close()
		} else {
			p := make([]byte, 3<<20)
			if err := file.ReadRange(t.Context(), p, 1<<20); err != nil || !bytes.Equal(p, body[1<<20:4<<20]) {
				t.Fatal(err)
			}
			ranges := map[string]bool{}
			for _, r := range f.Requests() {
				if r.Range != "" {
					ranges[r.Range] = true
				}
			}
			if len(ranges) < 7 {
				t.Fatalf("cut bodies were read again from the start: %v", ranges)
			}
		}
		cut := 0
		for _, r := range f.Requests() {
			if r.Fault == "cut download" {
				cut++
			}
		}
		if cut != 7 {
			t.Fatalf("%d of 7 faults were met", cut)
		}
	}
}

func TestUploadsAreRepeatedAfterFaults(t *testing.T) {
	s := servicetest.S3(t)
	f := servicetest.FaultyS3(t, s)
	fs := use(t, f.S3Server)
	body := noise(2*partBytes + 100)
	for _, n := range []int{50_000, len(body)} {
		f.CutUploads(2, 1000)
		f.Fail(1, http.StatusInternalServerError)
		if err := write(fs, "s3://"+s.Bucket+"/x", body[:n]); err != nil {
			t.Fatal(err)
		}
		if got := get(t, fs, "s3://"+s.Bucket+"/x"); !bytes.Equal(got, body[:n]) {
			t.Fatalf("%d bytes came back as %d", n, len(got))
		}
	}
}

func TestAnOverloadedStoreIsAClearErrorAndLeavesNothing(t *testing.T) {
	s := servicetest.S3(t)
	put(t, s, "x", []byte("old"))
	f := servicetest.FaultyS3(t, s)
	fs := use(t, f.S3Server)
	file, err := fs.Open(t.Context(), "s3://"+s.Bucket+"/x")
	if err != nil {
		t.Fatal(err)
	}
	u, err := fs.Create(t.Context(), "s3://"+s.Bucket+"/x")
	if err != nil {
		t.Fatal(err)
	}
	f.Fail(1_000_000, http.StatusServiceUnavailable)
	wantFault(t, file.ReadRange(t.Context(), make([]byte, 3), 0), fault.IO, "503", "6 tries", s.Bucket+"/x")
	_, err = fs.Open(t.Context(), "s3://"+s.Bucket+"/x")
	wantFault(t, err, fault.IO, "503")
	_, err = fs.Glob(t.Context(), "s3://"+s.Bucket+"/*")
	wantFault(t, err, fault.IO, "503")
	_, _ = u.Write([]byte("new"))
	wantFault(t, u.Commit(t.Context()), fault.IO, "503")
	f.Heal()
	if got := get(t, fs, "s3://"+s.Bucket+"/x"); string(got) != "old" {
		t.Fatalf("got %q", got)
	}
}

func TestAReplacedObjectIsAnErrorAndNotAMixture(t *testing.T) {
	s := servicetest.S3(t)
	fs := use(t, s)
	put(t, s, "x", noise(10<<20))
	f, err := fs.Open(t.Context(), "s3://"+s.Bucket+"/x")
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, "x", make([]byte, 10<<20))
	wantFault(t, f.ReadRange(t.Context(), make([]byte, 10), 5), fault.Data, "replaced")
	r, err := f.Stream(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_, err = io.ReadAll(r)
	wantFault(t, err, fault.Data, "replaced")
}

func TestMissingThingsAreNamedWithTheNearestName(t *testing.T) {
	s := servicetest.S3(t)
	fs := use(t, s)
	put(t, s, "logs/2026/users.parquet", []byte("x"))
	for _, open := range []func(string) error{
		func(p string) error { _, err := fs.Open(t.Context(), p); return err },
		func(p string) error { _, err := fs.Glob(t.Context(), p); return err },
	} {
		err := open("s3://" + s.Bucket + "/logs/2026/user.parquet")
		wantFault(t, err, fault.NotFound, `"logs/2026/user.parquet"`, s.Bucket, "logs/2026/users.parquet")
		if !errors.Is(err, iofs.ErrNotExist) {
			t.Fatal("a missing object must be fs.ErrNotExist")
		}
		wantFault(t, open("s3://"+s.Bucket+"x/a"), fault.NotFound, "no bucket", s.Bucket)
	}
	_, err := fs.Create(t.Context(), "s3://"+s.Bucket+"x/a")
	wantFault(t, err, fault.NotFound, "no bucket")
	_, err = fs.Open(t.Context(), "s3://"+s.Bucket+"/a?region=x&endpont=y")
	wantFault(t, err, fault.Name, `did you mean "endpoint"`)
}

func TestWrongCredentialsSayWhatToSet(t *testing.T) {
	s := servicetest.S3(t)
	put(t, s, "x", []byte("x"))
	path := "s3://" + s.Bucket + "/x"
	try := func(fs *FS) []error {
		_, open := fs.Open(t.Context(), path)
		_, glob := fs.Glob(t.Context(), "s3://"+s.Bucket+"/*")
		_, create := fs.Create(t.Context(), path)
		return []error{open, glob, create}
	}
	bad := s
	bad.SecretKey = "not-the-secret"
	for _, err := range try(use(t, bad)) {
		wantFault(t, err, fault.Permission, "AWS_SECRET_ACCESS_KEY")
		if strings.Contains(err.Error(), bad.SecretKey) {
			t.Fatalf("the secret is in %q", err)
		}
	}
	bad.AccessKey = "unknown-key"
	for _, err := range try(use(t, bad)) {
		wantFault(t, err, fault.Permission, "AWS_ACCESS_KEY_ID")
	}
	bad.AccessKey, bad.SecretKey = "", ""
	for _, err := range try(use(t, bad))[:2] {
		wantFault(t, err, fault.Permission, "no credentials were found", "AWS_ACCESS_KEY_ID")
	}
}

func TestGlobListsWhatMatches(t *testing.T) {
	s := servicetest.S3(t)
	fs := use(t, s)
	for _, k := range []string{"logs/2026/01/a.ndjson", "logs/2026/01/b.ndjson", "logs/2026/02/a.csv", "logs/2025/12/a.ndjson", "logs/top.ndjson",
		"logs/_delta/x.ndjson", "logs/.hidden.ndjson", "logs/[odd]*.txt", "other/a.ndjson"} {
		put(t, s, k, []byte(k))
	}
	for pattern, want := range map[string]string{
		"logs/2026/*/*.ndjson":           "logs/2026/01/a.ndjson logs/2026/01/b.ndjson",
		"logs/*.ndjson":                  "logs/top.ndjson",
		"logs/.*.ndjson":                 "logs/.hidden.ndjson",
		"logs/**/*.ndjson":               "logs/2025/12/a.ndjson logs/2026/01/a.ndjson logs/2026/01/b.ndjson logs/top.ndjson",
		"logs/202[!6]/**":                "logs/2025/12/a.ndjson",
		"{other,logs/2026/02}/a.*":       "logs/2026/02/a.csv other/a.ndjson",
		"logs/2026/0?/a.{csv,ndjson}":    "logs/2026/01/a.ndjson logs/2026/02/a.csv",
		"logs/2026":                      "logs/2026/01/a.ndjson logs/2026/01/b.ndjson logs/2026/02/a.csv",
		"logs/2026/":                     "logs/2026/01/a.ndjson logs/2026/01/b.ndjson logs/2026/02/a.csv",
		"logs/top.ndjson":                "logs/top.ndjson",
		"logs/[odd]*.txt":                "logs/[odd]*.txt",
		"nothing/*.csv":                  "",
		"*":                              "",
		"logs/*/a.csv":                   "",
		"**/2026/**/a*?region=us-east-1": "logs/2026/01/a.ndjson?region=us-east-1 logs/2026/02/a.csv?region=us-east-1",
	} {
		found, err := fs.Glob(t.Context(), "s3://"+s.Bucket+"/"+pattern)
		if err != nil {
			t.Fatalf("%s: %v", pattern, err)
		}
		var got []string
		for _, f := range found {
			got = append(got, strings.TrimPrefix(f.Path, "s3://"+s.Bucket+"/"))
			if f.ETag == "" || f.Size == 0 {
				t.Errorf("%s: %+v lacks size or ETag", pattern, f)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, want %q", pattern, got, want)
		}
	}
	if _, err := fs.Glob(t.Context(), "s3://"+s.Bucket+"/logs/[a"); fault.CodeOf(err) != fault.Syntax {
		t.Errorf("unfinished class: %v", err)
	}
}

func TestEndpointInThePathWinsOverTheEnvironment(t *testing.T) {
	s := servicetest.S3(t)
	put(t, s, "x", []byte("content"))
	fs := use(t, s)
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
	_, err := fs.Open(t.Context(), "s3://"+s.Bucket+"/x")
	wantFault(t, err, fault.IO, "nothing listens", "AWS_ENDPOINT_URL")
	if got := get(t, fs, "s3://"+s.Bucket+"/x?endpoint="+s.Endpoint); string(got) != "content" {
		t.Fatalf("got %q", got)
	}
	_, err = fs.Open(t.Context(), "s3://"+s.Bucket+"/x?endpoint=http://user:hush@host")
	wantFault(t, err, fault.Usage, "endpoint")
	if strings.Contains(err.Error(), "hush") {
		t.Fatalf("the password is in %q", err)
	}
}

func TestCancelEndsAHungRequestAndAStream(t *testing.T) {
	s := servicetest.S3(t)
	put(t, s, "x", noise(1<<20))
	f := servicetest.FaultyS3(t, s)
	fs := use(t, f.S3Server)
	file, err := fs.Open(t.Context(), "s3://"+s.Bucket+"/x")
	if err != nil {
		t.Fatal(err)
	}
	f.Delay(100, time.Hour)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if err := file.ReadRange(ctx, make([]byte, 10), 0); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	ctx2, cancel2 := context.WithCancel(t.Context())
	r2, err := file.Stream(ctx2, 0)
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(20*time.Millisecond, cancel2)
	if _, err := io.ReadAll(r2); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	r2.Close()
}

func TestRegisteredUnderItsScheme(t *testing.T) {
	if fs, err := spi.Default.FS("s3://bucket/key"); err != nil || fs.Scheme() != "s3" {
		t.Fatalf("%v, %v", fs, err)
	}
}

func BenchmarkStream(b *testing.B) {
	s := servicetest.S3(b)
	fs := use(b, s)
	put(b, s, "x", noise(64<<20))
	b.SetBytes(64 << 20)
	for b.Loop() {
		f, err := fs.Open(b.Context(), "s3://"+s.Bucket+"/x")
		if err != nil {
			b.Fatal(err)
		}
		r, _ := f.Stream(b.Context(), 0)
		if n, err := io.Copy(io.Discard, r); err != nil || n != 64<<20 {
			b.Fatal(n, err)
		}
		r.Close()
	}
}

func BenchmarkUpload(b *testing.B) {
	s := servicetest.S3(b)
	fs := use(b, s)
	body := noise(64 << 20)
	b.SetBytes(64 << 20)
	for b.Loop() {
		if err := write(fs, "s3://"+s.Bucket+"/x", body); err != nil {
			b.Fatal(err)
		}
	}
}
