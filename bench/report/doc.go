// Package report turns the outcomes of benchmarks into tables for people and JSON for programs.
//
// What lives here: ratios, layout, and the file of results. What does not: running anything.
//
// Who may import me: the bench module.
package report
