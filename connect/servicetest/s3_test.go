package servicetest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
)

func put(t *testing.T, s S3Server, key string, body []byte) error {
	t.Helper()
	_, err := s.Client(t).PutObject(t.Context(), s.Bucket, key, bytes.NewReader(body), int64(len(body)),
		minio.PutObjectOptions{DisableMultipart: true})
	return err
}

func get(t *testing.T, s S3Server, key string) ([]byte, error) {
	t.Helper()
	obj, err := s.Client(t).GetObject(t.Context(), s.Bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return nil, err
	}
	defer obj.Close()
	return io.ReadAll(obj)
}

func TestS3StoresListsAndServesRanges(t *testing.T) {
	s := S3(t)
	want := bytes.Repeat([]byte("0123456789"), 100_000)
	for _, key := range []string{"logs/2026/01/a.ndjson", "logs/2026/02/b.ndjson", "other"} {
		if err := put(t, s, key, want); err != nil {
			t.Fatal(err)
		}
	}
	var keys []string
	for o := range s.Client(t).ListObjects(t.Context(), s.Bucket, minio.ListObjectsOptions{Prefix: "logs/", Recursive: true}) {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
		keys = append(keys, o.Key)
	}
	if strings.Join(keys, " ") != "logs/2026/01/a.ndjson logs/2026/02/b.ndjson" {
		t.Fatalf("listed %q", keys)
	}
	opts := minio.GetObjectOptions{}
	if err := opts.SetRange(5, 14); err != nil {
		t.Fatal(err)
	}
	obj, err := s.Client(t).GetObject(t.Context(), s.Bucket, "other", opts)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(obj); err != nil || string(got) != "5678901234" {
		t.Fatalf("range gave %q, %v", got, err)
	}
}

func TestS3TakesMultipartUploads(t *testing.T) {
	s := S3(t)
	want := bytes.Repeat([]byte("siksik"), 2<<20)
	_, err := s.Client(t).PutObject(t.Context(), s.Bucket, "big", bytes.NewReader(want), int64(len(want)),
		minio.PutObjectOptions{PartSize: 5 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := get(t, s, "big"); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("read %d of %d bytes: %v", len(got), len(want), err)
	}
}

func TestS3RefusesWrongCredentials(t *testing.T) {
	s := S3(t)
	s.SecretKey = "wrong"
	err := put(t, s, "x", []byte("x"))
	if code := minio.ToErrorResponse(err).Code; code != "SignatureDoesNotMatch" {
		t.Fatalf("a wrong secret gave %q: %v", code, err)
	}
}

func TestS3RemovesTheBucketAfterTheTest(t *testing.T) {
	keep := S3(t)
	var gone S3Server
	t.Run("user", func(t *testing.T) {
		gone = S3(t)
		if err := put(t, gone, "x", []byte("x")); err != nil {
			t.Fatal(err)
		}
	})
	for _, s := range []struct {
		bucket string
		want   bool
	}{{keep.Bucket, true}, {gone.Bucket, false}} {
		ok, err := keep.Client(t).BucketExists(t.Context(), s.bucket)
		if err != nil || ok != s.want {
			t.Errorf("bucket %s exists: %t (%v), want %t", s.bucket, ok, err, s.want)
		}
	}
}

func TestFaultyS3PassesThroughWhatItIsNotToldToBreak(t *testing.T) {
	f := FaultyS3(t, S3(t))
	want := bytes.Repeat([]byte("x"), 1<<20)
	if err := put(t, f.S3Server, "x", want); err != nil {
		t.Fatal(err)
	}
	if got, err := get(t, f.S3Server, "x"); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("read %d bytes: %v", len(got), err)
	}
	if len(f.Requests()) < 2 || f.Requests()[0].Method != http.MethodPut {
		t.Fatalf("recorded %+v", f.Requests())
	}
}

func TestFaultyS3AnswersSlowDownSoManyTimes(t *testing.T) {
	f := FaultyS3(t, S3(t))
	f.Fail(2, http.StatusServiceUnavailable)
	for i := range 3 {
		err := put(t, f.S3Server, "x", []byte("x"))
		if i == 2 {
			if err != nil {
				t.Fatalf("after the faults: %v", err)
			}
			break
		}
		if resp := minio.ToErrorResponse(err); resp.StatusCode != 503 || resp.Code != "SlowDown" {
			t.Fatalf("try %d gave %v", i, err)
		}
	}
	var faults []string
	for _, r := range f.Requests() {
		faults = append(faults, r.Fault)
	}
	if strings.Join(faults, ",") != "status,status," {
		t.Fatalf("faults met: %q", faults)
	}
}

func TestFaultyS3CutsDownloadsAfterSoManyBytes(t *testing.T) {
	f := FaultyS3(t, S3(t))
	want := bytes.Repeat([]byte("x"), 1<<20)
	if err := put(t, f.S3Server, "x", want); err != nil {
		t.Fatal(err)
	}
	f.CutDownloads(1, 1000)
	url, err := f.Client(t).PresignedGetObject(t.Context(), f.Bucket, "x", time.Minute, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(url.String())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if len(got) != 1000 || !errors.Is(err, io.ErrUnexpectedEOF) || resp.ContentLength != 1<<20 {
		t.Fatalf("read %d of %d bytes: %v", len(got), resp.ContentLength, err)
	}
}

func TestFaultyS3CutsUploadsAndTheBackendKeepsNothing(t *testing.T) {
	f := FaultyS3(t, S3(t))
	f.CutUploads(1, 1000)
	if err := put(t, f.S3Server, "x", bytes.Repeat([]byte("x"), 1<<20)); err == nil {
		t.Fatal("a cut upload succeeded")
	}
	_, err := f.Client(t).StatObject(t.Context(), f.Bucket, "x", minio.StatObjectOptions{})
	if minio.ToErrorResponse(err).Code != "NoSuchKey" {
		t.Fatalf("after a cut upload: %v", err)
	}
}

func TestFaultyS3HoldsARequestUntilTheClientGivesUp(t *testing.T) {
	f := FaultyS3(t, S3(t))
	f.Delay(1, time.Hour)
	client := http.Client{Timeout: 50 * time.Millisecond}
	if r, err := client.Get(f.Endpoint + "/" + f.Bucket); err == nil {
		r.Body.Close()
		t.Fatal("a request held for an hour was answered")
	}
	f.Delay(1, time.Hour)
	f.Heal()
	if err := put(t, f.S3Server, "x", []byte("x")); err != nil {
		t.Fatalf("after healing: %v", err)
	}
}
