package ast

// Func is a call. Name is qualified as written: in a.f(x), only bind can tell whether a is a schema or the receiver of a
// method call. A receiver that is not a plain name is already the first argument.
type Func struct {
	Span
	Name        Name
	Args        []Arg
	Distinct    bool
	OrderBy     []OrderItem
	Nulls       NullTreatment
	WithinGroup []OrderItem
	Filter      Expr
	Over        *Window
}

// Arg is an argument, named when Name is not empty: f(x), f(name = x), f(name := x), f(name => x).
type Arg struct {
	Name  Ident
	Value Expr
}

// NullTreatment is IGNORE NULLS or RESPECT NULLS.
type NullTreatment uint8

// The null treatments of a window function.
const (
	NullsDefault NullTreatment = iota
	NullsIgnore
	NullsRespect
)

// Window is what stands after OVER, or after a name in the WINDOW clause.
type Window struct {
	Span
	// Base names a window of the WINDOW clause to start from; Bare says that OVER had just that name, without parentheses.
	Base      Ident
	Bare      bool
	Partition []Expr
	OrderBy   []OrderItem
	Frame     *Frame
}

// FrameMode is the unit in which frame bounds count.
type FrameMode uint8

// The frame modes.
const (
	FrameRows FrameMode = iota
	FrameRange
	FrameGroups
)

var frameText = [...]string{"ROWS", "RANGE", "GROUPS"}

// String returns the keyword of the mode.
func (m FrameMode) String() string { return frameText[m] }

// Frame is a window frame. A frame without BETWEEN ends at CURRENT ROW.
type Frame struct {
	Span
	Mode       FrameMode
	Start, End Bound
	Exclude    FrameExclude
}

// BoundKind is the kind of a frame bound, in the order of the rows they can name.
type BoundKind uint8

// The frame bounds.
const (
	UnboundedPreceding BoundKind = iota
	Preceding
	CurrentRow
	Following
	UnboundedFollowing
)

// Bound is one end of a frame; Offset is set for Preceding and Following.
type Bound struct {
	Kind   BoundKind
	Offset Expr
}

// FrameExclude is the EXCLUDE clause of a frame.
type FrameExclude uint8

// The frame exclusions.
const (
	ExcludeNothing FrameExclude = iota
	ExcludeCurrentRow
	ExcludeGroup
	ExcludeTies
)

var excludeText = [...]string{"NO OTHERS", "CURRENT ROW", "GROUP", "TIES"}

// String returns the words after EXCLUDE.
func (x FrameExclude) String() string { return excludeText[x] }

func (*Func) expr() {}
