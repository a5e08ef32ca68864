package servicetest

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"
)

// FaultyS3 starts an HTTP proxy in front of an S3 server that passes everything through until it is told to
// misbehave. It ends with t.
func FaultyS3(t testing.TB, backend S3Server) *Faulty {
	t.Helper()
	target, err := url.Parse(backend.Endpoint)
	if err != nil {
		t.Fatalf("servicetest: the S3 endpoint %q: %v", backend.Endpoint, err)
	}
	transport := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 16}
	f := &Faulty{S3Server: backend, ended: make(chan struct{})}
	f.proxy = &httputil.ReverseProxy{
		Transport:     transport,
		ErrorLog:      log.New(io.Discard, "", 0),
		FlushInterval: -1, // what is cut later must have arrived before
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // the client signed this host
		},
		ModifyResponse: cutResponse,
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			// A cut upload ends here: the client must see a broken connection and not an answer.
			if errors.Is(err, errCut) || r.Context().Err() != nil {
				hangUp(w)
				return
			}
			http.Error(w, err.Error(), http.StatusBadGateway)
		},
	}
	server := httptest.NewServer(f)
	f.Endpoint = server.URL
	t.Cleanup(func() {
		close(f.ended)
		server.CloseClientConnections()
		server.Close()
		transport.CloseIdleConnections()
	})
	return f
}

// Faulty is an S3 server that misbehaves on demand. Its faults apply to the next matching requests, one fault a
// request, in the order they were added; its methods may be called while requests run.
type Faulty struct {
	S3Server // the backend's credentials and bucket with the proxy's endpoint

	proxy *httputil.ReverseProxy
	ended chan struct{}

	mu     sync.Mutex
	faults []fault
	seen   []Request
}

// Request is one request that the proxy has received.
type Request struct {
	Method, Path, Query string
	Range               string // the Range header, such as bytes=0-99
	Fault               string // the fault it met, or empty
}

// fault is one kind of misbehaviour and how many requests it still applies to.
type fault struct {
	kind   string
	left   int
	method string // only requests of this method; empty means all
	status int
	after  int64
	delay  time.Duration
}

// Fail answers the next n requests with an error of that status, 503 as S3's SlowDown, without passing them on.
func (f *Faulty) Fail(n, status int) { f.add(fault{kind: "status", left: n, status: status}) }

// CutDownloads breaks the connection of the next n GET requests after so many bytes of the answer's body.
func (f *Faulty) CutDownloads(n int, after int64) {
	f.add(fault{kind: "cut download", left: n, method: http.MethodGet, after: after})
}

// CutUploads breaks the connection of the next n PUT requests after so many bytes of the request's body.
func (f *Faulty) CutUploads(n int, after int64) {
	f.add(fault{kind: "cut upload", left: n, method: http.MethodPut, after: after})
}

// Delay holds the next n requests for d, or until the client gives up, before it passes them on.
func (f *Faulty) Delay(n int, d time.Duration) { f.add(fault{kind: "delay", left: n, delay: d}) }

// Heal removes all faults that have not been met yet.
func (f *Faulty) Heal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = nil
}

// Requests returns what has been requested so far, in the order of arrival.
func (f *Faulty) Requests() []Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.seen)
}

func (f *Faulty) add(x fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = append(f.faults, x)
}

// take records the request and returns the fault that it meets.
func (f *Faulty) take(r *http.Request) fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	var met fault
	for i := range f.faults {
		x := &f.faults[i]
		if x.left > 0 && (x.method == "" || x.method == r.Method) {
			x.left--
			met = *x
			break
		}
	}
	f.seen = append(f.seen, Request{
		Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Range: r.Header.Get("Range"), Fault: met.kind,
	})
	return met
}

// ServeHTTP implements http.Handler.
func (f *Faulty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch met := f.take(r); met.kind {
	case "status":
		answerError(w, met.status)
		return
	case "cut download":
		r = r.WithContext(withCut(r.Context(), met.after))
	case "cut upload":
		r.Body = &cutBody{body: r.Body, left: met.after}
	case "delay":
		timer := time.NewTimer(met.delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		case <-f.ended:
		}
	}
	f.proxy.ServeHTTP(w, r)
}

// answerError answers in the form of S3.
func answerError(w http.ResponseWriter, status int) {
	code := "InternalError"
	if status == http.StatusServiceUnavailable {
		code = "SlowDown"
	}
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>injected fault</Message></Error>", code)
}

// hangUp closes the client's connection without an answer.
func hangUp(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.Close()
	}
}

var errCut = errors.New("connection cut by the test")

// cutBody is a body that breaks after so many bytes.
type cutBody struct {
	body io.ReadCloser
	left int64
}

// Read implements io.Reader.
func (c *cutBody) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errCut
	}
	n, err := c.body.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

// Close implements io.Closer.
func (c *cutBody) Close() error { return c.body.Close() }
