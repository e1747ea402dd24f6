package httpapi_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/httpapi"
)

// JSON values become the catalog's types without losing a digit, or the error names the field.
func TestTypes(t *testing.T) {
	t.Parallel()
	at := func(text string) time.Time {
		v, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	timeOf := func(storage, zone string) query.Column {
		return query.Column{Field: query.Field{Type: query.Time}, Storage: storage, Zone: zone}
	}
	plain := func(typ query.Type) query.Column { return query.Column{Field: query.Field{Type: typ}} }
	list := query.Column{Field: query.Field{Type: query.String, Multi: true}}
	wrong := struct{}{} // another type
	for _, test := range []struct {
		column query.Column
		json   string
		want   any
	}{
		{plain(query.String), `"a\u00e9\n"`, "aé\n"}, {plain(query.String), `""`, ""}, {plain(query.String), `null`, nil}, {plain(query.String), `1`, wrong}, {plain(query.String), `true`, wrong},
		{plain(query.String), `{}`, wrong}, {plain(query.String), `["a"]`, wrong},
		{plain(query.Int), `9223372036854775807`, int64(9223372036854775807)}, {plain(query.Int), `-9223372036854775808`, int64(-9223372036854775808)},
		{plain(query.Int), `9007199254740993`, int64(9007199254740993)}, {plain(query.Int), `"9007199254740993"`, int64(9007199254740993)}, {plain(query.Int), `9223372036854775808`, wrong},
		{plain(query.Int), `3.0`, int64(3)}, {plain(query.Int), `3e2`, int64(300)}, {plain(query.Int), `9007199254740993.0`, int64(9007199254740993)}, {plain(query.Int), `3.5`, wrong}, {plain(query.Int), `1e-1`, wrong},
		{plain(query.Int), `1e400`, wrong}, {plain(query.Int), `1e999999999`, wrong}, {plain(query.Int), `1e-999999999`, wrong}, {plain(query.Int), `0.` + strings.Repeat("0", 100000) + `1`, wrong},
		{plain(query.Int), `"3.0"`, wrong}, {plain(query.Int), `""`, wrong}, {plain(query.Int), `true`, wrong}, {plain(query.Int), `-0`, int64(0)},
		{plain(query.Float), `0.1`, 0.1}, {plain(query.Float), `1e400`, wrong}, {plain(query.Float), `12`, 12.0}, {plain(query.Float), `"0.1"`, wrong}, {plain(query.Float), `-0.0`, 0.0}, {plain(query.Float), `null`, nil},
		{plain(query.Bool), `true`, true}, {plain(query.Bool), `false`, false}, {plain(query.Bool), `1`, wrong}, {plain(query.Bool), `"true"`, wrong},
		{timeOf("timestamptz", ""), `"2002-03-31T02:30:00+02:00"`, at("2002-03-31T00:30:00Z")}, {timeOf("timestamptz", ""), `"2002-03-31T00:30:00.123456789Z"`, at("2002-03-31T00:30:00.123456Z")},
		{timeOf("timestamptz", ""), `"2002-03-31T00:30:00"`, wrong}, {timeOf("timestamptz", ""), `"2002-03-31"`, wrong}, {timeOf("timestamptz", ""), `1017534600`, wrong},
		{timeOf("timestamp", "Europe/Berlin"), `"2002-07-01T12:00:00"`, at("2002-07-01T10:00:00Z")}, {timeOf("timestamp", "Europe/Berlin"), `"2002-07-01 12:00:00.5"`, at("2002-07-01T10:00:00.5Z")},
		{timeOf("timestamp", "Europe/Berlin"), `"2002-07-01T12:00:00Z"`, at("2002-07-01T12:00:00Z")}, {timeOf("timestamp", ""), `"yesterday"`, wrong}, {timeOf("timestamp", ""), `"2002-02-30T00:00:00"`, wrong},
		{timeOf("date", "Asia/Riyadh"), `"2002-07-01"`, at("2002-06-30T21:00:00Z")}, {timeOf("date", ""), `"2002-07-01T00:00:00Z"`, wrong}, {timeOf("date", ""), `20020701`, wrong},
		{timeOf("epoch_s", ""), `1017534600`, at("2002-03-31T00:30:00Z")}, {timeOf("epoch_s", ""), `1017534600.25`, at("2002-03-31T00:30:00.25Z")}, {timeOf("epoch_s", ""), `"1017534600"`, at("2002-03-31T00:30:00Z")},
		{timeOf("epoch_s", ""), `-1`, at("1969-12-31T23:59:59Z")}, {timeOf("epoch_s", ""), `1e30`, wrong}, {timeOf("epoch_s", ""), `"2002-03-31"`, wrong}, {timeOf("epoch_s", ""), `"true"`, wrong}, {timeOf("epoch_s", ""), `true`, wrong},
		{timeOf("epoch_ms", ""), `1017534600123`, at("2002-03-31T00:30:00.123Z")}, {timeOf("epoch_ms", ""), `1e999999`, wrong},
		{list, `["a", null, "b"]`, "a" + query.ListSeparator + "b"}, {list, `[]`, ""}, {list, `null`, nil}, {list, `"a"`, wrong}, {list, `[1]`, wrong}, {list, `[["a"]]`, wrong},
	} {
		s := opened(t, serve(t, jsonOf(`{"data": {"v": `+test.json+`}, "v": []}`)), httpapi.Config{})
		test.column.Name, test.column.Field.Column = "v", "data.v"
		q := &query.Query{Dataset: "test", Relation: query.Relation{Call: get(t)}, MaxRows: 10, Rows: true, Select: []query.Column{test.column}}
		r, err := s.Query(t.Context(), q)
		if test.want == wrong {
			if fault.ReasonOf(err) != "source_schema" || !strings.Contains(fault.SafeText(err), "data.v") {
				t.Errorf("%.60s as %v: %v", test.json, test.column.Field.Type, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s as %v: %v", test.json, test.column.Field.Type, err)
			continue
		}
		if got := r.Frame.At(0).Value(0); !cmp.Equal(got, test.want) {
			t.Errorf("%s as %v is %v, want %v", test.json, test.column.Field.Type, got, test.want)
		}
	}
}

// Rows are a list, one object, lines, or nothing; where they are, and what is beside them.
func TestShapes(t *testing.T) {
	t.Parallel()
	at := func(keys ...string) *query.Call {
		c := get(t)
		c.Rows = keys
		return c
	}
	for name, test := range map[string]struct {
		call      *query.Call
		kind      string
		body      string
		rows, sum int64
		reason    string
	}{
		"list":                 {at(), "application/json", twoRows, 2, 3, ""},
		"no content type":      {at(), "", twoRows, 2, 3, ""},
		"plain text":           {at(), "text/plain", twoRows, 2, 3, ""},
		"byte order mark":      {at(), "application/json", "\ufeff" + twoRows, 2, 3, ""},
		"one object":           {at(), "application/json", `{"n": 5}`, 1, 5, ""},
		"nothing":              {at(), "application/json", `null`, 0, 0, ""},
		"empty":                {at(), "application/json", `[]`, 0, 0, ""},
		"below":                {at("a", "b"), "application/json", `{"x": [1, {"b": 2}], "a": {"c": [{}], "b": [{"n": 1}, {"n": 2}]}, "y": null}`, 2, 3, ""},
		"one object below":     {at("a"), "application/json", `{"a": {"n": 5}}`, 1, 5, ""},
		"null below":           {at("a", "b"), "application/json", `{"a": {"b": null}}`, 0, 0, ""},
		"absent":               {at("a", "b"), "application/json", `{"a": {"c": []}}`, 0, 0, "source_schema"},
		"null above":           {at("a", "b"), "application/json", `{"a": null}`, 0, 0, "source_schema"},
		"list above":           {at("a", "b"), "application/json", `{"a": [{"b": []}]}`, 0, 0, "source_schema"},
		"text":                 {at(), "application/json", `"rows"`, 0, 0, "source_schema"},
		"lists in the list":    {at(), "application/json", `[[1, 2]]`, 0, 0, "source_schema"},
		"missing and null":     {at(), "application/json", `[{}, {"n": null}, {"n": 4}]`, 3, 4, ""},
		"lines":                {at(), "application/x-ndjson", "{\"n\": 1}\n{\"n\": 2}\n", 2, 3, ""},
		"lines without an end": {at(), "application/jsonl; charset=utf-8", "{\"n\": 1}\r\n\r\n{\"n\": 2}", 2, 3, ""},
		"no lines":             {at(), "application/x-ndjson", "", 0, 0, ""},
		"a bad line":           {at(), "application/x-ndjson", "{\"n\": 1}\n{\"n\"", 0, 0, "source_answer"},
		"a line of a list":     {at(), "application/x-ndjson", "[1]\n", 0, 0, "source_schema"},
		"keys of lines":        {at("a"), "application/x-ndjson", "{}\n", 0, 0, "source_schema"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := opened(t, serve(t, text(test.kind, test.body)), httpapi.Config{})
			rows, sum, err := ask(t.Context(), s, counting(test.call))
			if fault.ReasonOf(err) != test.reason && err != nil || err == nil && (test.reason != "" || rows != test.rows || sum != test.sum) {
				t.Errorf("%d rows with the sum %d, want %d, %d and %q: %v", rows, sum, test.rows, test.sum, test.reason, err)
			}
		})
	}
	s := opened(t, serve(t, status(204)), httpapi.Config{})
	wantRows(t, s, at("a"), 0, 0)
}

// A key with children and a column of its own cannot be both.
func TestColumnsBelowColumns(t *testing.T) {
	t.Parallel()
	q := counting(get(t))
	q.Measures = append(q.Measures, query.Measure{Name: "deep", Agg: query.Max, Field: query.Field{Column: "a.b.c", Type: query.Int}},
		query.Measure{Name: "above", Agg: query.Max, Field: query.Field{Column: "a", Type: query.String}})
	for body, ok := range map[string]bool{
		`[{"n": 1, "a": {"b": {"c": 7, "d": [{}]}}}]`: false, `[{"n": 1, "a": "text"}]`: true, `[{"n": 1, "a": null}]`: true, `[{"n": 1}]`: true,
	} {
		s := opened(t, serve(t, jsonOf(body)), httpapi.Config{})
		if _, _, err := ask(t.Context(), s, q); (err == nil) != ok {
			t.Errorf("%s: %v", body, err)
		}
	}
	q.Measures = q.Measures[:3]
	for body, ok := range map[string]bool{`[{"n": 1, "a": {"b": {"c": 7}}}]`: true, `[{"a": {"b": null}}]`: true, `[{"a": {"b": 1}}]`: false, `[{"a": [{"b": 1}]}]`: false} {
		s := opened(t, serve(t, jsonOf(body)), httpapi.Config{})
		if _, _, err := ask(t.Context(), s, q); (err == nil) != ok || err != nil && fault.ReasonOf(err) != "source_schema" {
			t.Errorf("%s: %v", body, err)
		}
	}
}
