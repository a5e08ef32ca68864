package csv

import (
	"strings"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/fn"
	"github.com/siksik-data/siksik/internal/fs"
)

// dialect is how the text is cut into fields.
type dialect struct {
	delim   byte
	quote   byte // 0: no quoting
	escape  byte // inside quotes; equal to quote if quotes are doubled
	newline byte // \n, also for \r\n, or \r
	comment byte // 0: none
	spaced  bool // blanks may stand around the quotes of a field
	ragged  bool // rows may have fewer fields, the rest being null
	skip    int64
	header  bool
}

// options are the format's options.
type options struct {
	fs.TextOptions
	dialect
	delimSet   bool
	quoteSet   bool
	escapeSet  bool
	newlineSet bool
	headerSet  bool
	nulls      []string // texts that mean null
	quotedNulls
	types       *dtype.Schema
	typeList    []dtype.Type // by place
	names       []string
	normalize   bool // names of columns become lower case words
	allVarchar  bool
	encoding    fs.Encoding
	sniffFiles  int64          // how many files inference reads, if the columns of all have one type
	dateFormat  *fn.TimeFormat // nil: the usual ones
	stampFormat *fn.TimeFormat
}

// quotedNulls says whether a text in quotes may mean null.
type quotedNulls uint8

const (
	unlessText quotedNulls = iota // nothing in quotes is null in columns of other types, where it can be nothing else
	always
	never
)

// stampType is the type of timestamps in the given format.
func (o *options) stampType() dtype.Type {
	if f := o.stampFormat.String(); strings.Contains(f, "%z") || strings.Contains(f, "%Z") {
		return dtype.TimestampOf(dtype.Micro, "UTC")
	}
	return dtype.TimestampOf(dtype.Micro, "")
}

func readOptions(owner string, m map[string]any, tsv bool) (options, error) {
	o := fs.NewOptions(owner, m)
	out := options{TextOptions: o.TextOptions(false)}
	detect := o.Bool(true, "auto_detect")
	out.readDialect(o, tsv, detect)
	if f := o.String("csv", "format"); !strings.EqualFold(f, "csv") && !strings.EqualFold(f, "tsv") {
		o.Fail(fault.New(fault.Usage, "option format of %s must be csv or tsv, not %q", owner, f))
	}
	out.headerSet = o.Has("header") || !detect
	out.header = o.Bool(detect, "header")
	if out.nulls = o.Strings("nullstr", "null", "null_strings"); out.nulls == nil {
		out.nulls = []string{""}
	}
	if o.Has("allow_quoted_nulls") {
		out.quotedNulls = never
		if o.Bool(false, "allow_quoted_nulls") {
			out.quotedNulls = always
		}
	}
	o.Any("allow_quoted_nulls")
	out.types, out.typeList = o.Types("types", "dtypes", "column_types")
	out.names = o.Strings("names", "column_names")
	out.encoding = o.Encoding()
	out.normalize = o.Bool(false, "normalize_names")
	out.allVarchar = o.Bool(false, "all_varchar")
	out.sniffFiles = o.Int(10, "files_to_sniff")
	for _, hint := range []string{"buffer_size", "parallel"} {
		o.Any(hint) // how files are read does not change their rows
	}
	out.dateFormat, out.stampFormat = timeFormat(o, "dateformat", "date_format"), timeFormat(o, "timestampformat", "timestamp_format")
	if !o.Bool(true, "strict_mode") {
		o.Fail(fault.New(fault.Unsupported, "rows that break the rules of CSV cannot be read").WithHint("on_error leaves them out or writes them to a file"))
	}
	if out.sniffFiles == 0 || out.sniffFiles < -1 {
		o.Fail(fault.New(fault.Usage, "option files_to_sniff of %s must be a number of files, or -1 for all", owner))
	}
	if out.skip < 0 {
		o.Fail(fault.New(fault.Usage, "option skip of %s must not be negative", owner))
	}
	return out, o.Err()
}

// timeFormat reads a format of dates; auto stands for the usual ones.
func timeFormat(o *fs.Options, names ...string) *fn.TimeFormat {
	text := o.String("", names...)
	if text == "" || strings.EqualFold(text, "auto") {
		return nil
	}
	if strings.EqualFold(text, "iso") {
		text = "%Y-%m-%d"
	}
	f, err := fn.NewTimeFormat(text)
	if err != nil {
		o.Fail(err)
	}
	return f
}

// readDialect reads how the text is cut into fields; what was not given is detected if that is wanted.
func (d *options) readDialect(o *fs.Options, tsv, detect bool) {
	d.delim, d.delimSet = ',', !detect
	if tsv {
		d.delim, d.delimSet = '\t', true
	}
	if o.Has("delim") || o.Has("delimiter") || o.Has("sep") || o.Has("separator") {
		d.delimSet = true
	}
	d.delim = o.Byte(d.delim, "delim", "delimiter", "sep", "separator") // the byte 0, which text has not, if fields have no delimiter
	d.quote, d.quoteSet = o.Byte('"', "quote"), o.Has("quote") || !detect
	d.escape, d.escapeSet = o.Byte(d.quote, "escape"), o.Has("escape") || !detect
	if d.escape == 0 {
		d.escape = d.quote
	}
	d.newline = '\n'
	if text := o.String("", "new_line"); text != "" {
		d.newlineSet = true
		switch strings.NewReplacer(`\r`, "\r", `\n`, "\n").Replace(text) {
		case "\n", "\r\n":
		case "\r":
			d.newline = '\r'
		default:
			o.Fail(fault.New(fault.Usage, `option new_line must be \n, \r\n or \r, not %q`, text))
		}
	}
	d.comment = o.Byte(0, "comment")
	d.ragged = o.Bool(false, "null_padding", "ragged")
	d.skip = o.Int(0, "skip")
	if d.delim == d.quote && d.quote != 0 || d.delim == '\n' || d.delim == '\r' {
		o.Fail(fault.New(fault.Usage, "the delimiter must differ from the quote and from line ends"))
	}
}

// splittable reports whether pieces of a file can find their first row on their own.
func (d *dialect) splittable() bool {
	return d.comment == 0 && !d.spaced && (d.quote == 0 || d.escape == d.quote)
}
