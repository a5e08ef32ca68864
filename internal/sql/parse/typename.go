package parse

import (
	"strconv"
	"strings"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

// typeWords are the canonical names of the types that have keywords.
var typeWords = map[tokenID]string{
	kwInteger: "INTEGER", kwInt: "INTEGER", kwSmallint: "SMALLINT", kwBigint: "BIGINT", kwReal: "FLOAT", kwFloat: "FLOAT",
	kwDouble: "DOUBLE", kwDecimal: "DECIMAL", kwDec: "DECIMAL", kwNumeric: "DECIMAL", kwBoolean: "BOOLEAN",
	kwVarchar: "VARCHAR", kwChar: "VARCHAR", kwCharacter: "VARCHAR", kwNchar: "VARCHAR", kwNational: "VARCHAR",
	kwBit: "BIT", kwTime: "TIME", kwTimestamp: "TIMESTAMP", kwInterval: "INTERVAL",
}

// typeName parses a type with its list and array suffixes.
func (p *parser) typeName() *ast.TypeName {
	start := p.start()
	if !p.enter() {
		return &ast.TypeName{}
	}
	t := p.baseType()
	for height := 0; p.is(opLBracket) || p.is(kwArray); height++ {
		p.grow(height)
		word := p.accept(kwArray)
		elem := t
		t = &ast.TypeName{Kind: ast.TypeList, Elem: elem}
		switch {
		case p.accept(opLBracket):
			if p.cur().kind == Number {
				t.Kind, t.Size = ast.TypeArray, p.integer()
			}
			p.expect(opRBracket)
		case !word:
			p.expected(`"["`)
		}
		t.Span = p.from(start)
	}
	p.leave()
	return t
}

// integer takes a number without sign or fraction.
func (p *parser) integer() int64 {
	t := p.cur()
	v, err := strconv.ParseInt(p.text(t), 10, 64)
	if t.kind != Number || err != nil {
		p.expected("an integer")
	}
	p.advance()
	return v
}

func (p *parser) baseType() *ast.TypeName {
	start := p.start()
	tok := p.cur()
	t := &ast.TypeName{}
	switch {
	case p.is(kwUnion) && p.isAt(1, opLParen):
		t.Kind, t.Name = ast.TypeUnion, "UNION"
		p.advance()
		t.Fields = p.typeFields()
	case (p.is(kwStruct) || p.is(kwRow)) && p.isAt(1, opLParen):
		t.Kind, t.Name = ast.TypeStruct, "STRUCT"
		p.advance()
		t.Fields = p.typeFields()
	case p.is(kwMap) && p.isAt(1, opLParen):
		t.Kind, t.Name = ast.TypeMap, "MAP"
		p.advance()
		p.advance()
		t.Key = p.typeName()
		p.expect(opComma)
		t.Elem = p.typeName()
		p.expect(opRParen)
	case p.are(kwEnum, opLParen):
		p.enumType(t)
	case tok.kind == Quoted, tok.kind == Word && tok.class != ast.Reserved:
		p.plainType(t)
	default:
		p.expected("a type name")
	}
	t.Span = p.from(start)
	return t
}

func (p *parser) typeFields() []ast.TypeField {
	var fields []ast.TypeField
	p.expect(opLParen)
	p.commaList(func() {
		var f ast.TypeField
		if !p.isAt(1, opComma) && !p.isAt(1, opRParen) && !p.isAt(1, opLParen) && !p.isAt(1, opLBracket) { // else it is a type, of a field without a name
			f.Name = p.labelIdent("the name of a field")
		}
		f.Type = p.typeName()
		fields = append(fields, f)
	})
	p.expect(opRParen)
	return fields
}

func (p *parser) enumType(t *ast.TypeName) {
	t.Kind, t.Name = ast.TypeEnum, "ENUM"
	p.advance()
	p.advance()
	switch {
	case p.queryHere():
		t.Values = p.query()
	case !p.is(opRParen):
		p.commaList(func() { t.Labels = append(t.Labels, p.stringArg()) })
	}
	p.expect(opRParen)
}

// stringArg takes a string literal.
func (p *parser) stringArg() string {
	t := p.cur()
	if t.kind != String {
		p.expected("a string")
		return ""
	}
	p.advance()
	return p.stringValue(t)
}

func (p *parser) plainType(t *ast.TypeName) {
	word := p.cur()
	if canon, ok := typeWords[word.id]; ok && !p.isAt(1, opDot) {
		t.Name = canon
		p.advance()
		p.typeSuffixWords(word.id)
		p.typeArgs(t)
		p.timeType(t, word.id)
		if word.id == kwInterval && p.isAt(1, kwTo) {
			// The range of units in INTERVAL DAY TO SECOND restricts nothing.
			p.unitRange()
		}
		return
	}
	n := p.anyName("a type name")
	t.Name, t.Qualifier = n.Last().Name, n[:len(n)-1]
	if len(t.Qualifier) == 0 {
		t.Qualifier = nil
	}
	p.typeArgs(t)
}

// unitRange skips UNIT TO UNIT.
func (p *parser) unitRange() {
	for range 2 {
		if _, ok := intervalUnits[strings.ToLower(p.text(p.cur()))]; !ok {
			p.expected("a unit of time")
		}
		p.advance()
		p.accept(kwTo)
	}
}

// typeSuffixWords skips the second words of standard SQL's type names.
func (p *parser) typeSuffixWords(id tokenID) {
	switch id {
	case kwDouble:
		p.accept(kwPrecision)
	case kwNational:
		if !p.accept(kwCharacter) {
			p.accept(kwChar)
		}
		p.accept(kwVarying)
	case kwChar, kwCharacter, kwNchar, kwBit:
		p.accept(kwVarying)
	}
}

// typeArgs parses the parameters of a plain type.
func (p *parser) typeArgs(t *ast.TypeName) {
	if !p.is(opLParen) {
		return
	}
	p.advance()
	if !p.is(opRParen) {
		p.commaList(func() {
			if p.cur().kind == String {
				t.Labels = append(t.Labels, p.stringArg())
			} else {
				t.Args = append(t.Args, p.integer())
			}
		})
	}
	p.expect(opRParen)
}

// timeType parses the zone of TIME and TIMESTAMP, and turns TIMESTAMP(p) into the type of that precision.
func (p *parser) timeType(t *ast.TypeName, id tokenID) {
	if id != kwTime && id != kwTimestamp {
		return
	}
	if id == kwTimestamp && len(t.Args) == 1 {
		switch digits := t.Args[0]; {
		case digits == 0:
			t.Name = "TIMESTAMP_S"
		case digits <= 3:
			t.Name = "TIMESTAMP_MS"
		case digits <= 6:
		case digits <= 9:
			t.Name = "TIMESTAMP_NS"
		default:
			start := p.toks[max(p.i-2, 0)].start
			p.fail(fault.Syntax, int(start), p.start(), "", "TIMESTAMP has at most 9 digits after the second")
		}
		t.Args = nil
	}
	switch {
	case p.acceptAll(kwWith, kwTime, kwZone):
		t.Name = typeWords[id] + " WITH TIME ZONE"
	case p.acceptAll(kwWithout, kwTime, kwZone):
	}
}
