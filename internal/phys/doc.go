// Package phys is the physical plan: what internal/physplan decided and internal/exec/op runs.
//
// What lives here: sealed nodes of immutable data with all choices made (algorithm, sides, order, estimates), Format as text, Mermaid and JSON.
// What does not: rewriting, execution. Who may import it: floors 4 and up, both wings.
package phys
