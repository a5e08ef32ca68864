package pipe

// The structs of this file are the one description of a pipeline file. The decoder and the published JSON Schema both follow their tags:
//
//	yaml:"name"          the key; ",required" if it must be there; ",map" for a list that is written as a mapping from names, which fill the
//	                     element's field Key; "-" for no key
//	doc:"…"              what it is for
//	enum:"a,b"           the only values
//	short:"key"          on the field _ of a struct: a plain string stands for a mapping with just this key
//	one:"true"           on the field _ of a struct: exactly one of the keys must be there

// spec is a pipeline file.
type spec struct {
	Name    text         `yaml:"name,required" doc:"Name of the pipeline, for messages and the summary."`
	Params  []paramSpec  `yaml:"params,map" doc:"Parameters with their defaults. SQL sees them as values, $name; other strings as text, ${name}. A null default makes the parameter required."`
	Sources []sourceSpec `yaml:"sources,map" doc:"Relations that are read from files or databases, by name."`
	Steps   []stepSpec   `yaml:"steps" doc:"Relations that are computed, in order; each sees the sources and the steps before it."`
	Sinks   []sinkSpec   `yaml:"sinks" doc:"Where relations are written. All become visible together at the end, or none."`
	Retries count        `yaml:"retries" doc:"How often the run is repeated from its beginning after an error of the world, such as a lost connection. Nothing was written then. The default is 0."`
}

type paramSpec struct {
	Key   text
	Value scalar `yaml:"."`
}

type sourceSpec struct {
	Key     text
	URI     text         `yaml:"uri,required" doc:"Path, glob or URL. Relative paths start at the current directory."`
	Format  text         `yaml:"format" doc:"Name of the format, where the ending of the file does not tell: csv, ndjson, parquet, ipc."`
	Columns []columnSpec `yaml:"columns,map" doc:"Columns with their SQL types; inferred where they are not given. Only for formats without types of their own."`
	OnError *onErrorSpec `yaml:"on_error" doc:"What happens to rows and values that do not fit."`
	Options options      `yaml:"options" doc:"Options of the format or connector by name, as in SQL's read_csv(…, name = value)."`
}

type columnSpec struct {
	Key  text
	Type text `yaml:"." doc:"A SQL type, such as varchar, bigint, timestamp or decimal(15,2)."`
}

type onErrorSpec struct {
	_     struct{} `short:"mode"`
	Mode  text     `yaml:"mode,required" enum:"fail,null,skip,reject-file" doc:"fail stops the run; null replaces the value; skip leaves the row out; reject-file leaves it out and writes it to a file."`
	File  text     `yaml:"file" doc:"The file for rejected rows: NDJSON with file, line, column, value, error and the raw row."`
	Limit scalar   `yaml:"limit" doc:"Most rows that may be rejected, as a count or a percentage such as 0.1%. Beyond it the run fails and nothing is written."`
}

type stepSpec struct {
	Name   text        `yaml:"name,required" doc:"The name by which later steps and sinks refer to the result."`
	SQL    text        `yaml:"sql,required" doc:"A query over the sources and earlier steps."`
	Checks []checkSpec `yaml:"checks" doc:"What must hold for the rows. If a check fails, nothing is written."`
}

type checkSpec struct {
	_        struct{}      `one:"true"`
	NotNull  names         `yaml:"not_null" doc:"Columns without nulls."`
	Unique   names         `yaml:"unique" doc:"Columns whose combination of values appears once. Rows with a null in them do not count."`
	Expect   text          `yaml:"expect" doc:"A SQL condition that must be true for every row; null is not true."`
	RowCount *rowCountSpec `yaml:"row_count" doc:"How many rows there are."`
	InRange  *rangeSpec    `yaml:"in_range" doc:"Values from min to max, both included; null passes."`
	Accepted *acceptedSpec `yaml:"accepted_values" doc:"The only values of a column; null passes."`
	Regex    *regexSpec    `yaml:"regex" doc:"A regular expression that must match somewhere in each value; null passes."`
}

type rowCountSpec struct {
	Min count `yaml:"min" doc:"Least number of rows."`
	Max count `yaml:"max" doc:"Greatest number of rows."`
}

type rangeSpec struct {
	Column text   `yaml:"column,required" doc:"The column."`
	Min    scalar `yaml:"min" doc:"Least value."`
	Max    scalar `yaml:"max" doc:"Greatest value."`
}

type acceptedSpec struct {
	Column text     `yaml:"column,required" doc:"The column."`
	Values []scalar `yaml:"values,required" doc:"The values."`
}

type regexSpec struct {
	Column  text `yaml:"column,required" doc:"The column."`
	Pattern text `yaml:"pattern,required" doc:"The regular expression, in Go's syntax."`
}

type sinkSpec struct {
	From    text    `yaml:"from,required" doc:"The step or source to write."`
	URI     text    `yaml:"uri,required" doc:"Path or URL, such as out.parquet or sqlite://dau.db?table=dau."`
	Mode    text    `yaml:"mode" enum:"replace,append,upsert,create" doc:"How the load meets what is there: replace it (the default), append, upsert by key, or create and fail if it exists."`
	Key     names   `yaml:"key" doc:"The columns of the key, for upsert."`
	Format  text    `yaml:"format" doc:"Name of the format, where the ending of the file does not tell."`
	Options options `yaml:"options" doc:"Options of the format or connector by name."`
}

// scalar is a string, number, boolean or null. Value is string, int64, uint64, float64, bool or nil.
type scalar struct {
	Value any
	at    span
	given bool
}

// count is a whole number that is not negative; given tells 0 from absence.
type count struct {
	n     int64
	at    span
	given bool
}

// names is a list of strings; one string stands for a list of one.
type names []text

// options are settings by name in the order of the document.
type options []option

// option has a value of type text, int64, uint64, float64, bool, nil, or []any and map[string]any of those.
type option struct {
	name  text
	value any
}
