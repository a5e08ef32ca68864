package s3

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// FS is the spi.FS of s3:// paths. It is safe for concurrent use; the zero value is ready.
type FS struct {
	// Retry says how failed requests are repeated. Zero fields take the defaults.
	Retry Retry

	mu      sync.Mutex
	clients map[settings]*client
}

func init() { spi.Default.AddFS(&FS{}) }

// Scheme implements spi.FS.
func (f *FS) Scheme() string { return "s3" }

// client is a connection pool to one store with one identity.
type client struct {
	store *store
	retry Retry
}

// at parses the path and returns the client that reaches it.
func (f *FS) at(path string) (location, *client, error) {
	l, err := parse(path, environment())
	if err != nil {
		return l, nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if c := f.clients[l.settings]; c != nil {
		return l, c, nil
	}
	c, err := connect(l.settings)
	if err != nil {
		return l, nil, err
	}
	c.retry = f.Retry.withDefaults()
	if f.clients == nil {
		f.clients = map[settings]*client{}
	}
	f.clients[l.settings] = c
	return l, c, nil
}

// connect makes a client. It sends nothing yet.
func connect(s settings) (*client, error) {
	out := &store{secure: true, pathStyle: s.pathStyle, region: s.region, creds: identity(s)}
	if s.endpoint != "" {
		u, err := url.Parse(s.endpoint)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Path != "" && u.Path != "/" {
			return nil, fault.New(fault.Usage, "the S3 endpoint is not a plain URL").WithHint("write it as https://host:port, without path or password")
		}
		out.host, out.secure, out.region = u.Host, u.Scheme == "https", orDefault(s.region)
	}
	out.client = &http.Client{Transport: newTransport(), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &client{store: out}, nil
}

// identity returns the chain of credentials.
func identity(s settings) *credentials.Credentials {
	switch {
	case s.anonymous:
		return credentials.NewStaticV4("", "", "")
	case s.key != "" && s.secret != "":
		return credentials.NewStaticV4(s.key, s.secret, s.token)
	}
	chain := []credentials.Provider{&credentials.FileAWSCredentials{}}
	if s.roles {
		chain = append(chain, &credentials.IAM{Client: &http.Client{Timeout: 5 * time.Second}, Region: s.region})
	}
	return credentials.NewChainCredentials(chain)
}

// hasCredentials reports whether requests are signed.
func (c *client) hasCredentials() bool {
	v, err := c.store.creds.GetWithContext(c.store.credContext())
	return err == nil && v.AccessKeyID != ""
}

// Open implements spi.FS.
func (f *FS) Open(ctx context.Context, path string) (spi.File, error) {
	l, c, err := f.at(path)
	if err != nil {
		return nil, err
	}
	if l.key == "" {
		return nil, fault.New(fault.Usage, "%s names a bucket and no object", l.name()).WithHint("write s3://bucket/key, or a pattern such as s3://%s/*.csv", l.bucket)
	}
	info, err := c.stat(ctx, l)
	if err != nil {
		return nil, c.explain(ctx, "opening", l, err)
	}
	return &file{c: c, l: l, info: spi.FileInfo{Path: path, Size: info.Size, ETag: info.ETag}}, nil
}

// stat asks for size and ETag.
func (c *client) stat(ctx context.Context, l location) (info object, err error) {
	err = c.retry.do(ctx, func() error {
		info, err = c.store.stat(ctx, l.bucket, l.key)
		return err
	})
	return info, err
}
