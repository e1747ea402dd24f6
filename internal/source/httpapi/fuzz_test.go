package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/httpapi"
)

// FuzzAnswer reads any answer: rows of the right width, or an error of a class and reason that is known.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		twoRows, `{"a": {"items": [{"n": 1, "t": "x", "at": 12, "l": ["a"], "d": {"e": 1.5}}], "next": "c", "total": 1, "more": false}}`, `null`, `[`, `{"a": {"items": {}}}`, "{\"n\": 1}\n{}",
		`{"a":{"items":[{"n":1e400}]}}`, `{"a":{"items":[{"at":"2002-01-01"}]}}`,
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	needs := []query.Need{
		{Field: query.Field{Column: "n", Type: query.Int}}, {Field: query.Field{Column: "t", Type: query.String}}, {Field: query.Field{Column: "at", Type: query.Time}, Storage: query.StorageEpochS},
		{Field: query.Field{Column: "l", Type: query.String, Multi: true}}, {Field: query.Field{Column: "d.e", Type: query.Float}}, {Field: query.Field{Column: "b", Type: query.Bool}},
		{Field: query.Field{Column: "w", Type: query.Time}, Storage: query.StorageTimestamp, Zone: "Europe/Berlin"},
	}
	f.Fuzz(func(t *testing.T, body []byte, lines bool) {
		call := &query.Call{Rows: []string{"a", "items"}, Paging: query.Paging{Next: []string{"a", "next"}, More: []string{"a", "more"}, Total: []string{"a", "total"}}}
		header := http.Header{"Content-Type": {"application/json"}}
		if lines {
			call.Rows, header = nil, http.Header{"Content-Type": {"application/x-ndjson"}}
		}
		rows, err := httpapi.ReadRows(header, body, call, needs)
		if reason := fault.ReasonOf(err); err != nil && reason != "source_answer" && reason != "source_schema" {
			t.Errorf("%v", err)
		}
		for _, row := range rows {
			if len(row) != len(needs) {
				t.Errorf("a row of %d values", len(row))
			}
		}
	})
}
