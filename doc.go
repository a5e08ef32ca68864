// Package siksik is a data engine: lazy data frames and SQL over one optimiser and one vectorised, parallel engine, in pure Go.
//
//	errors, err := siksik.ScanCSV("logs.csv").
//		Filter(siksik.Col("status").Eq(500)).
//		GroupBy("endpoint").
//		Agg(siksik.Len().Alias("error_count"), siksik.Col("latency").Mean().Alias("avg_latency")).
//		Sort(siksik.Desc("error_count")).
//		Collect(ctx)
//
// A LazyFrame describes a query; nothing is read until Collect, Batches, Rows or a Sink method runs it. A DataFrame holds rows in memory.
// Expressions (Expr) start at Col, Lit, Len, When, Map or SQLExpr. An Engine (Open) adds SQL, registered tables and functions, a memory budget
// and a number of threads; frames that name no engine run on a default one.
//
// Names and semantics follow Polars in Go spelling; SQL follows DuckDB. Where both differ the frame methods say so.
//
// A program has the file formats and functions whose methods it calls; SQL and paths of any format bring all. Time zones come from the machine; a
// program for machines without a database of them imports time/tzdata.
//
// What lives here: the public face, which builds trees for internal/engine. What does not: any logic of queries. Who may import it: everybody
// outside, package pipe, and the programs.
package siksik
