package catalog

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// requestBuilder reads the request of one dataset.
type requestBuilder struct {
	*builder
	dataset *Dataset
	call    *query.Call
	binds   map[string]bool
	unknown bool // a placeholder: which one was meant is not known
}

// request reads how an API is asked for a dataset's rows. It needs the dataset's tenant, parameters and dimensions.
func (b *builder) request(d *Dataset, v *value) {
	n := v.get("request")
	if n == nil || d.Source == nil {
		return // none, or reported already
	}
	if !sourceKinds()[d.Source.Kind].calls {
		b.faults.add(n.at, "", "source %s, of kind %s, takes no request", d.Source.Name, d.Source.Kind)
		return
	}
	for _, key := range notWithRequest() {
		if x := v.get(key); x != nil {
			b.faults.add(x.at, "keep one of them", "%s does not go with request", key)
		}
	}
	r := &requestBuilder{builder: b, dataset: d, call: &query.Call{Method: n.get("method").str("GET")}, binds: map[string]bool{}}
	r.path(n.get("path"))
	for _, e := range n.get("query").entries() {
		r.call.Query = append(r.call.Query, query.CallField{Name: e.name, Value: r.template(e.val, inQuery)})
	}
	for _, e := range n.get("headers").entries() {
		r.header(e)
	}
	r.body(n)
	if x := n.get("idempotent"); x != nil && r.call.Method == "GET" {
		b.faults.add(x.at, "leave it out", "a GET may always be sent again")
	}
	r.call.Idempotent = n.get("idempotent").bool(false)
	r.call.Rows = keysOf(n.get("rows"))
	r.paging(n.get("paging"))
	d.Relation.Call = r.call
	for _, e := range v.get("parameters").entries() {
		if !r.binds[e.name] && !r.unknown && d.Parameters[e.name] != nil {
			b.faults.add(e.at, "", "parameter %s of dataset %s is not used", e.name, d.Name)
		}
	}
	d.Binds = slices.Sorted(maps.Keys(r.binds))
}

// keysOf reads keys that lead to a value: with dots between, or a list of them.
func keysOf(v *value) []string {
	if v == nil || v.kind == text && v.text == "$" {
		return nil
	}
	if v.kind == text {
		return strings.Split(v.text, ".")
	}
	var out []string
	for _, x := range v.items {
		out = append(out, x.text)
	}
	return out
}

// path checks that whatever fills its placeholders, a path has the segments that the catalog gives it.
func (r *requestBuilder) path(v *value) {
	if v == nil {
		return
	}
	r.call.Path = r.template(v, inPath)
	var shape strings.Builder
	for _, p := range r.call.Path {
		if p.Param != "" {
			shape.WriteString("x")
		}
		shape.WriteString(p.Text)
	}
	if !urlPathRE.MatchString(shape.String()) {
		r.faults.add(v.at, "it begins with / and holds letters, digits and ._~@:,=+$!*'()-; parameters go into query", "path: %q is not a valid path", v.text)
		return
	}
	segments := strings.Split(shape.String(), "/")[1:]
	for i, segment := range segments {
		if segment == "." || segment == ".." || segment == "" && i < len(segments)-1 {
			r.faults.add(v.at, "", "path: %q has a segment that is empty or dots", v.text)
			return
		}
	}
}

func (r *requestBuilder) header(e entry) {
	if framing(e.name) {
		r.faults.add(e.at, "", "header %s is not the catalog's to set", e.name)
		return
	}
	if strings.EqualFold(e.name, "Authorization") {
		r.faults.add(e.at, "say auth in the source: secrets stand in the environment or in files", "header %s does not stand in a request", e.name)
		return
	}
	r.call.Headers = append(r.call.Headers, query.CallField{Name: e.name, Value: r.template(e.val, inHeader)})
}

func (r *requestBuilder) body(request *value) {
	v := request.get("body")
	if v == nil {
		return
	}
	if r.call.Method == "GET" {
		r.faults.add(v.at, "say method: POST", "a GET has no body")
		return
	}
	if v.kind != mapping && v.kind != list {
		r.faults.add(v.at, "", "body must be a map or a list, not %s", v.kind)
		return
	}
	r.call.Body = r.json(v)
}

// json reads a value of a body.
func (r *requestBuilder) json(v *value) any {
	switch v.kind {
	case mapping:
		object := map[string]any{}
		for _, e := range v.keys {
			object[e.name] = r.json(e.val)
		}
		return object
	case list:
		items := make([]any, len(v.items))
		for i, x := range v.items {
			items[i] = r.json(x)
		}
		return items
	case integer, number:
		if json.Valid([]byte(v.text)) {
			return json.Number(v.text)
		}
		return json.Number(strconv.FormatFloat(v.num, 'f', -1, 64))
	case boolean:
		return v.yes
	case text:
		return r.template(v, inBody)
	default:
		return nil
	}
}

// notWithRequest are the keys of a dataset whose rows no request asks for.
func notWithRequest() []string { return []string{"files", "table", "format", "native", "partition"} }

// pagingKeys are what a kind of paging needs and takes.
func pagingKeys() map[string]struct{ needs, takes []string } {
	return map[string]struct{ needs, takes []string }{
		"page":   {needs: []string{"param"}, takes: []string{"param", "first", "size_param", "size", "in", "more", "total", "until"}},
		"offset": {needs: []string{"param"}, takes: []string{"param", "size_param", "size", "in", "more", "total", "until"}},
		"cursor": {needs: []string{"param", "next"}, takes: []string{"param", "size_param", "size", "in", "next", "more", "total"}},
		"link":   {takes: []string{"size_param", "size", "next", "total"}},
	}
}

func (r *requestBuilder) paging(v *value) {
	kind := v.get("kind").str("none")
	p := query.Paging{
		Param: v.get("param").str(""), First: v.get("first").int(1), SizeParam: v.get("size_param").str(""), Size: v.get("size").int(0),
		InBody: v.get("in").str("query") == "body", Next: keysOf(v.get("next")), More: keysOf(v.get("more")), Total: keysOf(v.get("total")),
		Short: v.get("until").str("empty") == "short",
	}
	if kind == "none" {
		if v != nil && len(v.keys) > 1 {
			r.faults.add(v.at, "", "paging of kind none takes nothing else")
		}
		return
	}
	p.Kind = kind
	r.call.Paging = p
	keys := pagingKeys()[kind]
	for _, key := range keys.needs {
		if !v.wrote(key) {
			r.faults.add(v.at, "", "paging of kind %s needs %s", kind, key)
		}
	}
	for _, e := range v.keys {
		if e.name != "kind" && !slices.Contains(keys.takes, e.name) {
			r.faults.add(e.at, "it takes "+strings.Join(keys.takes, ", "), "%s does not go with paging of kind %s", e.name, kind)
		}
	}
	if v.wrote("size_param") && !v.wrote("size") {
		r.faults.add(v.at, "say how many rows a page has", "size_param goes with size")
	}
	if p.Short && p.Size == 0 {
		r.faults.add(v.at, "say how many rows a page has", "until: short goes with size")
	}
	if object := r.call.Body == nil || isObject(r.call.Body); p.InBody && (r.call.Method == "GET" || !object) {
		r.faults.add(v.get("in").at, "", "in: body needs a POST whose body is a map")
	}
}

func isObject(v any) bool {
	_, ok := v.(map[string]any)
	return ok
}
