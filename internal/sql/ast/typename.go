package ast

// TypeKind is the shape of a type name.
type TypeKind uint8

// The shapes of a type name.
const (
	// TypePlain is a name with optional parameters: INTEGER, DECIMAL(10, 2), my.type.
	TypePlain TypeKind = iota
	// TypeList is T[], and TypeArray is T[n].
	TypeList
	TypeArray
	// TypeStruct is STRUCT(a T, …), TypeUnion is UNION(a T, …).
	TypeStruct
	TypeUnion
	// TypeMap is MAP(K, V).
	TypeMap
	// TypeEnum is ENUM('a', …).
	TypeEnum
)

// TypeName is a type as written, with the spellings that the grammar itself knows made canonical: INT is INTEGER, CHARACTER
// VARYING is VARCHAR, NUMERIC is DECIMAL, TIMESTAMPTZ spelt out is TIMESTAMP WITH TIME ZONE.
type TypeName struct {
	Span
	Kind TypeKind
	// Name is the upper-case canonical name, or the name as written where the grammar does not know it.
	Name string
	// Qualifier holds the catalog and schema of a user-defined type.
	Qualifier Name
	// Args are the parameters of a plain type: precision and scale, or a length.
	Args []int64
	// Fields are the members of a struct or union.
	Fields []TypeField
	// Key is the key type of a map; Elem its value type, or the element type of a list or array.
	Key, Elem *TypeName
	// Size is the length of an array.
	Size int64
	// Labels are the values of an enum, in order, or the string parameters of a plain type.
	Labels []string
	// Values is the query of ENUM (SELECT …), and nil otherwise.
	Values *Query
}

// TypeField is a named member of a struct or union type.
type TypeField struct {
	Name Ident
	Type *TypeName
}
