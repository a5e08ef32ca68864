// Package bug reports states that cannot happen.
//
// What lives here: the only panics of the project, and the error for an unknown sealed type.
// What does not: anything that user input can cause (package fault). Who may import it: everybody inside the module.
package bug
