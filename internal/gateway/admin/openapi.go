package admin

import (
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// openAPI answers with the document of the table.
func (a *API) openAPI(w http.ResponseWriter, _ *http.Request) error {
	return writeJSON(w, a.document())
}

type object = map[string]any

func (a *API) document() object {
	paths := object{}
	for _, op := range a.table() {
		item, ok := paths[op.path].(object)
		if !ok {
			item = object{}
			paths[op.path] = item
		}
		item[strings.ToLower(op.method)] = op.document()
	}
	return object{
		"openapi": "3.1.0",
		"info": object{
			"title": "Dispatcher, for operators", "version": "1", "license": object{"name": "Apache-2.0", "identifier": "Apache-2.0"},
			"description": "How a deployment does, and what operators change. Every address needs the role operator; where no authentication is configured, processes of the same machine have it.",
		},
		"servers":  []any{object{"url": "/"}},
		"security": []any{object{"bearer": []any{}}, object{"session": []any{}}, object{}},
		"paths":    paths,
		"components": object{"securitySchemes": object{
			"bearer":  object{"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
			"session": object{"type": "apiKey", "in": "cookie", "name": "__Host-dispatcher_session"},
		}},
	}
}

func (op *operation) document() object {
	out := object{"operationId": op.id, "summary": op.summary}
	var params []any
	for _, p := range op.params {
		params = append(params, object{"in": p.in, "name": p.name, "description": p.about, "required": p.in == "path", "schema": object{"type": p.kind}})
	}
	if params != nil {
		out["parameters"] = params
	}
	if op.body != nil {
		out["requestBody"] = object{"content": object{"application/json": object{"schema": schemaOf(reflect.TypeOf(op.body))}}}
	}
	status, answer := http.StatusOK, object{"description": "Done."}
	if op.status != 0 {
		status = op.status
	}
	if op.answer != nil {
		answer["content"] = object{"application/json": object{"schema": schemaOf(reflect.TypeOf(op.answer))}}
	}
	out["responses"] = object{
		strconv.Itoa(status): answer,
		"default": object{"description": "What is wrong.", "content": object{"application/problem+json": object{"schema": object{
			"type": "object", "required": []string{"type", "title", "status", "detail", "code"},
		}}}},
	}
	return out
}

// schemaOf is the JSON Schema of what encoding/json makes of a type of this package.
func schemaOf(t reflect.Type) object {
	if t == reflect.TypeFor[time.Time]() {
		return object{"type": "string", "format": "date-time"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return object{"anyOf": []any{schemaOf(t.Elem()), object{"type": "null"}}}
	case reflect.Slice:
		return object{"type": "array", "items": schemaOf(t.Elem())}
	case reflect.Map:
		if t.Elem().Kind() == reflect.Interface {
			return object{"type": "object"}
		}
		return object{"type": "object", "additionalProperties": schemaOf(t.Elem())}
	case reflect.Struct:
		properties := object{}
		addFields(properties, t)
		return object{"type": "object", "properties": properties}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.Int, reflect.Int64:
		return object{"type": "integer"}
	default:
		return object{"type": "string"}
	}
}

// addFields adds the fields of a struct, those of embedded ones as its own.
func addFields(properties object, t reflect.Type) {
	for field := range t.Fields() {
		if field.Anonymous {
			addFields(properties, field.Type)
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		properties[name] = schemaOf(field.Type)
	}
}
