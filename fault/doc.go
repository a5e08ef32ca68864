// Package fault is the one kind of error that a person is meant to read.
//
// What lives here: Error, its codes, text positions with a caret, and the search for the nearest name.
// What does not: errors of the world (wrapped with %w where they happen) and impossible states (internal/bug).
// Who may import it: everybody; it imports the standard library only.
package fault
