// Package bind turns SQL syntax trees and frame trees into the one logical plan: it resolves names, settles types, inserts casts, and writes every
// difference between the two front doors into the plan, so that nothing below knows which door a query came through.
//
// What lives here: scopes, expressions, SELECT and its clauses, set operations, table functions, frames. What does not: parsing
// (internal/sql/parse), type rules (internal/sig), rewriting for speed (internal/opt). Who may import it: internal/engine.
package bind
