package pipe

import (
	"encoding/json"
	"reflect"
	"strings"
)

// schemaID is where the JSON Schema is published.
const schemaID = "https://raw.githubusercontent.com/siksik-data/siksik/main/docs/pipeline.schema.json"

// Schema returns the JSON Schema of pipeline files (draft 2020-12), indented. It says what the decoder says.
func Schema() []byte {
	s := structSchema(reflect.TypeFor[spec]())
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["$id"] = schemaID
	s["title"] = "siksik pipeline"
	out, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil
	}
	return append(out, '\n')
}

type node = map[string]any

// structSchema describes a mapping with known keys.
func structSchema(t reflect.Type) node {
	fields, short, one := fieldsOf(t)
	props, required := node{}, []string{}
	for _, f := range fields {
		p := typeSchema(t.Field(f.index).Type, f.keys)
		if f.enum != nil {
			p["enum"] = f.enum
		}
		if f.doc != "" {
			p["description"] = strings.TrimSpace(f.doc)
		}
		props[f.name] = p
		if f.required {
			required = append(required, f.name)
		}
	}
	out := node{"type": "object", "properties": props, "additionalProperties": false}
	if len(required) > 0 {
		out["required"] = required
	}
	if one {
		out["minProperties"], out["maxProperties"] = 1, 1
	}
	if short == "" {
		return out
	}
	brief := node{}
	for k, v := range props[short].(node) {
		if k != "description" {
			brief[k] = v
		}
	}
	return node{"anyOf": []any{brief, out}}
}

// typeSchema describes a value of one of the types of spec.go.
func typeSchema(t reflect.Type, keys bool) node {
	switch t {
	case reflect.TypeFor[text]():
		return node{"type": "string"}
	case reflect.TypeFor[scalar]():
		return node{"type": []string{"string", "number", "boolean", "null"}}
	case reflect.TypeFor[count]():
		return node{"type": "integer", "minimum": 0}
	case reflect.TypeFor[names]():
		return node{"anyOf": []any{node{"type": "string"}, node{"type": "array", "items": node{"type": "string"}, "minItems": 1}}}
	case reflect.TypeFor[options]():
		return node{"type": []string{"object", "null"}}
	}
	switch {
	case t.Kind() == reflect.Pointer:
		return structSchema(t.Elem())
	case keys:
		return node{"type": []string{"object", "null"}, "additionalProperties": keyedSchema(t.Elem())}
	case t.Elem() == reflect.TypeFor[scalar]():
		return node{"type": "array", "items": typeSchema(t.Elem(), false)}
	default:
		return node{"type": []string{"array", "null"}, "items": structSchema(t.Elem())}
	}
}

// keyedSchema describes the values of a mapping from names.
func keyedSchema(t reflect.Type) node {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Tag.Get("yaml") != "." {
			continue
		}
		out := typeSchema(f.Type, false)
		if doc := f.Tag.Get("doc"); doc != "" {
			out["description"] = doc
		}
		return out
	}
	return structSchema(t)
}
