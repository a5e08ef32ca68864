package s3

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/minio/minio-go/v7/pkg/credentials"
)

// recorded answers requests from a function and keeps their URLs.
type recorded struct {
	urls   []string
	answer func(*http.Request) *http.Response
}

func (r *recorded) RoundTrip(req *http.Request) (*http.Response, error) {
	r.urls = append(r.urls, req.Method+" "+req.URL.String())
	return r.answer(req), nil
}

func reply(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

func recordedStore(region string, answer func(*http.Request) *http.Response) (*store, *recorded) {
	r := &recorded{answer: answer}
	return &store{client: &http.Client{Transport: r}, creds: credentials.NewStaticV4("id", "secret", ""), secure: true, region: region}, r
}

func TestAmazonIsAskedForTheRegionOfABucketOnce(t *testing.T) {
	s, r := recordedStore("", func(req *http.Request) *http.Response {
		if req.Host == "s3.us-east-1.amazonaws.com" {
			return reply(403, "", "X-Amz-Bucket-Region", "eu-central-1")
		}
		if !strings.Contains(req.Header.Get("Authorization"), "/eu-central-1/s3/") {
			t.Errorf("signed for another region: %s", req.Header.Get("Authorization"))
		}
		return reply(200, "")
	})
	for range 2 {
		if _, err := s.stat(t.Context(), "logs", "a b/ü+1.csv"); err != nil {
			t.Fatal(err)
		}
	}
	want := "HEAD https://s3.us-east-1.amazonaws.com/logs\nHEAD https://logs.s3.eu-central-1.amazonaws.com/a%20b/%C3%BC%2B1.csv\n" +
		"HEAD https://logs.s3.eu-central-1.amazonaws.com/a%20b/%C3%BC%2B1.csv"
	if got := strings.Join(r.urls, "\n"); got != want {
		t.Errorf("requests:\n%s\nwant:\n%s", got, want)
	}
}

func TestARequestFollowsABucketToItsRegion(t *testing.T) {
	s, r := recordedStore("us-west-2", func(req *http.Request) *http.Response {
		if strings.Contains(req.Host, "us-west-2") {
			return reply(301, "<Error><Code>PermanentRedirect</Code></Error>", "X-Amz-Bucket-Region", "cn-north-1")
		}
		return reply(200, "")
	})
	if _, err := s.stat(t.Context(), "with.dots", "k"); err != nil {
		t.Fatal(err)
	}
	if got, want := r.urls[1], "HEAD https://s3.cn-north-1.amazonaws.com.cn/with.dots/k"; got != want {
		t.Errorf("the second request is %s, not %s", got, want)
	}
}

func TestAnAnswerThatBeginsAsASuccessCanBeAnError(t *testing.T) {
	s, _ := recordedStore("us-east-1", func(*http.Request) *http.Response {
		return reply(200, "\n <Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>")
	})
	err := s.completeUpload(t.Context(), "b", "k", "id", []part{{1, "e"}})
	var a *answerError
	if !errors.As(err, &a) || a.Code != "InternalError" || !passing(err) {
		t.Errorf("got %v", err)
	}
}

func TestKeysOfAListingAreDecoded(t *testing.T) {
	s, _ := recordedStore("us-east-1", func(req *http.Request) *http.Response {
		if !strings.Contains(req.URL.RawQuery, "prefix=a%20b%2F") {
			t.Errorf("the query is %s", req.URL.RawQuery)
		}
		return reply(200, `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken>
			<Contents><Key>a+b/1%2B1</Key><Size>7</Size><ETag>"e"</ETag></Contents><CommonPrefixes><Prefix>a+b/c/</Prefix></CommonPrefixes></ListBucketResult>`)
	})
	p, err := s.page(t.Context(), "b", "a b/", false, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Contents) != 1 || p.Contents[0] != (object{"a b/1+1", 7, "e"}) || len(p.Prefixes) != 1 || p.Prefixes[0] != "a b/c/" || !p.More || p.Next != "x" {
		t.Errorf("the page is %+v", p)
	}
}
