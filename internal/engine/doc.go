// Package engine is a session: a catalog, settings, a memory budget, and the one path from a query to its rows.
//
// What lives here: Engine, Query (bind → optimise → plan → run), statements other than queries, explain, settings. It is the only package that
// sees both the planning and the running wing. What does not: parsing, rules, operators. Who may import it: the root package, tests.
package engine
