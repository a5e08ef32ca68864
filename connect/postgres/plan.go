package postgres

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// plan is how a load reaches its table.
type plan struct {
	first []string // before the rows
	copy  string   // takes the rows
	last  []string // after the rows
}

// stage is the temporary table for rows that cannot go straight to their place.
const stage = "pg_temp.siksik_stage"

// existing is a column of a table that is there already.
type existing struct {
	name, typ string
	oid       string
}

// makePlan looks at the table and decides. It locks nothing.
func makePlan(ctx context.Context, c *pgconn.PgConn, t target, into relation, spec spi.LoadSpec) (plan, error) {
	found, kind, err := lookup(ctx, c, t, into)
	if err != nil {
		return plan{}, err
	}
	if kind == "" {
		if err := checkSchema(ctx, c, t, into); err != nil {
			return plan{}, err
		}
		return planNew(into, spec), nil
	}
	if spec.Mode == spi.Create {
		return plan{}, fault.New(fault.Usage, "the table %s exists already in %s", found, t.place()).WithHint("choose mode replace, append or upsert")
	}
	if kind != "r" && kind != "p" && kind != "f" {
		return plan{}, fault.New(fault.Usage, "%s in %s is not a table, so it takes no rows", found, t.place()).WithHint("choose another table name")
	}
	cols, err := columnsOf(ctx, c, t, found)
	if err != nil {
		return plan{}, err
	}
	same, mismatch := compare(t, found, cols, spec.Schema)
	names := quoteAll(spec.Schema.Names())
	staged := plan{first: []string{"CREATE TEMP TABLE siksik_stage (" + declarationsOf(spec.Schema) + ") ON COMMIT DROP"}, copy: copySQL(stage, names)}
	move := "INSERT INTO " + found.String() + " (" + names + ") SELECT " + casts(cols, spec.Schema) + " FROM " + stage
	switch spec.Mode {
	case spi.Replace:
		if mismatch == nil && len(cols) == spec.Schema.Len() {
			staged.last = []string{"TRUNCATE " + found.String(), move}
			return staged, nil
		}
		again := planNew(found, spec)
		staged.last = append(append([]string{"DROP TABLE " + found.String()}, again.first...), "INSERT INTO "+found.String()+" SELECT * FROM "+stage)
		return staged, nil
	case spi.Upsert:
		if mismatch != nil {
			return plan{}, mismatch
		}
		unique, err := hasUnique(ctx, c, t, found, spec.Key)
		if err != nil {
			return plan{}, err
		}
		if !unique {
			staged.last = append(staged.last, uniqueIndex(found, spec.Key))
		}
		staged.last = append(staged.last, upsert(found, cols, spec))
		return staged, nil
	}
	if same {
		return plan{copy: copySQL(found.String(), names)}, mismatch
	}
	staged.last = []string{move}
	return staged, mismatch
}

// planNew creates the table in the load's transaction, where nobody else sees it.
func planNew(into relation, spec spi.LoadSpec) plan {
	names := quoteAll(spec.Schema.Names())
	create := "CREATE TABLE " + into.String() + " (" + declarationsOf(spec.Schema) + ")"
	if spec.Mode != spi.Upsert {
		return plan{first: []string{create}, copy: copySQL(into.String(), names)}
	}
	return plan{
		first: []string{create, uniqueIndex(into, spec.Key), "CREATE TEMP TABLE siksik_stage (" + declarationsOf(spec.Schema) + ") ON COMMIT DROP"},
		copy:  copySQL(stage, names),
		last:  []string{upsert(into, nil, spec)},
	}
}

func copySQL(into, names string) string {
	return "COPY " + into + " (" + names + ") FROM STDIN (FORMAT binary)"
}

func declarationsOf(s dtype.Schema) string {
	cols := make([]string, s.Len())
	for i, f := range s.Fields {
		name, _ := declaration(f.Type)
		cols[i] = quote(f.Name) + " " + name
	}
	return strings.Join(cols, ", ")
}

func uniqueIndex(r relation, key []string) string {
	return "CREATE UNIQUE INDEX ON " + r.String() + " (" + quoteAll(key) + ")"
}

