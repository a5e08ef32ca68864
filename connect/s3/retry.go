package s3

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"
)

// Retry says how failed requests are repeated.
type Retry struct {
	Tries int           // how often a request is sent at most; 0 means 8
	Pause time.Duration // the first pause, which doubles each time, up to a hundredfold; 0 means 100 ms. Each pause is shortened at random
}

// stall is how long a request may make no progress.
const stall = 60 * time.Second

func (r Retry) withDefaults() Retry {
	if r.Tries <= 0 {
		r.Tries = 8
	}
	if r.Pause <= 0 {
		r.Pause = 100 * time.Millisecond
	}
	return r
}

// exhausted is the error after the last try.
type exhausted struct {
	tries int
	took  time.Duration
	err   error
}

// Error implements error.
func (e *exhausted) Error() string {
	return fmt.Sprintf("gave up after %d tries in %s: %v", e.tries, e.took.Round(time.Millisecond), e.err)
}

// Unwrap returns the last try's error.
func (e *exhausted) Unwrap() error { return e.err }

// do calls f until it succeeds, fails for good, or has failed too often.
func (r Retry) do(ctx context.Context, f func() error) error {
	t := r.start()
	for {
		err := f()
		if err == nil {
			return nil
		}
		if err := t.wait(ctx, err); err != nil {
			return err
		}
	}
}

// tries counts the failures of one request.
type tries struct {
	Retry
	n     int
	begun time.Time
}

func (r Retry) start() *tries { return &tries{Retry: r, begun: time.Now()} }

// reset forgets failures; progress was made.
func (t *tries) reset() { t.n = 0 }

// wait pauses after the error of a try. It returns an error if there must be no further one.
func (t *tries) wait(ctx context.Context, err error) error {
	if e := ctx.Err(); e != nil {
		return e
	}
	if !passing(err) {
		return err
	}
	t.n++
	most := t.Tries
	if errors.Is(err, syscall.ECONNREFUSED) {
		most = min(most, 4) // nobody listens, which seldom changes
	}
	if t.n >= most {
		return &exhausted{tries: t.n, took: time.Since(t.begun), err: err}
	}
	pause := min(t.Pause<<(t.n-1), 100*t.Pause)
	timer := time.NewTimer(pause/2 + rand.N(pause/2+1))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// errChanged says that the object is not the one that was opened.
var errChanged = errors.New("the object was replaced while it was being read")

// passing reports whether the same request may succeed later.
func passing(err error) bool {
	if r := response(err); r.StatusCode != 0 {
		switch r.StatusCode {
		case http.StatusTooManyRequests, http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway,
			http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return true
		}
		return r.Code == "RequestTimeout" || r.Code == "SlowDown" || r.Code == "InternalError" || r.Code == "OperationAborted"
	}
	var cert *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var dns *net.DNSError
	switch {
	case errors.Is(err, errChanged), errors.As(err, &cert), errors.As(err, &authority):
		return false
	case errors.As(err, &dns):
		return !dns.IsNotFound
	}
	var u *url.Error
	var n net.Error
	return errors.As(err, &u) || errors.As(err, &n) || broken(err)
}

// response returns the store's answer in err, or a zero one.
func response(err error) answerError {
	var r *answerError
	if errors.As(err, &r) {
		return *r
	}
	return answerError{}
}
