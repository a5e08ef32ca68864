// Package ast is the syntax tree of siksik's SQL: plain data, written by parse and read by bind.
//
// What lives here: a node per syntactic form (expressions, queries, table references, statements, type names), the byte
// span of each in the source text, the keyword table, the printer that turns a tree back into canonical SQL, and the rule
// that names unnamed output columns. Printing and parsing again gives the same text.
//
// What does not: names are not resolved, types are not known, and nothing is folded. Where the dialect has a
// special syntax for what is just a function call (EXTRACT, SUBSTRING … FROM, POSITION, TRIM, OVERLAY, AT TIME
// ZONE), the tree holds the call. Nodes are never mutated after parsing.
//
// Who may import me: parse, bind, and whoever sits above them; nothing in the running wing.
package ast
