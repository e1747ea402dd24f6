package api

import (
	"net/http"
)

// operation is one row of the table from which routes are registered and the documents written: neither can have what the other has not.
type operation struct {
	method, path string
	// id is the operation's name in the document, tag the group that it is shown in.
	id, tag, summary, about string
	// open says that no caller is needed.
	open   bool
	params []param
	// body is the name of the request body's schema; empty is none.
	body string
	// answers are the good ones; refuses are the statuses of problems.
	answers []reply
	refuses []int
	// streams names the channel of a stream of events.
	streams string
	// serve answers; nil where another part of the server does.
	serve func(a *API, w http.ResponseWriter, r *http.Request) error
}

// param is a parameter in the path, the query or a header.
type param struct {
	in, name, about string
	schema          map[string]any
	required        bool
	example         any
}

// reply is an answer: its status, its content by type, and its headers.
type reply struct {
	status  int
	about   string
	content map[string]any // media type → schema
	headers []string
}

func (o *operation) pattern() string { return o.method + " " + o.path }

// handler serves the operation, and answers its errors.
func (o *operation) handler(a *API) http.Handler {
	serve := o.serve
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := serve(a, w, r); err != nil {
			a.answer(r.Context(), w, err)
		}
	})
}

func ref(name string) map[string]any { return map[string]any{"$ref": "#/components/schemas/" + name} }

func textSchema(more ...any) map[string]any { return with(map[string]any{"type": "string"}, more...) }

// with adds keys and values to a schema.
func with(schema map[string]any, more ...any) map[string]any {
	for i := 0; i+1 < len(more); i += 2 {
		if key, ok := more[i].(string); ok {
			schema[key] = more[i+1]
		}
	}
	return schema
}

func inPath(name, about string, schema map[string]any, example any) param {
	return param{in: "path", name: name, about: about, schema: schema, required: true, example: example}
}

func inQuery(name, about string, schema map[string]any) param {
	return param{in: "query", name: name, about: about, schema: schema}
}

func jsonReply(status int, about, schema string, headers ...string) reply {
	return reply{status: status, about: about, content: map[string]any{"application/json": ref(schema)}, headers: headers}
}
