package postgres

import (
	"context"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// Driver is the spi.Driver of postgres:// URLs, or of another scheme for the same.
type Driver struct {
	// Scheme is the URL scheme; "" means postgres.
	Scheme string
}

func init() {
	spi.Default.AddDriver(Driver{})
	spi.Default.AddDriver(Driver{Scheme: "postgresql"})
}

// Name implements spi.Driver.
func (d Driver) Name() string {
	if d.Scheme != "" {
		return d.Scheme
	}
	return "postgres"
}

// OpenTable implements spi.Driver. The URL or options name a table or view, or a query.
func (Driver) OpenTable(ctx context.Context, url string, opts spi.Options) (spi.Table, error) {
	t, err := parse(url, opts, readOptions)
	if err != nil {
		return nil, err
	}
	if (t.table == "") == (t.query == "") {
		return nil, fault.New(fault.Usage, "reading %s takes either a table or a query", t.place()).
			WithHint("add ?table=NAME or ?query=SELECT… to the URL, or give it as an option")
	}
	c, err := connect(ctx, t)
	if err != nil {
		return nil, err
	}
	defer hangUp(c)
	return newTable(ctx, c, t)
}

// OpenSink implements spi.Driver. The table need not exist; its schema must.
func (Driver) OpenSink(_ context.Context, url string, opts spi.Options) (spi.Sink, error) {
	t, err := parse(url, opts, writeOptions)
	if err != nil {
		return nil, err
	}
	if t.table == "" {
		return nil, fault.New(fault.Usage, "writing to %s takes the name of a table", t.place()).WithHint("add ?table=NAME to the URL")
	}
	into, err := splitName(t.table)
	if err != nil {
		return nil, err
	}
	return &sink{t: t, into: into}, nil
}
