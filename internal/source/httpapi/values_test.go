package httpapi_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/httpapi"
)

// params are those of a request for September 2002 in Riyadh.
func params() []query.Param {
	riyadh, _ := time.LoadLocation("Asia/Riyadh")
	return []query.Param{
		{Name: "tenant", Type: query.String, Value: "a b/c"},
		{Name: "from", Type: query.Time, Value: time.Date(2002, 9, 1, 0, 0, 0, 0, riyadh)},
		{Name: "to", Type: query.Time, Value: time.Date(2002, 10, 1, 0, 0, 0, 0, riyadh)},
		{Name: "zone", Type: query.String, Value: "Asia/Riyadh"}, {Name: "language", Type: query.String, Value: "ar"},
		{Name: "id", Type: query.Int, Value: int64(9007199254740993)}, {Name: "share", Type: query.Float, Value: 0.25}, {Name: "public", Type: query.Bool, Value: true},
		{Name: "none", Type: query.Int, Value: nil},
	}
}

func filter(column string, op query.Op, values ...any) query.Compare {
	return query.Compare{Field: query.Field{Column: column, Type: query.String}, Op: op, Values: values}
}

// piece is a placeholder as the catalog resolves it.
func piece(text string) query.Template {
	out, err := query.ParseTemplate(text)
	if err != nil {
		panic(err)
	}
	for i := range out {
		if len(out[i].Param) > len(query.ParamFilter) && out[i].Param[:len(query.ParamFilter)] == query.ParamFilter {
			out[i].Column = "the_" + out[i].Param[len(query.ParamFilter):]
		}
	}
	return out
}

// Every placeholder in every format, in the URL, in a header and, with its type, in a body.
func TestPlaceholders(t *testing.T) {
	t.Parallel()
	got := &recorder{}
	s := opened(t, serve(t, got.ServeHTTP)+"/base/?fixed=1", httpapi.Config{})
	fields := []query.CallField{
		{Name: "tenant", Value: piece("{tenant}")}, {Name: "from", Value: piece("{from}")}, {Name: "unix", Value: piece("{from:unix}")}, {Name: "ms", Value: piece("{to:unix_ms}")},
		{Name: "date", Value: piece("{from:date}")}, {Name: "to", Value: piece("{to:date}")}, {Name: "last", Value: piece("{to:last_date}")}, {Name: "span", Value: piece("{from:date}..{to:date}")},
		{Name: "id", Value: piece("{id}")}, {Name: "share", Value: piece("{share}")}, {Name: "public", Value: piece("{public}")}, {Name: "brace", Value: piece("{{{id}}}")},
		{Name: "none", Value: piece("{none}")}, {Name: "half", Value: piece("{id}/{none}")}, {Name: "in", Value: piece("{filter.channel}")}, {Name: "eq", Value: piece("{filter.kind:one}")},
		{Name: "csv", Value: piece("{filter.channel:csv}")}, {Name: "comma", Value: piece("{filter.comma:csv}")}, {Name: "two", Value: piece("{filter.channel:one}")},
		{Name: "not", Value: piece("{filter.not}")}, {Name: "or", Value: piece("{filter.or}")}, {Name: "other", Value: piece("{filter.other}")},
	}
	body := map[string]any{"list": []any{piece("{id}"), piece("{none}"), json.Number("1")}, "deep": map[string]any{"from": piece("{from:unix}")}}
	for _, f := range fields {
		body[f.Name] = f.Value
	}
	call := &query.Call{
		Method: http.MethodPost, Path: piece("/v1/{language}/{id}-{public}"), Query: fields, Body: body,
		Headers: []query.CallField{{Name: "Accept-Language", Value: piece("{language}, en;q=0.5")}, {Name: "X-None", Value: piece("{none}")}},
	}
	q := counting(call, params()...)
	q.Where = query.And{
		filter("the_channel", query.In, "mail", "we&b"), query.And{filter("the_kind", query.Eq, "post")}, filter("the_comma", query.In, "a,b", "c"),
		filter("the_not", query.Ne, "x"), query.Not{Of: filter("the_not", query.Eq, "x")}, query.Or{filter("the_or", query.Eq, "x"), filter("the_other", query.Eq, "y")},
	}
	if _, _, err := ask(t.Context(), s, q); err != nil {
		t.Fatal(err)
	}
	r := got.take()
	want := url.Values{
		"fixed": {"1"}, "tenant": {"a b/c"}, "from": {"2002-08-31T21:00:00Z"}, "unix": {"1030827600"}, "ms": {"1033419600000"}, "date": {"2002-09-01"}, "to": {"2002-10-01"}, "last": {"2002-09-30"},
		"span": {"2002-09-01..2002-10-01"}, "id": {"9007199254740993"}, "share": {"0.25"}, "public": {"true"}, "brace": {"{9007199254740993}"},
		"in": {"mail", "we&b"}, "eq": {"post"}, "csv": {"mail,we&b"},
	}
	if diff := cmp.Diff(want, r.query); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
	wantBody := map[string]any{
		"list": []any{9007199254740993.0, 1.0}, "deep": map[string]any{"from": 1030827600.0}, "unix": 1030827600.0, "ms": 1033419600000.0,
		"id": 9007199254740993.0, "share": 0.25, "public": true, "in": []any{"mail", "we&b"},
	}
	for name, v := range want {
		if _, ok := wantBody[name]; !ok && name != "fixed" {
			wantBody[name] = v[0]
		}
	}
	if diff := cmp.Diff(any(wantBody), r.body); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if r.path != "/base/v1/ar/9007199254740993-true" || r.header.Get("Accept-Language") != "ar, en;q=0.5" || r.header.Values("X-None") != nil {
		t.Errorf("path %s, headers %v", r.path, r.header)
	}
}

func TestMissingInPath(t *testing.T) {
	t.Parallel()
	s := opened(t, serve(t, jsonOf(twoRows)), httpapi.Config{})
	call := &query.Call{Method: http.MethodGet, Path: piece("/v1/{none}")}
	if _, _, err := ask(t.Context(), s, counting(call, params()...)); fault.ReasonOf(err) != "missing_parameter" || fault.ClassOf(err) != fault.Permanent {
		t.Error(err)
	}
	call.Path = piece("/v1/{unbound}")
	if _, _, err := ask(t.Context(), s, counting(call, params()...)); fault.ReasonOf(err) != "source_error" {
		t.Error(err)
	}
}

// The body of a call is the catalog's: filling it and paging in it leave it as it is.
func TestCallStaysAsItIs(t *testing.T) {
	t.Parallel()
	page := 0
	s := opened(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Page struct{ Number, Size int } }
		_ = json.NewDecoder(r.Body).Decode(&body)
		if page++; body.Page.Number != page || body.Page.Size != 2 {
			t.Errorf("request %d asks for %+v", page, body)
		}
		jsonOf(map[bool]string{true: twoRows, false: "[]"}[page == 1])(w, r)
	}), httpapi.Config{})
	body := map[string]any{"page": map[string]any{"size": json.Number("2")}}
	call := &query.Call{
		Method: http.MethodPost, Path: template(t, "/rows"), Body: body, Idempotent: true,
		Paging: query.Paging{Kind: query.PagingPage, Param: "page.number", First: 1, InBody: true},
	}
	before := map[string]any{"page": maps.Clone(body["page"].(map[string]any))}
	wantRows(t, s, call, 2, 3)
	if diff := cmp.Diff(before, body); diff != "" {
		t.Errorf("the catalog's body (-before +after):\n%s", diff)
	}
}
