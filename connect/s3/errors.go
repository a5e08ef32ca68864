package s3

import (
	"context"
	"errors"
	"io"
	iofs "io/fs"
	"net"
	"net/http"
	"path"
	"strings"
	"syscall"
	"time"

	"github.com/siksik-data/siksik/fault"
)

// broken reports a connection that ended early or made no progress.
func broken(err error) bool {
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, errStalled)
}

var errStalled = errors.New("the connection made no progress for " + stall.String())

// explain turns what went wrong while doing something with an object into an error for a person.
func (c *client) explain(ctx context.Context, doing string, l location, err error) error {
	if e := ctx.Err(); e != nil {
		return e
	}
	if errors.Is(err, errChanged) {
		return fault.New(fault.Data, "%s was replaced while it was being read", l.name()).WithHint("run again to read the new object")
	}
	r := response(err)
	// Answers to HEAD have no body and so no reason; a GET of one byte has.
	if r.StatusCode == http.StatusForbidden || r.StatusCode == http.StatusNotFound {
		if better := response(c.probe(ctx, l)); better.Code != "" {
			r = better
		}
	}
	switch r.Code {
	case "NoSuchKey", "NotFound":
		e := fault.Wrap(fault.NotFound, iofs.ErrNotExist, "no object %q in bucket %q", l.key, l.bucket)
		e.Hint = c.nearKey(ctx, l)
		return e
	case "NoSuchBucket":
		e := fault.Wrap(fault.NotFound, iofs.ErrNotExist, "no bucket %q", l.bucket)
		e.Hint = c.nearBucket(ctx, l)
		return e
	case "SignatureDoesNotMatch":
		return denied(doing, l, r).WithHint("AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID; check both, or the profile in ~/.aws/credentials")
	case "InvalidAccessKeyId", unknownUser:
		return denied(doing, l, r).WithHint("the store does not know AWS_ACCESS_KEY_ID; check it, and that AWS_ENDPOINT_URL names the right store")
	case "ExpiredToken", "InvalidToken":
		return denied(doing, l, r).WithHint("renew AWS_SESSION_TOKEN with its key")
	}
	switch r.StatusCode {
	case http.StatusForbidden, http.StatusUnauthorized:
		if !c.hasCredentials() {
			return denied(doing, l, r).WithHint("no credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE with ~/.aws/credentials, or run with a role")
		}
		return denied(doing, l, r).WithHint("the credentials lack the right; ask for s3:GetObject, s3:ListBucket or s3:PutObject on the bucket")
	case http.StatusPreconditionFailed:
		return fault.New(fault.Data, "%s was replaced while it was being read", l.name()).WithHint("run again to read the new object")
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return fault.Wrap(fault.IO, err, "%s %s: the store is overloaded (%d %s)", doing, l.name(), r.StatusCode, r.Code).WithHint("try again later")
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return fault.Wrap(fault.IO, err, "%s %s: nothing listens at the endpoint", doing, l.name()).WithHint("check AWS_ENDPOINT_URL or the endpoint parameter")
	}
	return fault.Wrap(fault.IO, err, "%s %s", doing, l.name())
}

func denied(doing string, l location, r answerError) *fault.Error {
	return fault.New(fault.Permission, "%s %s: access denied (%s: %s)", doing, l.name(), r.Code, strings.TrimSuffix(r.Message, "."))
}

// probe asks for one byte to learn why the store refuses.
func (c *client) probe(ctx context.Context, l location) error {
	key := l.key
	if key == "" || strings.ContainsAny(key, "*") {
		key = "-"
	}
	body, _, err := c.store.get(ctx, l.bucket, key, 0, 0, "")
	if err == nil {
		_ = body.Close()
	}
	return err
}

// nearKey looks for a similar name beside the missing one.
func (c *client) nearKey(ctx context.Context, l location) string {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	dir, base := path.Split(strings.TrimSuffix(l.key, "/"))
	var names []string
	if p, err := c.store.page(ctx, l.bucket, dir, false, "", ""); err == nil {
		for _, o := range p.Contents {
			names = append(names, strings.TrimPrefix(o.Key, dir))
		}
		for _, folder := range p.Prefixes {
			names = append(names, strings.TrimSuffix(strings.TrimPrefix(folder, dir), "/"))
		}
	}
	if near := fault.Nearest(base, names); near != "" {
		return `did you mean "` + l.path(dir+near) + `"?`
	}
	if len(names) == 0 && dir != "" {
		return "there is nothing under " + l.path(dir)
	}
	return ""
}

func (c *client) nearBucket(ctx context.Context, l location) string {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	names, err := c.store.buckets(ctx)
	if err != nil {
		return ""
	}
	return fault.DidYouMean(l.bucket, names)
}

// unknownUser is how versitygw says InvalidAccessKeyId.
const unknownUser = "XAdminUserNotFound"
