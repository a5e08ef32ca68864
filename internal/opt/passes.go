package opt

// passes is the only list of rules and of the order in which they run.
func passes() []Pass {
	return []Pass{
		{Name: "simplify", Walk: BottomUp, Until: 8, Rules: []Rule{foldConstants{}, mergeFilters{}}},
	}
}
