// Package pgo makes the profile that the compiler is steered by.
//
// What lives here: merging CPU profiles into one file that may be committed. What does not: which work is profiled, and how it is run. Only the
// command bench imports it.
package pgo
