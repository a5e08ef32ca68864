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
func (o *options) readDialect(f *fs.Options, tsv, detect bool) {
	o.delim, o.delimSet = ',', !detect
	if tsv {
		o.delim, o.delimSet = '\t', true
	}
	if f.Has("delim") || f.Has("delimiter") || f.Has("sep") || f.Has("separator") {
		o.delimSet = true
	}
	o.delim = f.Byte(o.delim, "delim", "delimiter", "sep", "separator") // the byte 0, which text has not, if fields have no delimiter
	o.quote, o.quoteSet = f.Byte('"', "quote"), f.Has("quote") || !detect
	o.escape, o.escapeSet = f.Byte(o.quote, "escape"), f.Has("escape") || !detect
	if o.escape == 0 {
		o.escape = o.quote
	}
	o.newline = '\n'
	if text := f.String("", "new_line"); text != "" {
		o.newlineSet = true
		switch strings.NewReplacer(`\r`, "\r", `\n`, "\n").Replace(text) {
		case "\n", "\r\n":
		case "\r":
			o.newline = '\r'
		default:
			f.Fail(fault.New(fault.Usage, `option new_line must be \n, \r\n or \r, not %q`, text))
		}
	}
	o.comment = f.Byte(0, "comment")
	o.ragged = f.Bool(false, "null_padding", "ragged")
	o.skip = f.Int(0, "skip")
	if o.delim == o.quote && o.quote != 0 || o.delim == '\n' || o.delim == '\r' {
		f.Fail(fault.New(fault.Usage, "the delimiter must differ from the quote and from line ends"))
	}
}

// splittable reports whether pieces of a file can find their first row on their own.
func (d *dialect) splittable() bool {
	return d.comment == 0 && !d.spaced && (d.quote == 0 || d.escape == d.quote)
}
