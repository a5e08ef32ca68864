// Package sqlite reads and writes tables of SQLite database files. Importing it adds the driver "sqlite" to spi.Default.
//
// URLs are sqlite://relative/path.db and sqlite:///absolute/path.db with the parameters table=NAME or query=SELECT… (also sql=…),
// busy_timeout=5s (how long to wait for another program's lock) and, for reading, on_error=fail|null. Options have the same names.
//
// # Types
//
// SQLite has five storage classes and types each value, not each column. The declared type of a column says how to read its values; a
// value of another kind is an error with row, column and value, or a null under on_error=null. Written columns are declared so that they
// read back as the same type:
//
//	siksik               declared         stored as
//	boolean              BOOLEAN          INTEGER 0 or 1
//	int8 int16 int32     TINYINT SMALLINT INT32                  INTEGER
//	int64                BIGINT           INTEGER; any other declaration with INT in it also reads as int64
//	uint8 uint16 uint32  UINT8 UINT16 UINT32                     INTEGER
//	uint64, int128       UBIG_BLOB HUGE_BLOB                     INTEGER within 64 bits, else the decimal TEXT
//	float32 float64      FLOAT32 DOUBLE   REAL; NaN, which SQLite would make null, is the TEXT nan; -0 becomes 0
//	decimal(p,s)         DECIMAL(p,s)     p up to 15: INTEGER or REAL, which is exact for 15 digits
//	                     DECIMAL_TEXT(p,s)                       larger p: TEXT
//	varchar, enum        TEXT             TEXT; reads as varchar
//	blob                 BLOB             BLOB
//	date                 DATE             TEXT 2026-01-31
//	time                 TIME             TEXT 23:59:59.999999
//	timestamp            TIMESTAMP, with _NS _MS _S for other units          TEXT 2026-01-31 23:59:59.999
//	timestamp with zone  TIMESTAMPTZ, with _NS _MS _S            TEXT in UTC, 2026-01-31 23:59:59.999+00:00; reads with zone UTC
//	duration             DURATION, with _NS _MS _S               INTEGER, counted in the unit
//	interval             INTERVAL         TEXT 1 year 2 days 03:04:05
//	uuid                 UUID             TEXT
//	json                 JSON_TEXT        TEXT
//	list array struct map                 JSON_TEXT              TEXT, a JSON document; reads as json
//
// A column without a declared type (an expression of a query), or with one that says nothing, such as NUMERIC, is typed by all of its values:
// one pass over the data finds their storage classes before the scan. Only integers make int64, numbers make float64, text and numbers
// make varchar, blobs make blob; blobs among others are an error.
//
// # Loads
//
// A load first collects its rows in a temporary database that other programs cannot see; Commit moves them into the target in one
// transaction. Until then the target is not locked, so one pipeline may read and write the same file and load several of its tables.
// Upsert needs a unique index on exactly the key columns and makes one if there is none; of rows with the same key in one load the last
// wins. A null in a key column is an error, because SQL would never find that row again.
//
// What lives here: the driver. What does not: SQL on files (the engine's). Who may import it: programs that want the driver.
package sqlite
