package csv

import (
	"strings"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/fs"
)

// dialect is how the text is cut into fields.
type dialect struct {
	delim   byte
	quote   byte // 0: no quoting
	escape  byte // inside quotes; equal to quote if quotes are doubled
	newline byte // \n, also for \r\n, or \r
	comment byte // 0: none
	ragged  bool // rows may have fewer fields, the rest being null
	skip    int64
	header  bool
}

// options are the format's options.
type options struct {
	fs.TextOptions
	dialect
	delimSet   bool
	headerSet  bool
	nulls      []string // unquoted texts that mean null
	types      *dtype.Schema
	names      []string
	allVarchar bool
}

func readOptions(owner string, m map[string]any, tsv bool) (options, error) {
	o := fs.NewOptions(owner, m)
	out := options{TextOptions: o.TextOptions(false)}
	out.delim = ','
	if tsv {
		out.delim, out.delimSet = '\t', true
	}
	if v := o.Byte(0, "delim", "delimiter", "sep", "separator"); v != 0 {
		out.delim, out.delimSet = v, true
	}
	out.quote = o.Byte('"', "quote")
	out.escape = o.Byte(out.quote, "escape")
	if out.escape == 0 {
		out.escape = out.quote
	}
	out.newline = '\n'
	out.comment = o.Byte(0, "comment")
	out.ragged = o.Bool(false, "null_padding", "ragged")
	out.skip = o.Int(0, "skip")
	out.headerSet = o.Has("header")
	out.header = o.Bool(true, "header")
	if out.nulls = o.Strings("nullstr", "null", "null_strings"); out.nulls == nil {
		out.nulls = []string{""}
	}
	out.types = o.Columns("types", "dtypes")
	out.names = o.Strings("names", "column_names")
	out.allVarchar = o.Bool(false, "all_varchar")
	if enc := o.String("utf-8", "encoding"); !strings.EqualFold(enc, "utf-8") && !strings.EqualFold(enc, "utf8") {
		o.Fail(fault.New(fault.Unsupported, "encoding %q cannot be read", enc).WithHint("convert the file to UTF-8, for example with iconv"))
	}
	if f := o.String("csv", "format"); !strings.EqualFold(f, "csv") && !strings.EqualFold(f, "tsv") {
		o.Fail(fault.New(fault.Usage, "option format of %s must be csv or tsv, not %q", owner, f))
	}
	switch {
	case out.delim == out.quote || out.delim == '\n' || out.delim == '\r':
		o.Fail(fault.New(fault.Usage, "the delimiter must differ from the quote and from line ends"))
	case out.skip < 0:
		o.Fail(fault.New(fault.Usage, "option skip of %s must not be negative", owner))
	}
	return out, o.Err()
}

// splittable reports whether pieces of a file can find their first row on their own.
func (d *dialect) splittable() bool {
	return d.comment == 0 && (d.quote == 0 || d.escape == d.quote)
}
