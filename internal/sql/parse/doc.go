// Package parse turns SQL text into an ast, with positions: a hand-written lexer and a Pratt parser for DuckDB's dialect.
//
// What lives here: Statements, Expr and Type parse; Tokens and Complete serve the interactive shell. The lexer reads the
// whole text into one slice of small tokens, the parser walks it with free look-ahead.
//
// Errors are fault.Error with code syntax, the position in the text, and the nearest keyword as a hint. The first
// error sticks: the parser then sees only the end of the text, so every rule falls through, and what they built is
// dropped. Nesting and the height of trees are limited, so no input can exhaust the stack.
//
// What does not live here: names, types and the meaning of anything. Who may import me: bind, engine and the shell.
package parse
