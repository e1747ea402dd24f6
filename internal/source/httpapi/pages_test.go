package httpapi_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/httpapi"
)

// Each kind of paging reads all rows and no more requests than it must.
func TestPaging(t *testing.T) {
	t.Parallel()
	one, two, three, none := `{"n": 1}`, `{"n": 2}`, `{"n": 3}`, ``
	of := func(rows ...string) string {
		text := ""
		for i, r := range rows {
			if i > 0 && r != "" {
				text += ", "
			}
			text += r
		}
		return "[" + text + "]"
	}
	in := func(more string, rows ...string) string { return fmt.Sprintf(`{"items": %s%s}`, of(rows...), more) }
	keys := func(p query.Paging) *query.Call {
		c := get(t)
		c.Rows, c.Paging = []string{"items"}, p
		return c
	}
	link := func(header string, rows ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Add("Link", header)
			jsonOf(in("", rows...))(w, r)
		}
	}
	for name, test := range map[string]struct {
		call     *query.Call
		steps    []http.HandlerFunc
		requests []string // their queries
		rows     int64
		reason   string
	}{
		"none": {keys(query.Paging{}), []http.HandlerFunc{jsonOf(in("", one, two))}, []string{""}, 2, ""},
		"page until empty": {keys(query.Paging{Kind: "page", Param: "p", First: 0}),
			[]http.HandlerFunc{jsonOf(in("", one, two)), jsonOf(in("", three)), jsonOf(in("", none))}, []string{"p=0", "p=1", "p=2"}, 3, ""},
		"page until short": {keys(query.Paging{Kind: "page", Param: "p", First: 1, SizeParam: "s", Size: 2, Short: true}),
			[]http.HandlerFunc{jsonOf(in("", one, two)), jsonOf(in("", three))}, []string{"p=1&s=2", "p=2&s=2"}, 3, ""},
		"page of a server that gives fewer": {keys(query.Paging{Kind: "page", Param: "p", First: 1, SizeParam: "s", Size: 500}),
			[]http.HandlerFunc{jsonOf(in("", one, two)), jsonOf(in("", three)), jsonOf(in(""))}, []string{"p=1&s=500", "p=2&s=500", "p=3&s=500"}, 3, ""},
		"page with more": {keys(query.Paging{Kind: "page", Param: "p", First: 1, More: []string{"more"}}),
			[]http.HandlerFunc{jsonOf(in(`, "more": true`, one, two)), jsonOf(in(`, "more": false`, three))}, []string{"p=1", "p=2"}, 3, ""},
		"offset by rows": {keys(query.Paging{Kind: "offset", Param: "o"}),
			[]http.HandlerFunc{jsonOf(in("", one, two)), jsonOf(in("", three)), jsonOf(in(""))}, []string{"o=0", "o=2", "o=3"}, 3, ""},
		"offset with total": {keys(query.Paging{Kind: "offset", Param: "o", Total: []string{"meta", "total"}}),
			[]http.HandlerFunc{jsonOf(in(`, "meta": {"total": 3}`, one, two)), jsonOf(in(`, "meta": {"total": 3}`, three))}, []string{"o=0", "o=2"}, 3, ""},
		"total that is not there": {keys(query.Paging{Kind: "offset", Param: "o", Total: []string{"total"}}),
			[]http.HandlerFunc{jsonOf(in(`, "total": 3`, one, two)), jsonOf(in(`, "total": 3`))}, []string{"o=0", "o=2"}, 0, "source_changed"},
		"more rows than the total": {keys(query.Paging{Kind: "offset", Param: "o", Total: []string{"total"}}),
			[]http.HandlerFunc{jsonOf(in(`, "total": 1`, one, two))}, []string{"o=0"}, 0, "source_changed"},
		"total that is no number": {keys(query.Paging{Kind: "offset", Param: "o", Total: []string{"total"}}),
			[]http.HandlerFunc{jsonOf(in(`, "total": "3"`, one, two))}, []string{"o=0"}, 0, "source_schema"},
		"cursor before the rows": {keys(query.Paging{Kind: "cursor", Param: "c", Next: []string{"next"}}),
			[]http.HandlerFunc{jsonOf(`{"next": "a&b", "items": [{"n": 1}]}`), jsonOf(`{"next": null, "items": [{"n": 2}]}`)}, []string{"", "c=a%26b"}, 2, ""},
		"cursor that is a number": {keys(query.Paging{Kind: "cursor", Param: "c", Next: []string{"next"}}),
			[]http.HandlerFunc{jsonOf(in(`, "next": 12345678901234567890`, one)), jsonOf(in("", two))}, []string{"", "c=12345678901234567890"}, 2, ""},
		"cursor of an empty page": {keys(query.Paging{Kind: "cursor", Param: "c", Next: []string{"next"}}),
			[]http.HandlerFunc{jsonOf(in(`, "next": "a"`)), jsonOf(in(`, "next": ""`, two))}, []string{"", "c=a"}, 1, ""},
		"cursor that stays": {keys(query.Paging{Kind: "cursor", Param: "c", Next: []string{"next"}}),
			[]http.HandlerFunc{jsonOf(in(`, "next": "a"`, one))}, []string{"", "c=a"}, 0, "source_answer"},
		"cursor that is an object": {keys(query.Paging{Kind: "cursor", Param: "c", Next: []string{"next"}}),
			[]http.HandlerFunc{jsonOf(in(`, "next": {"a": 1}`, one))}, []string{""}, 0, "source_schema"},
		"link in a header": {keys(query.Paging{Kind: "link"}),
			[]http.HandlerFunc{link(`</rows?x=2&y=%2F>; rel="next last"`, one), link(`</rows>; rel="prev"`, two)}, []string{"", "x=2&y=%2F"}, 2, ""},
		"link in a field": {keys(query.Paging{Kind: "link", Next: []string{"@odata.nextLink"}}),
			[]http.HandlerFunc{jsonOf(in(`, "@odata.nextLink": "?$skip=1"`, one)), jsonOf(in("", two))}, []string{"", "$skip=1"}, 2, ""},
		"link that stays": {keys(query.Paging{Kind: "link"}),
			[]http.HandlerFunc{link(`</rows?x=2>; rel=next`, one)}, []string{"", "x=2"}, 0, "source_answer"},
		"too many pages": {keys(query.Paging{Kind: "page", Param: "p", First: 1}),
			[]http.HandlerFunc{jsonOf(in("", one))}, []string{"p=1", "p=2", "p=3", "p=4"}, 0, "source_limit"},
		"too many bytes": {keys(query.Paging{Kind: "page", Param: "p", First: 1}),
			[]http.HandlerFunc{jsonOf(in(fmt.Sprintf(`, "pad": %q`, fmt.Sprintf("%600s", "")), one))}, []string{"p=1", "p=2"}, 0, "source_limit"},
		"error in the middle": {keys(query.Paging{Kind: "page", Param: "p", First: 1}),
			[]http.HandlerFunc{jsonOf(in("", one)), status(404)}, []string{"p=1", "p=2"}, 0, "source_schema"},
		"error that passes": {keys(query.Paging{Kind: "page", Param: "p", First: 1}),
			[]http.HandlerFunc{jsonOf(in("", one)), status(503), jsonOf(in("", two)), jsonOf(in(""))}, []string{"p=1", "p=2", "p=2", "p=3"}, 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			steps := &script{steps: test.steps}
			s := opened(t, serve(t, steps.ServeHTTP), httpapi.Config{MaxPages: 4, MaxTotalBytes: 1000, MaxBytes: 1000})
			rows, _, err := ask(t.Context(), s, counting(test.call))
			if test.reason != "" && fault.ReasonOf(err) != test.reason || test.reason == "" && (err != nil || rows != test.rows) {
				t.Errorf("%d rows, want %d and %q: %v", rows, test.rows, test.reason, err)
			}
			steps.mu.Lock()
			defer steps.mu.Unlock()
			if len(steps.seen) != len(test.requests) {
				t.Errorf("%d requests, want %q", len(steps.seen), test.requests)
			}
			for i, r := range steps.seen {
				if i < len(test.requests) && r.URL.RawQuery != test.requests[i] {
					t.Errorf("request %d asks %q, want %q", i, r.URL.RawQuery, test.requests[i])
				}
			}
		})
	}
}

func TestNextLink(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		``: "", `garbage`: "", `<`: "", `</a`: "", `</a>`: "", `</a>; rel=next`: "/a", `</a>; REL="Next"`: "/a", `</a>; rel="prev next"`: "/a", `</a>; rel=nextish`: "",
		`</a>; rel=prev, </b>; rel=next`: "/b", `</a,b>; title="x, <y>; rel=next"; rel=prev, </c>; rel=next`: "/c", `</a>;rel=next`: "/a",
		`</a>; title="a \" b, c"; rel=next`: "/a", `<>; rel=next`: "", `,,</a>; rel=next`: "/a",
	} {
		if got := httpapi.NextLink(http.Header{"Link": {header}}); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	if got := httpapi.NextLink(http.Header{"Link": {`</a>; rel=first`, `</b>; rel=next`}}); got != "/b" {
		t.Errorf("two headers: %q", got)
	}
}
