// Package expr is the bound, typed expression tree that both wings read. Columns are identified by ColID, never by name.
//
// What lives here: the sealed node types, traversal, formatting, equality. What does not: names and scopes (internal/bind), rewriting
// (internal/opt), evaluation (internal/eval). Nodes are immutable data. Who may import it: floors 3 and up, both wings.
package expr
