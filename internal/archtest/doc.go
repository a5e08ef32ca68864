// Package archtest is the house rules as tests: floors and wings, the core's dependencies, forbidden calls, documentation, sizes.
//
// What lives here: tests only, and the tables that they read. What does not: anything that runs in a program. Who may import it: nobody.
package archtest
