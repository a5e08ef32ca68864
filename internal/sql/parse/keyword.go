package parse

// The words that the grammar knows, in the order of keywordText.
const (
	kwAbort tokenID = firstKeyword + iota
	kwAdd
	kwAll
	kwAlter
	kwAnalyze
	kwAnd
	kwAnti
	kwAny
	kwArray
	kwAs
	kwAsc
	kwAsof
	kwAsymmetric
	kwAt
	kwAuthorization
	kwBegin
	kwBetween
	kwBigint
	kwBit
	kwBoolean
	kwBoth
	kwBy
	kwCall
	kwCascade
	kwCase
	kwCast
	kwChar
	kwCharacter
	kwCheck
	kwCheckpoint
	kwCollate
	kwColumn
	kwColumns
	kwCommit
	kwConflict
	kwConstraint
	kwCopy
	kwCreate
	kwCross
	kwCube
	kwCurrent
	kwCycle
	kwData
	kwDay
	kwDeallocate
	kwDec
	kwDecimal
	kwDefault
	kwDelete
	kwDesc
	kwDescribe
	kwDistinct
	kwDo
	kwDouble
	kwDrop
	kwElse
	kwEnd
	kwEnum
	kwError
	kwEscape
	kwExcept
	kwExclude
	kwExecute
	kwExists
	kwExplain
	kwExtract
	kwFalse
	kwFetch
	kwFilter
	kwFirst
	kwFloat
	kwFollowing
	kwFor
	kwForeign
	kwFrom
	kwFull
	kwFunction
	kwGenerated
	kwGlob
	kwGlobal
	kwGroup
	kwGrouping
	kwGroups
	kwHaving
	kwIf
	kwIgnore
	kwIlike
	kwIn
	kwInclude
	kwIncrement
	kwIndex
	kwInner
	kwInsert
	kwInstall
	kwInt
	kwInteger
	kwIntersect
	kwInterval
	kwInto
	kwIs
	kwIsnull
	kwJoin
	kwKey
	kwLambda
	kwLast
	kwLateral
	kwLeading
	kwLeft
	kwLike
	kwLimit
	kwLoad
	kwLocal
	kwMacro
	kwMap
	kwMatch
	kwMatched
	kwMaterialized
	kwMaxvalue
	kwMerge
	kwMinvalue
	kwMonth
	kwName
	kwNational
	kwNatural
	kwNchar
	kwNo
	kwNot
	kwNothing
	kwNotnull
	kwNull
	kwNulls
	kwNumeric
	kwOf
	kwOffset
	kwOn
	kwOnly
	kwOperator
	kwOr
	kwOrder
	kwOrdinality
	kwOthers
	kwOuter
	kwOver
	kwOverlay
	kwPartition
	kwPercent
	kwPivot
	kwPlacing
	kwPosition
	kwPositional
	kwPragma
	kwPreceding
	kwPrecision
	kwPrepare
	kwPrimary
	kwQualify
	kwRange
	kwReal
	kwRecheck
	kwRecursive
	kwReferences
	kwReindex
	kwRename
	kwRepeatable
	kwReplace
	kwReset
	kwRespect
	kwRestrict
	kwReturning
	kwRight
	kwRollback
	kwRollup
	kwRow
	kwRows
	kwSample
	kwSchema
	kwSelect
	kwSemi
	kwSequence
	kwSession
	kwSet
	kwSets
	kwShow
	kwSimilar
	kwSmallint
	kwSome
	kwSource
	kwStart
	kwStdin
	kwStdout
	kwStored
	kwStruct
	kwSubstring
	kwSummarize
	kwSymmetric
	kwTable
	kwTables
	kwTablesample
	kwTarget
	kwTemp
	kwTemporary
	kwThen
	kwTies
	kwTime
	kwTimestamp
	kwTo
	kwTrailing
	kwTransaction
	kwTrim
	kwTrue
	kwTruncate
	kwTryCast
	kwTuple
	kwType
	kwUnbounded
	kwUnion
	kwUnique
	kwUnknown
	kwUnpack
	kwUnpivot
	kwUpdate
	kwUse
	kwUsing
	kwVacuum
	kwValue
	kwValues
	kwVarchar
	kwVariable
	kwVarying
	kwView
	kwVirtual
	kwWhen
	kwWhere
	kwWindow
	kwWith
	kwWithin
	kwWithout
	kwWork
	kwYear
	kwZone
)

// keywordText holds the words, in order.
var keywordText = [...]string{
	"abort", "add", "all", "alter", "analyze", "and", "anti", "any", "array", "as", "asc", "asof", "asymmetric",
	"at", "authorization", "begin", "between", "bigint", "bit", "boolean", "both", "by", "call", "cascade",
	"case", "cast", "char", "character", "check", "checkpoint", "collate", "column", "columns", "commit",
	"conflict", "constraint", "copy", "create", "cross", "cube", "current", "cycle", "data", "day", "deallocate",
	"dec", "decimal", "default", "delete", "desc", "describe", "distinct", "do", "double", "drop", "else", "end",
	"enum", "error", "escape", "except", "exclude", "execute", "exists", "explain", "extract", "false", "fetch",
	"filter", "first", "float", "following", "for", "foreign", "from", "full", "function", "generated", "glob",
	"global", "group", "grouping", "groups", "having", "if", "ignore", "ilike", "in", "include", "increment",
	"index", "inner", "insert", "install", "int", "integer", "intersect", "interval", "into", "is", "isnull",
	"join", "key", "lambda", "last", "lateral", "leading", "left", "like", "limit", "load", "local", "macro",
	"map", "match", "matched", "materialized", "maxvalue", "merge", "minvalue", "month", "name", "national",
	"natural", "nchar", "no", "not", "nothing", "notnull", "null", "nulls", "numeric", "of", "offset", "on",
	"only", "operator", "or", "order", "ordinality", "others", "outer", "over", "overlay", "partition", "percent",
	"pivot", "placing", "position", "positional", "pragma", "preceding", "precision", "prepare", "primary",
	"qualify", "range", "real", "recheck", "recursive", "references", "reindex", "rename", "repeatable",
	"replace", "reset", "respect", "restrict", "returning", "right", "rollback", "rollup", "row", "rows",
	"sample", "schema", "select", "semi", "sequence", "session", "set", "sets", "show", "similar", "smallint",
	"some", "source", "start", "stdin", "stdout", "stored", "struct", "substring", "summarize", "symmetric",
	"table", "tables", "tablesample", "target", "temp", "temporary", "then", "ties", "time", "timestamp", "to",
	"trailing", "transaction", "trim", "true", "truncate", "try_cast", "tuple", "type", "unbounded", "union",
	"unique", "unknown", "unpack", "unpivot", "update", "use", "using", "vacuum", "value", "values", "varchar",
	"variable", "varying", "view", "virtual", "when", "where", "window", "with", "within", "without", "work",
	"year", "zone",
}
