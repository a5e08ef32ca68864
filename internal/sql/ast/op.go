package ast

// Op is a unary or binary operator.
type Op uint8

// The operators, grouped by precedence from the loosest to the tightest.
const (
	OpNone Op = iota
	OpArrow
	OpNot
	OpDistinct
	OpNotDistinct
	OpEq
	OpNe
	OpLt
	OpLe
	OpGt
	OpGe
	OpRegex
	OpNotRegex
	OpConcat
	OpArrowText
	OpContains
	OpContainedBy
	OpOverlaps
	OpStartsWith
	OpDistance
	OpCosineDistance
	OpAbs
	OpBitAnd
	OpBitOr
	OpShiftLeft
	OpShiftRight
	OpBitNot
	OpAdd
	OpSub
	OpMul
	OpDiv
	OpIntDiv
	OpMod
	OpPow
	OpPowStars
	OpNeg
	OpPlus
	OpFactorial
)

var opText = [...]string{
	OpNone: "", OpArrow: "->", OpNot: "NOT", OpDistinct: "IS DISTINCT FROM", OpNotDistinct: "IS NOT DISTINCT FROM",
	OpEq: "=", OpNe: "!=", OpLt: "<", OpLe: "<=", OpGt: ">", OpGe: ">=",
	OpConcat: "||", OpArrowText: "->>", OpContains: "@>", OpContainedBy: "<@", OpOverlaps: "&&", OpStartsWith: "^@",
	OpBitAnd: "&", OpBitOr: "|", OpShiftLeft: "<<", OpShiftRight: ">>", OpRegex: "~", OpNotRegex: "!~",
	OpDistance: "<->", OpCosineDistance: "<=>", OpBitNot: "~", OpAbs: "@", OpAdd: "+", OpSub: "-", OpMul: "*",
	OpDiv: "/", OpIntDiv: "//", OpMod: "%", OpPow: "^", OpPowStars: "**", OpNeg: "-", OpPlus: "+", OpFactorial: "!",
}

// String returns the canonical spelling of the operator.
func (o Op) String() string { return opText[o] }

// Comparison reports whether the operator is one of = != < <= > >=.
func (o Op) Comparison() bool { return o >= OpEq && o <= OpGe }

// level is the same for binary operators that chain from left to right without parentheses, and 0 for all others.
func (o Op) level() int {
	switch {
	case o >= OpConcat && o <= OpCosineDistance:
		return 1
	case o >= OpBitAnd && o <= OpShiftRight:
		return 5
	case o == OpAdd || o == OpSub:
		return 2
	case o >= OpMul && o <= OpMod:
		return 3
	case o == OpPow || o == OpPowStars:
		return 4
	}
	return 0
}

// Negate returns the comparison that holds exactly when o does not (for operands that are not NULL), or OpNone.
func (o Op) Negate() Op {
	switch o {
	case OpEq:
		return OpNe
	case OpNe:
		return OpEq
	case OpLt:
		return OpGe
	case OpLe:
		return OpGt
	case OpGt:
		return OpLe
	case OpGe:
		return OpLt
	}
	return OpNone
}

// LikeKind tells the pattern languages apart.
type LikeKind uint8

// The pattern matching predicates.
const (
	Like LikeKind = iota
	ILike
	Glob
	Similar
)

var likeText = [...]string{"LIKE", "ILIKE", "GLOB", "SIMILAR TO"}

// String returns the keyword of the predicate.
func (k LikeKind) String() string { return likeText[k] }
