package api

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

//go:embed components.json
var componentsText []byte

// components are the schemas that both documents refer to.
func components() map[string]any {
	var schemas map[string]any
	if err := json.Unmarshal(componentsText, &schemas); err != nil {
		panic(err) // part of the program, and read by its tests
	}
	return schemas
}

// OpenAPI is the document of all that the server answers, made of the table that the routes are registered from.
func OpenAPI() []byte {
	paths := map[string]any{}
	for _, op := range new(API).table() {
		item, ok := paths[op.path].(map[string]any)
		if !ok {
			item = map[string]any{}
			paths[op.path] = item
		}
		item[strings.ToLower(op.method)] = op.document()
	}
	return indented(map[string]any{
		"openapi": "3.1.0",
		"info": map[string]any{
			"title": "Dispatcher", "version": "1", "license": map[string]any{"name": "Apache-2.0", "identifier": "Apache-2.0"},
			"description": "Requests for pages, what comes of them, and the pages there are. Streams of events are described in /asyncapi.json.",
		},
		"servers":  []any{map[string]any{"url": "/"}},
		"security": []any{map[string]any{"bearer": []any{}}, map[string]any{"session": []any{}}, map[string]any{}},
		"paths":    paths,
		"components": map[string]any{
			"schemas": components(),
			"securitySchemes": map[string]any{
				"bearer":  map[string]any{"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
				"session": map[string]any{"type": "apiKey", "in": "cookie", "name": "dispatcher-session", "description": "As POST /v1/session sets it; over TLS its name begins with __Host-."},
			},
			"responses": map[string]any{"Problem": map[string]any{
				"description": "What is wrong.", "content": map[string]any{"application/problem+json": map[string]any{"schema": ref("Problem")}},
			}},
		},
	})
}

// document is the operation as OpenAPI has it.
func (o *operation) document() map[string]any {
	out := map[string]any{"operationId": o.id, "summary": o.summary, "tags": []string{o.tag}}
	if o.about != "" {
		out["description"] = o.about
	}
	if o.open {
		out["security"] = []any{}
	}
	if len(o.params) > 0 {
		var params []any
		for _, p := range o.params {
			params = append(params, p.document())
		}
		out["parameters"] = params
	}
	if o.body != "" {
		out["requestBody"] = map[string]any{"required": true, "content": map[string]any{"application/json": map[string]any{"schema": ref(o.body)}}}
	}
	responses := map[string]any{}
	for _, r := range o.answers {
		responses[strconv.Itoa(r.status)] = r.document()
	}
	for _, status := range o.refuses {
		responses[strconv.Itoa(status)] = map[string]any{"$ref": "#/components/responses/Problem"}
	}
	out["responses"] = responses
	return out
}

func (p *param) document() map[string]any {
	out := map[string]any{"in": p.in, "name": p.name, "description": p.about, "schema": p.schema}
	if p.required {
		out["required"] = true
	}
	if p.example != nil {
		out["example"] = p.example
	}
	return out
}

func (r *reply) document() map[string]any {
	out := map[string]any{"description": r.about}
	if r.content != nil {
		content := map[string]any{}
		for kind, schema := range r.content {
			content[kind] = map[string]any{"schema": schema}
		}
		out["content"] = content
	}
	if len(r.headers) > 0 {
		headers := map[string]any{}
		for _, name := range r.headers {
			headers[name] = map[string]any{"schema": textSchema()}
		}
		out["headers"] = headers
	}
	return out
}

// indented writes a document, the same for the same content.
func indented(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		panic(err) // maps, lists and texts always encode
	}
	return b.Bytes()
}

func (a *API) openAPI(w http.ResponseWriter, _ *http.Request) error {
	writeRaw(w, http.StatusOK, "application/json", a.openapi)
	return nil
}

func (a *API) asyncAPI(w http.ResponseWriter, _ *http.Request) error {
	writeRaw(w, http.StatusOK, "application/json", a.asyncapi)
	return nil
}

// schema answers with a JSON Schema, which is the same for everybody.
func (a *API) schema(w http.ResponseWriter, r *http.Request) error {
	text, ok := a.o.Schemas[strings.TrimPrefix(r.URL.Path, "/v1/schemas/")]
	if !ok {
		return notFound("not_found", "there is no such schema")
	}
	w.Header().Set("Cache-Control", "public, max-age=3600")
	writeRaw(w, http.StatusOK, "application/schema+json", text)
	return nil
}
