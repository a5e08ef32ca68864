package opt

// joined order of a set of inputs: an input, or the join of two orders.
type joinPlan struct {
	set         relSet
	left, right *joinPlan // nil for an input
	cost        float64
}

// enumerateMost is the number of inputs up to which every order is tried that joins by keys.
const enumerateMost = 12

// order returns the order in which the inputs of g are joined: the cheapest for each part that hangs together by keys, or a greedy one if it is large, and then the parts,
// smallest first.
func (g *joinGraph) order() *joinPlan {
	var parts []*joinPlan
	all := relSet(1)<<len(g.rels) - 1
	for rest := all; rest != 0; {
		part := relSet(1) << rest.first()
		for {
			next := part | g.neighbours(part)
			if next == part {
				break
			}
			part = next
		}
		rest &^= part
		parts = append(parts, g.best(part))
	}
	return g.greedy(parts)
}

// best orders inputs that hang together.
func (g *joinGraph) best(part relSet) *joinPlan {
	var rels []int
	for r := part; r != 0; r &= r - 1 {
		rels = append(rels, r.first())
	}
	single := make([]*joinPlan, len(rels))
	for i, r := range rels {
		single[i] = &joinPlan{set: 1 << r}
	}
	if len(rels) > enumerateMost {
		return g.greedy(single)
	}
	plans := make([]*joinPlan, 1<<len(rels)) // by subset, as positions in rels
	for i, p := range single {
		plans[1<<i] = p
	}
	for s := 3; s < len(plans); s++ {
		low := s & -s
		for a := (s - 1) & s; a > 0; a = (a - 1) & s {
			l, r := plans[a], plans[s&^a]
			if a&low == 0 || l == nil || r == nil || g.neighbours(l.set)&r.set == 0 {
				continue
			}
			if p := g.join(l, r); plans[s] == nil || p.cost < plans[s].cost {
				plans[s] = p
			}
		}
	}
	return plans[len(plans)-1]
}

// join makes the join of two orders. The larger side is read row by row, the smaller one is kept in a table, which costs more, and every row of the result is
// handed on.
func (g *joinGraph) join(l, r *joinPlan) *joinPlan {
	p := &joinPlan{set: l.set | r.set, left: l, right: r}
	a, b := g.card(l.set), g.card(r.set)
	p.cost = l.cost + r.cost + max(a, b) + 2*min(a, b) + g.card(p.set)
	return p
}

// greedy joins the two orders with the fewest rows until one is left; those without a key between them only when nothing else is left.
func (g *joinGraph) greedy(list []*joinPlan) *joinPlan {
	for len(list) > 1 {
		var best *joinPlan
		bestKeyed, at, with := false, 0, 0
		for i := range list {
			for k := i + 1; k < len(list); k++ {
				keyed := g.neighbours(list[i].set)&list[k].set != 0
				if best != nil && bestKeyed && !keyed {
					continue
				}
				p := g.join(list[i], list[k])
				if best == nil || keyed && !bestKeyed || g.card(p.set) < g.card(best.set) {
					best, bestKeyed, at, with = p, keyed, i, k
				}
			}
		}
		list[at] = best
		list = append(list[:with], list[with+1:]...)
	}
	return list[0]
}
