package archtest

// wing is a side of the house. A package imports its own wing and the hallway only.
type wing uint8

const (
	hallway wing = iota
	planning
	running
	both // has keys to both wings
)

// room is a package's place: its floor and its wing. A package imports lower floors only.
type room struct {
	floor int
	wing  wing
}

// rooms lists every package of the root module by its path below the module; "" is the root package.
var rooms = map[string]room{
	"fault": {0, hallway}, "internal/bug": {0, hallway}, "internal/defs": {0, hallway}, "dtype": {1, hallway}, "data": {2, hallway},
	"internal/sig": {3, hallway}, "spi": {3, hallway}, "internal/expr": {4, hallway}, "internal/plan": {5, hallway}, "internal/phys": {6, hallway},

	"internal/sql/ast": {2, planning}, "internal/sql/parse": {3, planning}, "internal/frame": {4, planning}, "internal/catalog": {5, planning},
	"internal/stats": {6, planning}, "internal/bind": {7, planning}, "internal/opt": {7, planning}, "internal/physplan": {7, planning},

	"internal/kern": {0, running}, "internal/mem": {1, running}, "internal/compute": {3, running}, "internal/fn": {4, running},
	"internal/fs": {4, running}, "internal/eval": {5, running}, "internal/exec": {5, running}, "internal/format/csv": {5, running},
	"internal/format/ipc": {5, running}, "internal/format/ndjson": {5, running}, "internal/format/parquet": {5, running}, "internal/exec/spill": {6, running}, "internal/exec/op": {7, running},

	"internal/engine": {8, both}, "formats": {9, both}, "": {10, both}, "pipe": {11, both},
	"spi/spitest": {13, both}, "internal/refimpl": {13, both}, "internal/slt": {13, both}, "internal/testkit": {13, both}, "internal/archtest": {13, both},
}

// coreDeps are the modules that packages of the root module may import outside their tests.
var coreDeps = []string{"github.com/klauspost/compress", "github.com/pierrec/lz4/v4", "golang.org/x/sys", "golang.org/x/text"}

// pipeDeps are what package pipe may import besides; nothing below it does.
var pipeDeps = []string{"github.com/goccy/go-yaml", "github.com/santhosh-tekuri/jsonschema/v6"}

// forbidden is a call that has a better place.
type forbidden struct {
	pkg, name string   // import path and selector
	instead   string   // what to use
	except    []string // path prefixes where it is allowed
}

var calls = []forbidden{
	{"time", "Sleep", "a timer with a context", nil},
	{"os", "Getenv", "flags and environment are read in cmd", []string{"cmd/", "bench/", "connect/servicetest/", "connect/s3/env.go"}},
	{"os", "LookupEnv", "flags and environment are read in cmd", []string{"cmd/", "bench/", "connect/servicetest/", "connect/s3/env.go"}},
	{"fmt", "Print", "printing belongs to cmd", []string{"cmd/", "bench/", "examples/"}},
	{"fmt", "Println", "printing belongs to cmd", []string{"cmd/", "bench/", "examples/"}},
	{"fmt", "Printf", "printing belongs to cmd", []string{"cmd/", "bench/", "examples/"}},
	{"os", "Exit", "exit codes belong to cmd", []string{"cmd/", "bench/", "examples/", "connect/servicetest/"}},
}

// generators are programs that make source files; they print and exit like commands.
var generators = []string{"internal/kern/gen/", "internal/format/parquet/gen/", "internal/sig/gen/"}

// goroutines lists where bare go statements are allowed.
var goroutines = []string{"internal/exec/", "pipe/", "server/", "cmd/", "bench/", "examples/", "connect/servicetest/", "spi/spitest/",
	"internal/slt/session.go",                     // a statement that hangs is left behind
	"connect/s3/group.go", "internal/fs/ahead.go", // reads that overlap
	"connect/postgres/group.go"}

// panics lists where panic is allowed.
var panics = []string{"internal/bug/"}

// Sizes: a longer file or function needs a reason here.
const (
	fileLinesMax = 620
	funcLinesMax = 90
)

var longFiles = map[string]string{}

var longFuncs = map[string]string{
	"internal/sql/ast/print_expr.go:expr": "a flat dispatch with a case for each kind of expression",
}
