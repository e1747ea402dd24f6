package catalog

import "encoding/json"

// Schema returns the JSON Schema (2020-12) of a catalog file, made from the tables that check one. Editors
// use it by a first line "# yaml-language-server: $schema=…".
func Schema() []byte {
	s := fileSpec().schema()
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "Dispatcher catalog"
	out, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		// Maps of strings, numbers and lists always encode.
		panic(err)
	}
	return append(out, '\n')
}

func (s *spec) schema() map[string]any {
	out := map[string]any{}
	if s.doc != "" {
		out["description"] = s.doc
	}
	switch s.typ {
	case tAny: // whatever JSON has
	case tText:
		out["type"] = "string"
		for _, e := range s.enum {
			if e == "null" {
				out["type"] = []string{"string", "null"}
			}
		}
	case tScalar:
		out["type"] = []string{"string", "integer"}
	case tInt:
		out["type"] = "integer"
	case tNumber:
		out["type"] = "number"
	case tBool:
		out["type"] = "boolean"
	case tDuration:
		out["type"], out["pattern"] = "string", `^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`
	case tLabels:
		out["type"] = []string{"string", "number", "object"}
		out["additionalProperties"] = map[string]any{"type": "string"}
	case tList:
		s.listSchema(out)
	case tMap:
		out["type"], out["additionalProperties"] = "object", s.elem.schema()
		out["propertyNames"] = map[string]any{"pattern": s.match.String()}
		return out
	case tObject:
		s.objectSchema(out)
	}
	if s.enum != nil {
		values := []any{}
		for _, e := range s.enum {
			values = append(values, e)
			if e == "null" {
				values = append(values, nil)
			}
		}
		out["enum"] = values
	}
	if s.match != nil {
		out["pattern"] = s.match.String()
	}
	if s.min < s.max {
		low, high := "minimum", "maximum"
		if s.open {
			low, high = "exclusiveMinimum", "exclusiveMaximum"
		}
		out[low], out[high] = s.min, s.max
	}
	return out
}

func (s *spec) listSchema(out map[string]any) {
	elem := s.elem.schema()
	out["type"], out["items"] = "array", elem
	if s.size > 0 {
		out["minItems"], out["maxItems"] = s.size, s.size
	}
	if s.one {
		out["type"] = []any{"array", elem["type"]}
	}
}

func (s *spec) objectSchema(out map[string]any) {
	props, required := map[string]any{}, []string{}
	for _, f := range s.fields {
		props[f.name] = f.spec.schema()
		if f.required {
			required = append(required, f.name)
		}
	}
	out["type"], out["properties"], out["additionalProperties"] = "object", props, false
	switch {
	case len(required) > 0 && s.unless != "":
		out["anyOf"] = []any{map[string]any{"required": []string{s.unless}}, map[string]any{"required": required}}
	case len(required) > 0:
		out["required"] = required
	}
	if len(s.rules) > 0 {
		out["allOf"] = s.rules
	}
	if len(s.also) > 0 {
		delete(out, "type")
		out["anyOf"] = []any{map[string]any{"enum": s.also}, map[string]any{"type": "object"}}
	}
}
