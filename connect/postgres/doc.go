// Package postgres reads and writes PostgreSQL tables. Importing it adds the drivers "postgres" and "postgresql" to spi.Default.
//
// URLs are those of PostgreSQL, postgres://user:password@host:port/database?sslmode=…, with the parameters table=schema.name or query=SELECT… (also sql=…), and
// numeric=TYPE for reading. Options have the same names. What a URL leaves out comes from PGUSER, PGPASSWORD, ~/.pgpass and the like.
// Passwords never appear in messages.
//
// # Types
//
//	PostgreSQL                           siksik
//	boolean                              boolean
//	smallint integer bigint oid          int16 int32 int64 uint32
//	real, double precision               float32, float64
//	numeric(p,s), p up to 38             decimal(p,s); NaN and infinities are errors
//	numeric                              decimal(38,16), or what numeric=decimal(p,s)|double|varchar says; a value of more digits is an error
//	text varchar char name, enums        varchar
//	bytea · uuid · json jsonb            blob · uuid · json
//	date · time · timestamp              date · time · timestamp
//	timestamptz                          timestamp with zone UTC
//	interval                             interval
//	arrays of these                      lists; arrays of several dimensions are errors
//	everything else                      varchar, cast by the server
//
// The infinities of dates and timestamps are kept. Tables that a load creates have
//
//	siksik                               PostgreSQL
//	int8 int16 uint8 · int32 uint16      smallint · integer
//	int64 uint32 · uint64 · int128       bigint · numeric(20,0) · numeric(39,0)
//	decimal(p,s)                         numeric(p,s)
//	enum, null                           text
//	timestamp (any unit)                 timestamp; nanoseconds that are not whole microseconds are errors
//	duration, interval                   interval
//	json                                 json, which keeps the text as it is
//	list, array of the plain types       arrays
//	struct, map, lists of nested values  jsonb
//
// and otherwise the types of the first table. Into a table that exists, a load may also bring values of a type that PostgreSQL casts to the
// column's without loss.
//
// # Scans
//
// Rows come in PostgreSQL's binary format over the extended protocol. Conditions that the server decides exactly as the engine
// would are part of the query; text compares by its bytes. A plain table is read by several connections at once, in ranges of its pages, all
// of which see one snapshot.
//
// # Loads
//
// A load is one transaction: rows go through binary COPY, into the table itself where that disturbs nobody, else into a temporary table from which
// Commit moves them. Replace keeps a table whose columns fit, with its grants and indexes, and makes it anew otherwise. Upsert uses a unique
// index on exactly the key columns, or makes one; of rows with the same key in one load the last wins, and a null in a key column is an error.
//
// What lives here: the drivers. What does not: replication. Who may import it: programs that want them.
package postgres
