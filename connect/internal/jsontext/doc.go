// Package jsontext writes values of columns as JSON text, for databases that keep nested values as documents.
//
// What lives here: Append. What does not: reading JSON. Who may import it: the packages of connect.
package jsontext
