package opt

// most bounds passes that run until nothing changes. Plans settle after a few rounds; the bound only protects against rules that undo each other.
const most Until = 16

// passes and lastPasses are the only lists of rules and of the order in which they run. passes run until nothing changes, and then lastPasses once.
func passes() []Pass {
	shares := Pass{Name: "shares", Walk: Root, Until: most, Rules: []Rule{inlineShared{}}}
	// Conditions become simple before they move, and joins take the kind that lets the most through.
	simplify := Pass{Name: "simplify", Walk: BottomUp, Until: most, Rules: []Rule{foldConstants{}, mergeFilters{}, mergeProjects{}, singleToCross{}, pruneEmpty{}}}
	filters := Pass{Name: "filters", Walk: TopDown, Until: most,
		Rules: []Rule{mergeFilters{}, outerToInner{}, markToSemi{}, pushFilter{}, crossToInner{}, implyFilter{}, foldConstants{}}}
	return []Pass{
		shares, simplify, filters,
		// Subqueries become joins when the rows that they are for have been filtered, and their own conditions have moved down.
		{Name: "subqueries", Walk: Root, Until: Once, Needed: true, Rules: []Rule{decorrelate{}}},
		shares, simplify, filters,
		{Name: "empty", Walk: BottomUp, Until: most, Rules: []Rule{mergeFilters{}, mergeProjects{}, pruneEmpty{}}},
		{Name: "semi joins", Walk: TopDown, Until: most, Rules: []Rule{pushSemi{}}},
		{Name: "redundant", Walk: BottomUp, Until: most, Rules: []Rule{mergeProjects{}, shiftedSums{}, dedupAggregates{}, removeDistinct{}, answerFromMetadata{}}},
		{Name: "sorts", Walk: Root, Until: Once, Rules: []Rule{removeSort{}}},
		{Name: "limits", Walk: TopDown, Until: most, Rules: []Rule{pushLimit{}}},
		{Name: "products", Walk: TopDown, Until: Once, Rules: []Rule{connectJoins{}}},
		// Joins are ordered when filters and metadata have made the sizes of their inputs known.
		{Name: "joins", Walk: Root, Until: Once, Rules: []Rule{joinOrder{}, joinSides{}}},
		{Name: "columns", Walk: Root, Until: most, Rules: []Rule{pruneColumns{}}},
		{Name: "tidy", Walk: BottomUp, Until: most, Rules: []Rule{mergeProjects{}, mergeFilters{}}},
		{Name: "columns again", Walk: Root, Until: most, Rules: []Rule{pruneColumns{}}},
	}
}

func lastPasses() []Pass {
	return []Pass{
		{Name: "early aggregates", Walk: TopDown, Until: Once, Rules: []Rule{pushAggregate{}}},
		{Name: "equal early aggregates", Walk: BottomUp, Until: most, Rules: []Rule{dedupAggregates{}, mergeProjects{}}},
		{Name: "sides of early aggregates", Walk: Root, Until: Once, Rules: []Rule{joinSides{}}},
		{Name: "numbers of texts", Walk: BottomUp, Until: Once, Rules: []Rule{numberKeys{}}},
		{Name: "late columns", Walk: TopDown, Until: most, Rules: []Rule{fetchLate{}}},
		{Name: "limits of late columns", Walk: TopDown, Until: most, Rules: []Rule{pushLimit{}}},
		{Name: "common parts", Walk: Root, Until: Once, Rules: []Rule{shareCommon{}}},
		{Name: "columns of common parts", Walk: Root, Until: most, Rules: []Rule{pruneColumns{}}},
		{Name: "tidy common parts", Walk: BottomUp, Until: most, Rules: []Rule{mergeProjects{}}},
	}
}
