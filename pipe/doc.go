// Package pipe runs pipelines: sources, steps over them, checks of their rows, and sinks, written in YAML or in Go.
//
//	p := pipe.New("daily-active-users").
//		Source("logs", siksik.ScanNDJSON("logs/*.ndjson.gz")).
//		SQL("dau", "SELECT day, count(DISTINCT user_id) AS dau FROM logs WHERE day >= $since GROUP BY ALL", siksik.P("since", "2026-01-01")).
//		Check("dau", pipe.NotNull("day"), pipe.Expect("dau > 0")).
//		Sink("dau", "sqlite://dau.db?table=dau", siksik.UpsertBy("day"))
//	summary, err := p.Run(ctx, pipe.Options{})
//
// The whole pipeline is one query, so that what several sinks or checks need is read and computed once. Everything is bound before anything is
// read; sinks become visible only after all rows were written and all checks passed.
//
// What lives here: the YAML specification with its JSON Schema, the builder, checks, the run with its two phases, summaries. What does not: reading
// flags and environment, printing, exit codes (cmd/siksik), and connectors, which register themselves when they are imported.
// Who may import it: cmd/siksik, server, and programs of users.
package pipe
