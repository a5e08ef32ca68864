// Package fn implements the scalar functions that internal/sig declares: one Maker for each overload ID.
//
// What lives here: strings, patterns, mathematics, dates, lists, structs, maps, JSON, hashes, each a loop over a column. What does not: aggregates and
// window functions (internal/exec/op), operators that are expressions of their own (cast, case, and, or, not, in: internal/eval), declarations and
// coercion (internal/sig). Who may import it: internal/eval and the floors above it.
//
// A Maker sees the constant arguments once and prepares for them: a compiled pattern, a parsed format, a chosen part of a date. The Impl that it
// returns holds no state of a worker and may be called from several goroutines. Arguments come in any form with the types that sig.Resolve asked
// for; the result has the call's type, any form, and lives in Ctx.Scratch.
//
// The functions of a file are a Set, which a program contains if something that it calls names the set (set.go): a method of frames names that of
// its function, and SQL names All. A new file needs its set in All; cover_test.go looks after that.
//
// Most functions are written once for Flat and non-null Const arguments under the wrapper strict (form.go), which deals with nulls, constants and
// dictionaries: a function of one dictionary column and constants runs once per dictionary value.
package fn
