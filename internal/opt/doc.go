// Package opt rewrites plans into plans with the same result that run faster.
//
// What lives here: the rules, one a file and named like their file, and passes.go, the only list of them. What does not: choices of algorithm
// (internal/physplan), estimates (internal/stats), evaluation (injected as Folder). Who may import it: internal/engine.
//
// # What a rule may do
//
// A rule never changes the rows of the result, nor their order where somebody observes it (plan.ObservesOrder). Three freedoms are taken:
//
//   - A query that fails for a row which an equivalent query would not have looked at may succeed. The reverse is forbidden: what may fail is never
//     evaluated for rows that the plan as written excludes.
//   - Joins of large inputs may be reordered where nobody observes the order of their rows, and below a sort. Ties of the sort, and with a limit which of them remain, then follow the new order of the
//     joins, which depends on the plan and the statistics only: the same query on the same files still gives the same bytes. Without a sort above, the order
//     of joined rows and of groups is as written.
//   - Inner joins that need a product as written, though keys connect their inputs in another order, are done in that order (connect_joins). The order of
//     the rows then follows the new order of the joins, which depends on the query alone.
package opt
