// Package frame is the unbound tree that a LazyFrame builds: names, not ids; nothing checked yet.
//
// What lives here: plain nodes for relations and expressions. What does not: SQL, whose nodes embed Foreign, resolution and types (internal/bind), and any logic beyond construction.
// Who may import it: internal/bind, internal/engine, the root package.
package frame
