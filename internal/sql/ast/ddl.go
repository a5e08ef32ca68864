package ast

// OnExisting says what CREATE does when the name is taken.
type OnExisting uint8

// What CREATE does when the name is taken.
const (
	ExistingFails OnExisting = iota
	ExistingReplaced
	ExistingKept
)

// CreateTable is CREATE TABLE with columns, or AS a query.
type CreateTable struct {
	Span
	Existing    OnExisting
	Temporary   bool
	Name        Name
	Columns     []ColumnDef
	Constraints []Constraint
	// As is the query of CREATE TABLE … AS, whose columns Names renames when it is not empty.
	As     *Query
	Names  []Ident
	NoData bool
}

// ColumnDef is a column of CREATE TABLE. Type may be nil for a generated column.
type ColumnDef struct {
	Span
	Name        Ident
	Type        *TypeName
	Constraints []Constraint
}

// ConstraintKind tells constraints apart.
type ConstraintKind uint8

// The constraints of a column or table.
const (
	NotNull ConstraintKind = iota
	Nullable
	PrimaryKey
	Unique
	CheckExpr
	DefaultExpr
	Collation
	References
	Generated
)

// Constraint is a constraint of a column, or of a table with Columns.
type Constraint struct {
	Span
	Kind    ConstraintKind
	Name    Ident
	Columns []Ident
	// X is the expression of CHECK, DEFAULT and GENERATED ALWAYS AS.
	X Expr
	// Stored says that a generated column is STORED rather than VIRTUAL.
	Stored bool
	// Target is the table of REFERENCES, or the collation of COLLATE; TargetColumns the referenced columns.
	Target        Name
	TargetColumns []Ident
}

// CreateView is CREATE VIEW.
type CreateView struct {
	Span
	Existing  OnExisting
	Temporary bool
	Recursive bool
	Name      Name
	Columns   []Ident
	Query     *Query
}

// CreateMacro is CREATE MACRO or CREATE FUNCTION. Several bodies overload by number of parameters.
type CreateMacro struct {
	Span
	Existing  OnExisting
	Temporary bool
	Name      Name
	Bodies    []MacroBody
}

// MacroBody is one overload: a scalar expression X, or the query of a table macro.
type MacroBody struct {
	Params []MacroParam
	X      Expr
	Query  *Query
}

// MacroParam is a parameter of a macro, with its type and default value, if given.
type MacroParam struct {
	Name    Ident
	Type    *TypeName
	Default Expr
}

// CreateType is CREATE TYPE name AS type.
type CreateType struct {
	Span
	Existing  OnExisting
	Temporary bool
	Name      Name
	Type      *TypeName
}

// CreateSchema is CREATE SCHEMA.
type CreateSchema struct {
	Span
	Existing OnExisting
	Name     Name
}

// CreateSequence is CREATE SEQUENCE. A nil expression stands for the default.
type CreateSequence struct {
	Span
	Existing                             OnExisting
	Temporary                            bool
	Name                                 Name
	Start, Increment, MinValue, MaxValue Expr
	Cycle                                bool
}

// CreateIndex is CREATE INDEX.
type CreateIndex struct {
	Span
	Existing OnExisting
	Unique   bool
	Name     Name
	Table    Name
	Method   Ident
	Keys     []Expr
}

// ObjectKind is what DROP removes.
type ObjectKind uint8

// The kinds of objects.
const (
	ObjectTable ObjectKind = iota
	ObjectView
	ObjectMacro
	ObjectTableMacro
	ObjectType
	ObjectSchema
	ObjectSequence
	ObjectIndex
)

var objectText = [...]string{"TABLE", "VIEW", "MACRO", "MACRO TABLE", "TYPE", "SCHEMA", "SEQUENCE", "INDEX"}

// String returns the keyword of the kind.
func (k ObjectKind) String() string { return objectText[k] }

// Drop is DROP kind [IF EXISTS] names [CASCADE].
type Drop struct {
	Span
	Kind     ObjectKind
	IfExists bool
	Names    []Name
	Cascade  bool
}

// AlterKind is the action of ALTER TABLE.
type AlterKind uint8

// The actions of ALTER TABLE.
const (
	AlterRename AlterKind = iota
	AlterRenameColumn
	AlterAddColumn
	AlterDropColumn
	AlterColumnType
	AlterSetDefault
	AlterDropDefault
	AlterSetNotNull
	AlterDropNotNull
)

// Alter is ALTER TABLE, or ALTER VIEW … RENAME TO.
type Alter struct {
	Span
	Object   ObjectKind
	IfExists bool
	Name     Name
	Action   AlterKind
	// Column is the column concerned; To its new name, or the new name of the table.
	Column Name
	To     Ident
	// Def is the column of ADD COLUMN; Guard its IF NOT EXISTS, or the IF EXISTS of DROP COLUMN.
	Def   *ColumnDef
	Guard bool
	// Type is the new type; X its USING expression, or the new default.
	Type *TypeName
	X    Expr
}

func (*CreateTable) statement()    {}
func (*CreateView) statement()     {}
func (*CreateMacro) statement()    {}
func (*CreateType) statement()     {}
func (*CreateSchema) statement()   {}
func (*CreateSequence) statement() {}
func (*CreateIndex) statement()    {}
func (*Drop) statement()           {}
func (*Alter) statement()          {}
