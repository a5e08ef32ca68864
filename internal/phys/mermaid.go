package phys

import (
	"fmt"
	"strings"
)

// Mermaid returns the plan as a Mermaid flowchart, data flowing upwards. Buffering nodes have double borders.
func Mermaid(root Node, opts FormatOptions) string {
	m := &mermaid{f: formatter{opts: opts}, shared: map[int]string{}}
	m.b.WriteString("flowchart BT\n")
	m.node(root)
	return m.b.String()
}

type mermaid struct {
	b      strings.Builder
	f      formatter
	shared map[int]string
}

// node writes n and what is below it and returns its name in the chart.
func (m *mermaid) node(n Node) string {
	id := fmt.Sprintf("n%d", n.Info().ID)
	name, detail := Describe(n)
	const most = 120
	if r := []rune(detail); len(r) > most {
		detail = string(r[:most]) + "…"
	}
	text := "<b>" + escape(name) + "</b>"
	if detail != "" {
		text += "<br/>" + escape(detail)
	}
	text += "<br/><i>" + escape(strings.Trim(m.f.marks(n), "()")) + "</i>"
	open, shut := "[", "]"
	if Behaviour(n) != Stream {
		open, shut = "[[", "]]"
	}
	fmt.Fprintf(&m.b, "  %s%s\"%s\"%s\n", id, open, text, shut)
	if s, ok := n.(*Shared); ok {
		if first, seen := m.shared[s.Key]; seen {
			fmt.Fprintf(&m.b, "  %s --> %s\n", first, id)
			return id
		}
		in := m.node(s.Input)
		m.shared[s.Key] = in
		fmt.Fprintf(&m.b, "  %s --> %s\n", in, id)
		return id
	}
	for i, in := range n.Inputs() {
		fmt.Fprintf(&m.b, "  %s -->%s %s\n", m.node(in), edge(n, i), id)
	}
	return id
}

// edge names the inputs of joins.
func edge(n Node, i int) string {
	switch n.(type) {
	case *HashJoin, *LoopJoin:
		return [...]string{"|probe|", "|build|"}[i]
	default:
		return ""
	}
}

// escape replaces what Mermaid reads as markup within a quoted label.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;", ">", "&gt;", "#", "&#35;", "\n", " ").Replace(s)
}
