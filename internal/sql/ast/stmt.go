package ast

// Describe is DESCRIBE query or DESCRIBE table; without either it lists all tables. Exactly one of Query and Table is set otherwise.
type Describe struct {
	Span
	Query *Query
	Table TableRef
}

// Summarize is SUMMARIZE query or SUMMARIZE table.
type Summarize struct {
	Span
	Query *Query
	Table TableRef
}

// Show is SHOW TABLES, SHOW ALL TABLES, SHOW DATABASES, SHOW FUNCTIONS, or SHOW setting. SHOW query is a Describe.
type Show struct {
	Span
	// What is the words after SHOW, in lower case: "tables", "all tables", or the name of a setting.
	What string
	// From restricts SHOW TABLES FROM to a catalog or schema.
	From Name
}

// Explain is EXPLAIN [ANALYZE] [(options)] statement.
type Explain struct {
	Span
	Analyze   bool
	Options   []Option
	Statement Statement
}

// Option is a named option of COPY or EXPLAIN. Values is empty for a bare name, and has several elements for a parenthesised list.
type Option struct {
	Span
	Name   Ident
	Values []Expr
	// List says that Values stood in parentheses, even if there is only one.
	List bool
}

// Copy is COPY source TO file, or COPY table FROM file.
type Copy struct {
	Span
	// Query or Table is the source of COPY … TO; Table, with Columns, the target of COPY … FROM.
	Query   *Query
	Table   Name
	Columns []Ident
	From    bool
	// File is the path: a string, a parameter, or any expression in parentheses.
	File    Expr
	Options []Option
}

// SettingScope is the scope of SET and RESET.
type SettingScope uint8

// The scopes of a setting.
const (
	ScopeDefault SettingScope = iota
	ScopeSession
	ScopeGlobal
	ScopeLocal
	// ScopeVariable is SET VARIABLE, whose value getvariable reads.
	ScopeVariable
)

var scopeText = [...]string{"", "SESSION", "GLOBAL", "LOCAL", "VARIABLE"}

// String returns the keyword of the scope.
func (s SettingScope) String() string { return scopeText[s] }

// Set is SET name = value or SET name TO value. A bare word on the right is a ColumnRef; DEFAULT is a Default.
type Set struct {
	Span
	Scope SettingScope
	Name  Name
	Value []Expr
}

// Reset is RESET name.
type Reset struct {
	Span
	Scope SettingScope
	Name  Name
}

// Pragma is PRAGMA name, PRAGMA name = value, or PRAGMA name(args).
type Pragma struct {
	Span
	Name  Name
	Value Expr
	Call  bool
	Args  []Arg
}

// Use is USE catalog.schema.
type Use struct {
	Span
	Name Name
}

// Call is CALL function(args).
type Call struct {
	Span
	Func *Func
}

// Prepare is PREPARE name AS statement. Params names the parameters of the statement, each once; ? and $1 are "1", "2", ….
type Prepare struct {
	Span
	Name      Ident
	Statement Statement
	Params    []string
}

// Execute is EXECUTE name(args).
type Execute struct {
	Span
	Name Ident
	Args []Arg
}

// Deallocate is DEALLOCATE name.
type Deallocate struct {
	Span
	Name Ident
}

// TransactionKind is the verb of a Transaction.
type TransactionKind uint8

// The transaction statements.
const (
	Begin TransactionKind = iota
	Commit
	Rollback
)

var transactionText = [...]string{"BEGIN", "COMMIT", "ROLLBACK"}

// String returns the keyword of the statement.
func (k TransactionKind) String() string { return transactionText[k] }

// Transaction is BEGIN, COMMIT or ROLLBACK.
type Transaction struct {
	Span
	Kind TransactionKind
}

// Maintenance is ANALYZE, VACUUM, CHECKPOINT, LOAD or INSTALL: accepted, because scripts contain them.
type Maintenance struct {
	Span
	// Verb is the upper-case keyword; Target the table or extension, if any.
	Verb    string
	Target  Name
	Columns []Ident
}

func (*Describe) statement()    {}
func (*Describe) body()         {}
func (*Summarize) statement()   {}
func (*Summarize) body()        {}
func (*Show) statement()        {}
func (*Show) body()             {}
func (*Explain) statement()     {}
func (*Copy) statement()        {}
func (*Set) statement()         {}
func (*Reset) statement()       {}
func (*Pragma) statement()      {}
func (*Use) statement()         {}
func (*Call) statement()        {}
func (*Prepare) statement()     {}
func (*Execute) statement()     {}
func (*Deallocate) statement()  {}
func (*Transaction) statement() {}
func (*Maintenance) statement() {}
