// Package sig declares functions: names, overloads, argument and result types, and the properties that the optimiser uses; and the
// rules by which types are coerced. What lives here: declarations. What does not: implementations (internal/fn and internal/exec/op).
//
// Entry points: Resolve (pick an overload for argument types), CommonType (the type that two types meet in), CanCast.
// Who may import it: both wings.
package sig

//go:generate go test -run TestFunctionsPageIsUpToDate -rewrite .
