package opt

// most bounds passes that run until nothing changes. Plans settle after a few rounds; the bound only protects against rules that undo each other.
const most Until = 16

// passes is the only list of rules and of the order in which they run.
func passes() []Pass {
	return []Pass{
		{Name: "shares", Walk: Root, Until: most, Rules: []Rule{inlineShared{}}},
		// Conditions become simple before they move, and joins take the kind that lets the most through.
		{Name: "simplify", Walk: BottomUp, Until: most, Rules: []Rule{foldConstants{}, mergeFilters{}, mergeProjects{}, singleToCross{}, pruneEmpty{}}},
		{Name: "filters", Walk: TopDown, Until: most, Rules: []Rule{mergeFilters{}, outerToInner{}, markToSemi{}, pushFilter{}, crossToInner{}, foldConstants{}}},
		{Name: "empty", Walk: BottomUp, Until: most, Rules: []Rule{mergeFilters{}, mergeProjects{}, pruneEmpty{}}},
		{Name: "redundant", Walk: BottomUp, Until: most, Rules: []Rule{mergeProjects{}, dedupAggregates{}, removeDistinct{}, countFromMetadata{}}},
		{Name: "sorts", Walk: Root, Until: Once, Rules: []Rule{removeSort{}}},
		{Name: "limits", Walk: TopDown, Until: most, Rules: []Rule{pushLimit{}}},
		// Joins are ordered when filters and metadata have made the sizes of their inputs known.
		{Name: "joins", Walk: Root, Until: Once, Rules: []Rule{joinOrder{}, joinSides{}}},
		{Name: "columns", Walk: Root, Until: most, Rules: []Rule{pruneColumns{}}},
		{Name: "tidy", Walk: BottomUp, Until: most, Rules: []Rule{mergeProjects{}, mergeFilters{}}},
		{Name: "columns again", Walk: Root, Until: most, Rules: []Rule{pruneColumns{}}},
	}
}
