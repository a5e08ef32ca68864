// Package dau tests the pipeline of this example.
//
// What lives here: the test. What does not: anything to import. Who may import it: nobody.
package dau
