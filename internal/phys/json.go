package phys

import "encoding/json"

// jsonNode is the shape of a node in JSON. Absent metrics and estimates are left out.
type jsonNode struct {
	ID       int         `json:"id"`
	Operator string      `json:"operator"`
	Detail   string      `json:"detail,omitempty"`
	Columns  []jsonCol   `json:"columns"`
	Memory   string      `json:"memory"`
	Estimate *float64    `json:"estimated_rows,omitempty"`
	Run      *jsonRun    `json:"run,omitempty"`
	Inputs   []*jsonNode `json:"inputs,omitempty"`
	SameAs   *int        `json:"same_as,omitempty"` // the id of the first use of a shared plan, whose inputs are not repeated
}

type jsonCol struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

type jsonRun struct {
	Rows    int64   `json:"rows"`
	Batches int64   `json:"batches"`
	Bytes   int64   `json:"bytes"`
	Seconds float64 `json:"seconds"`
	MemPeak int64   `json:"memory_peak_bytes"`
	Spilled int64   `json:"spilled_bytes"`
}

// JSON returns the plan as one indented JSON object.
func JSON(root Node, opts FormatOptions) ([]byte, error) {
	return json.MarshalIndent(toJSON(root, opts, map[int]int{}), "", "  ")
}

func toJSON(n Node, opts FormatOptions, shared map[int]int) *jsonNode {
	b := n.Info()
	out := &jsonNode{ID: b.ID, Memory: Behaviour(n), Columns: []jsonCol{}}
	out.Operator, out.Detail = Describe(n)
	for _, c := range b.Out {
		out.Columns = append(out.Columns, jsonCol{c.Name, c.Type.String()})
	}
	if b.Rows >= 0 {
		out.Estimate = &b.Rows
	}
	if opts.Metrics != nil {
		if m, ok := opts.Metrics(b.ID); ok {
			out.Run = &jsonRun{m.Rows, m.Batches, m.Bytes, m.Time.Seconds(), m.MemPeak, m.Spilled}
		}
	}
	if s, ok := n.(*Shared); ok {
		if first, seen := shared[s.Key]; seen {
			out.SameAs = &first
			return out
		}
		shared[s.Key] = b.ID
	}
	for _, in := range n.Inputs() {
		out.Inputs = append(out.Inputs, toJSON(in, opts, shared))
	}
	return out
}