// casts selects the staged columns for the table. Assignment casts do nearly all, and unlike explicit ones they refuse text that is too long instead of
// cutting it; only enums need a cast in writing.
func casts(cols []existing, s dtype.Schema) string {
	parts := make([]string, s.Len())
	for i, f := range s.Fields {
		parts[i] = quote(f.Name)
		k := slices.IndexFunc(cols, func(c existing) bool { return c.name == f.Name })
		if k >= 0 && f.Type.Kind == dtype.Enum && userDefined(cols[k]) {
			parts[i] += "::" + cols[k].typ
		}
	}
	return strings.Join(parts, ", ")
}

// upsert moves the last row of each key; ON CONFLICT must not meet a key twice. The place of a row in the stage, which is filled once and in order,
// is its ctid.
func upsert(r relation, cols []existing, spec spi.LoadSpec) string {
	var sets []string
	for _, n := range spec.Schema.Names() {
		if !slices.Contains(spec.Key, n) {
			sets = append(sets, quote(n)+" = excluded."+quote(n))
		}
	}
	action := "DO NOTHING"
	if len(sets) > 0 {
		action = "DO UPDATE SET " + strings.Join(sets, ", ")
	}
	key := quoteAll(spec.Key)
	return "INSERT INTO " + r.String() + " (" + quoteAll(spec.Schema.Names()) + ") SELECT " + casts(cols, spec.Schema) +
		" FROM (SELECT DISTINCT ON (" + key + ") * FROM " + stage + " ORDER BY " + key + ", ctid DESC) s ON CONFLICT (" + key + ") " + action
}

// lookup finds the relation as written, or in lower case as PostgreSQL folds names. kind is pg_class.relkind, or "" if there is none.
func lookup(ctx context.Context, c *pgconn.PgConn, t target, r relation) (relation, string, error) {
	for _, try := range []relation{r, {strings.ToLower(r.schema), strings.ToLower(r.name)}} {
		rows, err := ask(ctx, c, t, "SELECT n.nspname, c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)", try.String())
		if err != nil {
			return r, "", err
		}
		if len(rows) == 1 {
			return relation{rows[0][0], rows[0][1]}, rows[0][2], nil
		}
	}
	return r, "", nil
}

// checkSchema checks that the schema for a new table exists.
func checkSchema(ctx context.Context, c *pgconn.PgConn, t target, r relation) error {
	if r.schema == "" {
		return nil
	}
	rows, err := ask(ctx, c, t, "SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%'")
	if err != nil {
		return err
	}
	var names []string
	for _, row := range rows {
		names = append(names, row[0])
	}
	if slices.Contains(names, r.schema) {
		return nil
	}
	return fault.New(fault.NotFound, "no schema %q in %s", r.schema, t.place()).WithHint("%s", either(fault.DidYouMean(r.schema, names), "create it first with CREATE SCHEMA"))
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// columnsOf lists the columns that can be written.
func columnsOf(ctx context.Context, c *pgconn.PgConn, t target, r relation) ([]existing, error) {
	rows, err := ask(ctx, c, t, `SELECT attname, format_type(atttypid, atttypmod), atttypid::text FROM pg_attribute
		WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`, r.String())
	out := make([]existing, len(rows))
	for i, row := range rows {
		out[i] = existing{name: row[0], typ: row[1], oid: row[2]}
	}
	return out, err
}

// hasUnique reports a unique index, not partial and not on expressions, on exactly the key.
func hasUnique(ctx context.Context, c *pgconn.PgConn, t target, r relation, key []string) (bool, error) {
	sorted := slices.Clone(key)
	slices.Sort(sorted)
	rows, err := ask(ctx, c, t, `SELECT string_agg(quote_ident(a.attname), ',' ORDER BY a.attname COLLATE "C") FROM pg_index i
		JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey[0:i.indnkeyatts - 1])
		WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL GROUP BY i.indexrelid
		INTERSECT SELECT string_agg(quote_ident(k), ',' ORDER BY k COLLATE "C") FROM unnest($2::text[]) k`, r.String(), arrayLiteral(sorted))
	return len(rows) > 0, err
}

// arrayLiteral writes a text[] in its text form.
func arrayLiteral(items []string) string {
	parts := make([]string, len(items))
	for i, s := range items {
		parts[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
	}
	return "{" + strings.Join(parts, ",") + "}"
}
