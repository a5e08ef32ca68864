// Package dtype is the type system: data types, fields and schemas.
//
// What lives here: Type with its logical kind and physical representation, SQL spelling and parsing of simple names, Field, Schema.
// What does not: values (package data), coercion rules and function signatures (internal/sig).
// Who may import it: everybody; it imports the standard library and fault only.
package dtype
