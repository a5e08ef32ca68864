package defs

// JoinKind is the kind of a join. Left is the first input, whatever side is built.
type JoinKind uint8

// The join kinds.
const (
	Inner  JoinKind = iota
	Left            // all rows of the left input
	Right           // all rows of the right input
	Full            // all rows of both
	Semi            // left rows with a match, once each
	Anti            // left rows without a match
	Cross           // every pair
	Mark            // all left rows, with a bool column: true if matched, null if unknown, else false
	Single          // like Left, but an error if a left row matches more than one right row (scalar subqueries)
)

// String returns the kind in lower case.
func (k JoinKind) String() string {
	return [...]string{"inner", "left", "right", "full", "semi", "anti", "cross", "mark", "single"}[k]
}

// Order is how one sort key orders.
type Order struct {
	Desc       bool
	NullsFirst bool
}

// FrameUnit is the unit of a window frame.
type FrameUnit uint8

// The frame units.
const (
	FrameRows FrameUnit = iota
	FrameRange
	FrameGroups
)

// BoundKind is one end of a window frame.
type BoundKind uint8

// The frame bounds.
const (
	UnboundedPreceding BoundKind = iota
	Preceding
	CurrentRow
	Following
	UnboundedFollowing
)

// Exclude says which rows around the current one a window frame leaves out.
type Exclude uint8

// The exclusions.
const (
	ExcludeNone Exclude = iota
	ExcludeCurrent
	ExcludeGroup
	ExcludeTies
)

// Keep says which of several equal rows a distinct keeps.
type Keep uint8

// The choices.
const (
	KeepFirst Keep = iota
	KeepLast
	KeepNone // drop all rows that have an equal one
)
