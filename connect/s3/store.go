package s3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/s3utils"
	"github.com/minio/minio-go/v7/pkg/signer"
)

// store sends single requests of the S3 protocol and repeats none. Credentials and signatures are minio-go's; its client is not used, because it
// links ten times as much as is needed here. Requests over TLS do not sign their bodies, which TLS protects, others do.
type store struct {
	client    *http.Client
	creds     *credentials.Credentials
	secure    bool
	host      string // of the endpoint, or "" for Amazon's
	pathStyle bool
	region    string // "" asks Amazon for that of each bucket

	mu      sync.Mutex
	regions map[string]string
}

// answerError is an answer that is no success. Answers to HEAD have no body, so that Code follows from the status.
type answerError struct {
	StatusCode int    `xml:"-"`
	Code       string `xml:"Code"`
	Message    string `xml:"Message"`
}

// Error implements error.
func (e *answerError) Error() string {
	if e.Message != "" {
		return e.Message
	}
	return "the store answered " + http.StatusText(e.StatusCode)
}

// newTransport returns the connections of one client.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:       http.ProxyFromEnvironment,
		DialContext: (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}).DialContext, MaxIdleConns: 256, MaxIdleConnsPerHost: 64,
		ResponseHeaderTimeout: stall, IdleConnTimeout: time.Minute, TLSHandshakeTimeout: 10 * time.Second,
		TLSClientConfig:    &tls.Config{MinVersion: tls.VersionTLS12},
		DisableCompression: true, // objects are delivered as they are stored
	}
}

// request is what varies between requests. An empty bucket means the service.
type request struct {
	method, bucket, key string
	query               url.Values
	header              map[string]string
	body                []byte
}

// send sends a request and returns the answer if it is a success; close its body. Amazon says where a bucket is if it is not where it was thought to be.
func (s *store) send(ctx context.Context, r request) (*http.Response, error) {
	region, err := s.regionOf(ctx, r.bucket)
	if err != nil {
		return nil, err
	}
	resp, err := s.sendTo(ctx, r, region)
	if err != nil {
		return nil, err
	}
	if real := resp.Header.Get("X-Amz-Bucket-Region"); s.host == "" && resp.StatusCode/100 != 2 && real != "" && real != region {
		_ = resp.Body.Close()
		s.learn(r.bucket, real)
		if resp, err = s.sendTo(ctx, r, real); err != nil {
			return nil, err
		}
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, failure(r, resp)
}

// sendTo signs a request for a region and sends it.
func (s *store) sendTo(ctx context.Context, r request, region string) (*http.Response, error) {
	req, err := s.build(ctx, r, region)
	if err != nil {
		return nil, err
	}
	v, err := s.creds.GetWithContext(s.credContext())
	if err != nil {
		return nil, err
	}
	if v.AccessKeyID != "" {
		req = signer.SignV4(*req, v.AccessKeyID, v.SecretAccessKey, v.SessionToken, region)
	}
	return s.client.Do(req)
}

// credContext is what providers of credentials may use.
func (s *store) credContext() *credentials.CredContext {
	return &credentials.CredContext{Client: s.client, Endpoint: s.host}
}

// build makes an unsigned request.
func (s *store) build(ctx context.Context, r request, region string) (*http.Request, error) {
	u := &url.URL{Scheme: "http", Host: s.host, Path: "/"}
	if s.secure {
		u.Scheme = "https"
	}
	if u.Host == "" {
		u.Host = amazon(region)
	}
	switch {
	case r.bucket == "":
	case s.pathStyle || !virtual(r.bucket, s.secure):
		u.Path += r.bucket + "/" + r.key
	default:
		u.Host = r.bucket + "." + u.Host
		u.Path += r.key
	}
	u.RawPath, u.RawQuery = s3utils.EncodePath(u.Path), s3utils.QueryEncode(r.query)
	req, err := http.NewRequestWithContext(ctx, r.method, u.String(), bytes.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "siksik")
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	sum := "UNSIGNED-PAYLOAD"
	if !s.secure || len(r.body) == 0 {
		h := sha256.Sum256(r.body)
		sum = hex.EncodeToString(h[:])
	}
	req.Header.Set("X-Amz-Content-Sha256", sum)
	return req, nil
}

// amazon is the host of Amazon's store in a region.
func amazon(region string) string {
	host := "s3." + region + ".amazonaws.com"
	if strings.HasPrefix(region, "cn-") {
		host += ".cn"
	}
	return host
}

// virtual reports whether a bucket can be part of the host name. Dots do not fit the certificate.
func virtual(bucket string, secure bool) bool {
	return s3utils.CheckValidBucketNameStrict(bucket) == nil && !(secure && strings.Contains(bucket, "."))
}

// regionOf returns the region in which requests for a bucket are signed. Amazon tells it in the answer to anybody's HEAD.
func (s *store) regionOf(ctx context.Context, bucket string) (string, error) {
	s.mu.Lock()
	region := s.regions[bucket]
	s.mu.Unlock()
	switch {
	case region != "":
		return region, nil
	case s.region != "" || bucket == "":
		return orDefault(s.region), nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, "https://"+amazon(orDefault(""))+"/"+s3utils.EncodePath(bucket), nil)
	if err != nil {
		return "", err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return "", err
	}
	_ = resp.Body.Close()
	if resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests {
		return "", failure(request{bucket: bucket}, resp)
	}
	region = orDefault(resp.Header.Get("X-Amz-Bucket-Region"))
	s.learn(bucket, region)
	return region, nil
}

// learn remembers the region of a bucket.
func (s *store) learn(bucket, region string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.regions == nil {
		s.regions = map[string]string{}
	}
	s.regions[bucket] = region
}

func orDefault(region string) string {
	if region == "" {
		return "us-east-1"
	}
	return region
}

// failure reads the reason from an answer.
func failure(r request, resp *http.Response) error {
	e := &answerError{}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if xml.Unmarshal(body, e) != nil {
		*e = answerError{}
	}
	e.StatusCode = resp.StatusCode
	if e.Code != "" {
		return e
	}
	switch {
	case e.StatusCode == http.StatusNotFound && r.key != "":
		e.Code = "NoSuchKey"
	case e.StatusCode == http.StatusNotFound:
		e.Code = "NoSuchBucket"
	case e.StatusCode == http.StatusForbidden:
		e.Code = "AccessDenied"
	case e.StatusCode == http.StatusPreconditionFailed:
		e.Code = "PreconditionFailed"
	default:
		e.Code = resp.Status
	}
	return e
}

// call sends a request whose answer has an XML body, or one of no interest if out is nil.
func (s *store) call(ctx context.Context, r request, out any) (http.Header, error) {
	resp, err := s.send(ctx, r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, &bodyError{err}
	}
	if out == nil {
		return resp.Header, nil
	}
	// Work that takes long begins its answer before it knows whether it succeeds.
	var failed struct {
		XMLName xml.Name `xml:"Error"`
		answerError
	}
	if xml.Unmarshal(body, &failed) == nil {
		failed.StatusCode = http.StatusInternalServerError
		if failed.Code == "NoSuchUpload" {
			failed.StatusCode = http.StatusNotFound
		}
		return nil, &failed.answerError
	}
	if err := xml.Unmarshal(body, out); err != nil {
		return nil, &bodyError{errors.Join(errors.New("the store's answer is not the XML of S3"), err)}
	}
	return resp.Header, nil
}
