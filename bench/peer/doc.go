// Package peer runs the engines that siksik is compared with, and siksik itself, one workload at a time, each in a
// process of its own.
//
// What lives here: the workloads, how to start each engine, how its process is measured, and whether two engines'
// results are equal.
//
// What does not: making the data (dataset), printing (report), flags (main).
//
// Who may import me: the bench module.
package peer
