package ast

// Insert is INSERT INTO. Query is nil for DEFAULT VALUES.
type Insert struct {
	Span
	With *With
	// Replace and Ignore are INSERT OR REPLACE and INSERT OR IGNORE.
	Replace, Ignore bool
	Table           Name
	Alias           Ident
	Columns         []Ident
	ByName          bool
	Query           *Query
	Conflict        *Conflict
	Returning       []SelectItem
}

// Conflict is ON CONFLICT (columns) [WHERE …] DO NOTHING, or DO UPDATE SET … [WHERE …] when Set is not empty.
type Conflict struct {
	Span
	Columns     []Ident
	TargetWhere Expr
	Set         []Assignment
	Where       Expr
}

// Assignment is columns = value; several columns stand in parentheses.
type Assignment struct {
	Columns []Name
	Value   Expr
}

// Update is UPDATE … SET.
type Update struct {
	Span
	With      *With
	Table     Name
	Alias     Ident
	Set       []Assignment
	From      []TableRef
	Where     Expr
	Returning []SelectItem
}

// Delete is DELETE FROM, and TRUNCATE when Truncate is set.
type Delete struct {
	Span
	With      *With
	Truncate  bool
	Table     Name
	Alias     Ident
	Using     []TableRef
	Where     Expr
	Returning []SelectItem
}

// Merge is MERGE INTO target USING source ON condition WHEN ….
type Merge struct {
	Span
	With      *With
	Table     Name
	Alias     Ident
	Source    TableRef
	On        Expr
	Using     []Ident
	Whens     []MergeWhen
	Returning []SelectItem
}

// MergeMatch says which rows an arm of MERGE is for.
type MergeMatch uint8

// The rows an arm of MERGE is for.
const (
	Matched MergeMatch = iota
	NotMatchedByTarget
	NotMatchedBySource
)

// MergeVerb is what an arm of MERGE does.
type MergeVerb uint8

// The actions of MERGE.
const (
	MergeUpdate MergeVerb = iota
	MergeDelete
	MergeInsert
	MergeNothing
	MergeError
)

// MergeWhen is one arm of MERGE. UPDATE without Set, and INSERT without Values, take all columns, by name when ByName.
type MergeWhen struct {
	Span
	Match   MergeMatch
	Cond    Expr
	Verb    MergeVerb
	Set     []Assignment
	Columns []Ident
	Values  []Expr
	Default bool
	ByName  bool
	// Message is the text of ERROR, or nil.
	Message Expr
}

func (*Insert) statement() {}
func (*Update) statement() {}
func (*Delete) statement() {}
func (*Merge) statement()  {}
