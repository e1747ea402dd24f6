package catalog

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

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
	for _, key := range []string{"files", "table", "format", "native", "partition"} {
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
	needs := map[string][]string{"page": {"param"}, "offset": {"param"}, "cursor": {"param", "next"}}[kind]
	for _, key := range needs {
		if !v.wrote(key) {
			r.faults.add(v.at, "", "paging of kind %s needs %s", kind, key)
		}
	}
	takes := map[string][]string{
		"page": {"param", "first", "size_param", "size", "in", "more", "total", "until"}, "offset": {"param", "size_param", "size", "in", "more", "total", "until"},
		"cursor": {"param", "size_param", "size", "in", "next", "more", "total"}, "link": {"size_param", "size", "next", "total"},
	}[kind]
	for _, e := range v.keys {
		if e.name != "kind" && !slices.Contains(takes, e.name) {
			r.faults.add(e.at, "it takes "+strings.Join(takes, ", "), "%s does not go with paging of kind %s", e.name, kind)
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

// place is where in a request a template stands.
type place uint8

const (
	inPath place = iota
	inQuery
	inHeader
	inBody
)

// template reads a text with placeholders and checks each of them.
func (r *requestBuilder) template(v *value, where place) query.Template {
	t, err := query.ParseTemplate(v.text)
	if err != nil {
		offset := 0
		if e, ok := errors.AsType[*query.TemplateError](err); ok {
			offset = e.Offset
		}
		r.faults.add(v.within(offset), "", "%s", err)
		return nil
	}
	for i := range t {
		if t[i].Param != "" {
			// A list stands in a text, a header or a part of a value only as one text.
			alone := len(t) == 1 && (where == inQuery || where == inBody)
			r.placeholder(v.within(strings.Index(v.text, "{"+t[i].Param)), &t[i], where, alone)
		}
	}
	return t
}

// within is the place of a byte of a text.
func (v *value) within(offset int) position {
	at := v.at
	if v.shift >= 0 && offset >= 0 && !strings.Contains(v.text[:offset], "\n") {
		at.column += v.shift + utf8.RuneCountInString(v.text[:offset])
	}
	return at
}

func (r *requestBuilder) placeholder(at position, p *query.Piece, where place, alone bool) {
	d := r.dataset
	if name, ok := strings.CutPrefix(p.Param, query.ParamFilter); ok {
		r.filter(at, p, name, where, alone)
		return
	}
	typ, always := query.String, true
	switch declared := d.Parameters[p.Param]; {
	case declared != nil:
		typ, always = declared.Type, declared.Required || declared.Default != ""
	case p.Param == query.ParamFrom || p.Param == query.ParamTo:
		typ = query.Time
	case p.Param == query.ParamTenant:
		if d.Tenant == nil {
			r.faults.add(at, "", "dataset %s asks for {tenant}, and says that it has none", d.Name)
			return
		}
	case !slices.Contains(alwaysBound(), p.Param):
		known := append(alwaysBound(), slices.Collect(maps.Keys(d.Parameters))...)
		for name := range d.Dimensions {
			known = append(known, query.ParamFilter+name)
		}
		r.faults.add(at, Suggest(p.Param, known), "unknown parameter %q", p.Param)
		r.unknown = true
		return
	}
	if where == inPath && !always {
		r.faults.add(at, "make it required, or give it a default", "parameter %s may be missing, and a path needs it", p.Param)
	}
	var formats []string
	if typ == query.Time {
		formats = []string{query.FormatRFC3339, query.FormatUnix, query.FormatUnixMS, query.FormatDate, query.FormatLastDate}
	}
	r.format(at, p, formats)
	r.binds[p.Param] = true
	if p.Format == query.FormatDate || p.Format == query.FormatLastDate {
		r.binds[query.ParamZone] = true // days are those of the request's zone
	}
}

// filter checks a placeholder for the values of a dimension's filter.
func (r *requestBuilder) filter(at position, p *query.Piece, name string, where place, alone bool) {
	dim := r.dataset.Dimensions[name]
	switch {
	case dim == nil:
		r.faults.add(at, Suggest(name, sortedKeys(r.dataset.Dimensions)), "unknown dimension %q", name)
		return
	case dim.Part != "":
		r.faults.add(at, "", "dimension %s is a part of a time and cannot be filtered by", name)
		return
	case where == inPath:
		r.faults.add(at, "put it into query", "a filter may be missing, and a path needs its placeholders")
	case p.Format == "" && !alone:
		r.faults.add(at, "write {"+p.Param+":one} or {"+p.Param+":csv}", "a filter has several values, and this is one text")
	}
	r.format(at, p, []string{query.FormatOne, query.FormatCSV})
	p.Column = dim.Field.Column
}

func (r *requestBuilder) format(at position, p *query.Piece, known []string) {
	switch {
	case p.Format == "" || slices.Contains(known, p.Format):
	case known == nil:
		r.faults.add(at, "leave it out", "%s has no format", p.Param)
	default:
		r.faults.add(at, Suggest(p.Format, known), "unknown format %q of %s", p.Format, p.Param)
	}
}
