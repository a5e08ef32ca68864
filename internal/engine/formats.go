package engine

import (
	"context"
	"sync"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/format/csv"
	"github.com/siksik-data/siksik/internal/format/ipc"
	"github.com/siksik-data/siksik/internal/format/ndjson"
	"github.com/siksik-data/siksik/internal/format/parquet"
	"github.com/siksik-data/siksik/internal/fs"
	"github.com/siksik-data/siksik/spi"
)

// The file systems and formats that every program knows by name. Connectors add theirs when they are imported.
func init() {
	spi.Default.AddFS(fs.NewLocal())
	for _, f := range []*builtin{tsvFormat, csvFormat, ipcFormat, jsonFormat, ndjsonFormat, parquetFormat} { // the later one takes the endings that two have
		spi.Default.AddFormat(f)
	}
}

// Half is the reader or the writer of a built-in format. It is linked into a program if something that the program calls names it: a function for
// this format, or one that learns the format from a path or a text and so names all readers or all writers.
type Half struct {
	once sync.Once
	fill func()
}

// Link lets the half open files. It may be called any number of times, from any goroutine.
func (h *Half) Link() { h.once.Do(h.fill) }

// The halves of the built-in formats. Tab-separated files belong to CSV, and JSON to NDJSON.
var (
	CSVReader    = &Half{fill: func() { csvFormat.read(csv.Format{}.OpenTable); tsvFormat.read(csv.Format{As: "tsv"}.OpenTable) }}
	CSVWriter    = &Half{fill: func() { csvFormat.write(csv.Format{}.OpenSink); tsvFormat.write(csv.Format{As: "tsv"}.OpenSink) }}
	IPCReader    = &Half{fill: func() { ipcFormat.read(ipc.Format{}.OpenTable) }}
	IPCWriter    = &Half{fill: func() { ipcFormat.write(ipc.Format{}.OpenSink) }}
	NDJSONReader = &Half{fill: func() {
		ndjsonFormat.read(ndjson.Format{}.OpenTable)
		jsonFormat.read(ndjson.Format{As: "json"}.OpenTable)
	}}
	NDJSONWriter = &Half{fill: func() {
		ndjsonFormat.write(ndjson.Format{}.OpenSink)
		jsonFormat.write(ndjson.Format{As: "json"}.OpenSink)
	}}
	ParquetReader = &Half{fill: func() { parquetFormat.read(parquet.Format{}.OpenTable) }}
	ParquetWriter = &Half{fill: func() { parquetFormat.write(parquet.Format{}.OpenSink) }}
)

// LinkReaders links the readers of all built-in formats.
func LinkReaders() {
	for _, h := range []*Half{CSVReader, IPCReader, NDJSONReader, ParquetReader} {
		h.Link()
	}
}

// LinkWriters links the writers of all built-in formats.
func LinkWriters() {
	for _, h := range []*Half{CSVWriter, IPCWriter, NDJSONWriter, ParquetWriter} {
		h.Link()
	}
}

var (
	csvFormat     = &builtin{name: csv.Format{}.Name(), endings: csv.Format{}.Extensions()}
	tsvFormat     = &builtin{name: csv.Format{As: "tsv"}.Name(), endings: csv.Format{As: "tsv"}.Extensions()}
	ipcFormat     = &builtin{name: ipc.Format{}.Name(), endings: ipc.Format{}.Extensions()}
	ndjsonFormat  = &builtin{name: ndjson.Format{}.Name(), endings: ndjson.Format{}.Extensions()}
	jsonFormat    = &builtin{name: ndjson.Format{As: "json"}.Name(), endings: ndjson.Format{As: "json"}.Extensions()}
	parquetFormat = &builtin{name: parquet.Format{}.Name(), endings: parquet.Format{}.Extensions()}
)

// builtin is a format of which the program has the halves that it linked.
type builtin struct {
	name      string
	endings   []string
	mu        sync.RWMutex
	openTable func(context.Context, spi.FS, []spi.FileInfo, spi.Options) (spi.Table, error)
	openSink  func(context.Context, spi.FS, string, spi.Options) (spi.Sink, error)
}

// read links the reader.
func (b *builtin) read(open func(context.Context, spi.FS, []spi.FileInfo, spi.Options) (spi.Table, error)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.openTable = open
}

// write links the writer.
func (b *builtin) write(open func(context.Context, spi.FS, string, spi.Options) (spi.Sink, error)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.openSink = open
}

// Name implements spi.Format.
func (b *builtin) Name() string { return b.name }

// Extensions implements spi.Format.
func (b *builtin) Extensions() []string { return b.endings }

// OpenTable implements spi.Format.
func (b *builtin) OpenTable(ctx context.Context, store spi.FS, files []spi.FileInfo, opts spi.Options) (spi.Table, error) {
	b.mu.RLock()
	open := b.openTable
	b.mu.RUnlock()
	if open == nil {
		return nil, b.missing("reader")
	}
	return open(ctx, store, files, opts)
}

// OpenSink implements spi.Format.
func (b *builtin) OpenSink(ctx context.Context, store spi.FS, path string, opts spi.Options) (spi.Sink, error) {
	b.mu.RLock()
	open := b.openSink
	b.mu.RUnlock()
	if open == nil {
		return nil, b.missing("writer")
	}
	return open(ctx, store, path, opts)
}

// missing is the error for a half that nothing in the program named: the format was looked up in spi.Registry by other code than the engine's.
func (b *builtin) missing(half string) error {
	return fault.New(fault.Unsupported, "the %s of %s is not linked into this program", half, b.name).
		WithHint(`add import _ "github.com/siksik-data/siksik/formats", which links all formats`)
}
