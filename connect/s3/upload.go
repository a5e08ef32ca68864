package s3

import (
	"context"
	"sync"
	"time"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// An upload sends parts of partBytes, partsAtOnce of them at a time, so that it holds (partsAtOnce+1)·partBytes in memory. S3 takes at most
// 10,000 parts; the size doubles every 2,000, which suffices for the largest object.
const (
	partBytes   = 8 << 20
	partsAtOnce = 3
	partsGrow   = 2000
)

// Create implements spi.FS. The bucket must exist. Nothing is visible under the path before Commit.
func (f *FS) Create(ctx context.Context, path string) (spi.Upload, error) {
	l, c, err := f.at(path)
	if err != nil {
		return nil, err
	}
	if l.key == "" || l.key[len(l.key)-1] == '/' {
		return nil, fault.New(fault.Usage, "%s names no object to write", l.name()).WithHint("write s3://bucket/key")
	}
	if err := c.checkBucket(ctx, l); err != nil {
		return nil, err
	}
	return &upload{c: c, l: l, ctx: ctx, g: newPatientGroup(ctx, partsAtOnce)}, nil
}

// checkBucket finds out early what would fail after hours of work: a missing bucket, or a key that the store does not know. Rights are not checked:
// who may write need not be allowed to look.
func (c *client) checkBucket(ctx context.Context, l location) error {
	var exists bool
	err := c.retry.do(ctx, func() (err error) {
		exists, err = c.store.bucketExists(ctx, l.bucket)
		return err
	})
	if err == nil && exists {
		return nil
	}
	if status := response(err).StatusCode; err != nil && status != 403 && status != 404 {
		return c.explain(ctx, "writing", l, err)
	}
	switch probe := c.probe(ctx, l); response(probe).Code {
	case "NoSuchBucket", "InvalidAccessKeyId", unknownUser, "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken":
		return c.explain(ctx, "writing", l, probe)
	default:
		return nil
	}
}

// How long parts that are being sent may take to end when their upload is given up. Who has pressed Ctrl-C does not wait for long.
const (
	partGrace          = 5 * time.Second
	partGraceCancelled = 140 * time.Millisecond
)

// upload is an object under construction.
type upload struct {
	c    *client
	l    location
	ctx  context.Context
	g    *group
	id   string // of the multipart upload, once there is one
	buf  []byte // the part that is being filled
	n    int    // parts handed to the group
	size int64
	done bool

	mu    sync.Mutex
	free  [][]byte
	parts []part // by number; all are there when the group has ended without error
}

// Write implements io.Writer.
func (u *upload) Write(p []byte) (int, error) {
	if u.done {
		return 0, fault.New(fault.Usage, "writing to %s after its end", u.l.name())
	}
	written := 0
	for len(p) > 0 {
		if u.buf == nil {
			u.buf = u.buffer()
		}
		n := min(len(p), u.partSize()-len(u.buf))
		u.buf = append(u.buf, p[:n]...)
		p, written, u.size = p[n:], written+n, u.size+int64(n)
		if len(u.buf) == u.partSize() {
			if err := u.send(); err != nil {
				return written, u.c.explain(u.ctx, "writing", u.l, err)
			}
		}
	}
	return written, nil
}

func (u *upload) partSize() int { return partBytes << (u.n / partsGrow) }

func (u *upload) buffer() []byte {
	u.mu.Lock()
	defer u.mu.Unlock()
	if n := len(u.free); n > 0 {
		b := u.free[n-1]
		u.free = u.free[:n-1]
		return b[:0]
	}
	return nil
}

// send hands the buffer to the group as the next part.
func (u *upload) send() error {
	if u.id == "" {
		err := u.c.retry.do(u.ctx, func() (err error) {
			u.id, err = u.c.store.startUpload(u.ctx, u.l.bucket, u.l.key)
			return err
		})
		if err != nil {
			return err
		}
	}
	u.n++
	number, buf := u.n, u.buf
	u.buf = nil
	return u.g.start(func(ctx context.Context) error { return u.part(ctx, number, buf) })
}

// part uploads one part, whose checksum lets the store refuse damaged bytes.
func (u *upload) part(ctx context.Context, number int, buf []byte) error {
	var sent part
	err := u.c.retry.do(ctx, func() (err error) {
		sent, err = u.c.store.putPart(ctx, u.l.bucket, u.l.key, u.id, number, buf)
		return err
	})
	if err != nil {
		return err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	for len(u.parts) < number {
		u.parts = append(u.parts, part{})
	}
	u.parts[number-1] = sent
	u.free = append(u.free, buf)
	return nil
}

// Commit implements spi.Upload.
func (u *upload) Commit(ctx context.Context) error {
	if u.done {
		return nil
	}
	err := u.finish(ctx)
	if err != nil {
		err = u.c.explain(ctx, "writing", u.l, err)
		_ = u.Abort(ctx)
		return err
	}
	u.done = true
	u.g.stop()
	return nil
}

func (u *upload) finish(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if u.id == "" {
		return u.c.retry.do(ctx, func() error { return u.c.store.put(ctx, u.l.bucket, u.l.key, u.buf) })
	}
	if len(u.buf) > 0 {
		if err := u.send(); err != nil {
			return err
		}
	}
	unhook := context.AfterFunc(ctx, u.g.cancel)
	defer unhook()
	if err := u.g.wait(); err != nil {
		return err
	}
	first := true
	return u.c.retry.do(ctx, func() error {
		err := u.c.store.completeUpload(ctx, u.l.bucket, u.l.key, u.id, u.parts)
		// An earlier try may have succeeded without our seeing its answer.
		if err != nil && !first && response(err).Code == "NoSuchUpload" {
			if info, e := u.c.store.stat(ctx, u.l.bucket, u.l.key); e == nil && info.Size == u.size {
				return nil
			}
		}
		first = false
		return err
	})
}

// Abort implements spi.Upload.
func (u *upload) Abort(ctx context.Context) error {
	if u.done {
		return nil
	}
	u.done = true
	// A store may finish a part whose bytes it has, even after the upload was removed, and keep it. So those parts may end first.
	grace := partGrace
	if u.ctx.Err() != nil {
		grace = partGraceCancelled
	}
	u.g.settle(grace)
	if u.id == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	err := u.c.retry.do(ctx, func() error { return u.c.store.abortUpload(ctx, u.l.bucket, u.l.key, u.id) })
	if err != nil && response(err).Code != "NoSuchUpload" {
		return u.c.explain(ctx, "removing the unfinished", u.l, err)
	}
	return nil
}
