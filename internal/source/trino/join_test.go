package trino_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Inputs in two catalogs of the cluster are one statement, whatever each of them is made of.
func TestAJoinIsOneStatement(t *testing.T) {
	t.Parallel()
	name, exec := table(t, "nation VARCHAR(25), since TIMESTAMP(3), weight REAL")
	exec("INSERT INTO " + name + " VALUES ('PERU', TIMESTAMP '2002-03-31 01:30:00', REAL '0.5'), ('KENYA', NULL, NULL), ('NARNIA', NULL, NULL)")
	regions := &query.Query{
		Dataset: "regions", Relation: query.Relation{Table: "tpch.tiny.nation"}, MaxRows: 2, // it bounds what is moved, and nothing is
		Groups:   []query.Group{{Name: "nation", Field: query.Field{Column: "name", Type: query.String}}},
		Measures: []query.Measure{{Name: "region", Agg: query.Min, Field: query.Field{Column: "regionkey", Type: query.Int}}, {Name: "n", Agg: query.Count}},
		Where:    query.Compare{Field: query.Field{Column: "name", Type: query.String}, Op: query.In, Values: []any{"PERU", "KENYA", "CHINA"}},
	}
	kept := &query.Query{
		Dataset: "kept", Relation: query.Relation{Native: &query.Native{Text: "SELECT * FROM " + name + " WHERE nation <> {without} -- and no comment more"}}, MaxRows: 10, Rows: true,
		Params: []query.Param{{Name: "without", Type: query.String, Value: "NARNIA' OR 'a' = 'a"}},
		Select: []query.Column{of("nation", query.String), of("since", query.Time), of("weight", query.Float)},
	}
	q := &query.Query{
		Dataset: "joined", MaxRows: 10,
		Relation: query.Relation{Join: &query.Join{
			SQL:    "WITH both AS (SELECT * FROM kept LEFT JOIN regions USING (nation)) SELECT *, region + 1 AS next FROM both -- the end",
			Inputs: []query.Input{{Name: "regions", Source: "lake", Query: regions}, {Name: "kept", Source: "lake", Query: kept}},
		}},
		Groups:   []query.Group{{Name: "nation", Field: query.Field{Column: "nation", Type: query.String}}},
		Measures: []query.Measure{{Name: "next", Agg: query.Sum, Field: query.Field{Column: "next", Type: query.Int}}, {Name: "weight", Agg: query.Sum, Field: query.Field{Column: "weight", Type: query.Float}}, {Name: "since", Agg: query.Max, Field: query.Field{Column: "since", Type: query.Time}}},
	}
	s := opened(t, nil)
	want := [][]any{{"KENYA", int64(1), nil, nil}, {"NARNIA", nil, nil, nil}, {"PERU", int64(2), 0.5, time.Date(2002, 3, 31, 1, 30, 0, 0, time.UTC)}}
	if diff := cmp.Diff(want, told(t, s, q)); diff != "" {
		t.Error(diff)
	}
	// Its others, whose statement has tables of its own.
	q.Groups[0].Name, q.Order, q.Limit, q.Others = "nation", []query.Order{{Name: "next", Desc: true}}, 1, true
	q.Measures = append(q.Measures[:1:1], query.Measure{Name: "nations", Agg: query.CountDistinct, Field: query.Field{Column: "nation", Type: query.String}})
	if diff := cmp.Diff([][]any{{"PERU", int64(2), int64(1), false}, {nil, int64(1), int64(2), true}}, told(t, s, q)); diff != "" {
		t.Error(diff)
	}
	n, err := s.Explain(t.Context(), q)
	if err != nil || len(n.Notes) == 0 || strings.Contains(n.Text, "CHINA") || strings.Contains(n.Text, "OR 'a'") {
		t.Errorf("%v %+v", err, n)
	}
}

// Native SQL binds parameters of every type, and sees its dataset's table as rows.
func TestNativeSQL(t *testing.T) {
	t.Parallel()
	name, exec := table(t, `"at" TIMESTAMP(6), n BIGINT, x DOUBLE, ok BOOLEAN, s VARCHAR`)
	exec("INSERT INTO " + name + " VALUES (TIMESTAMP '2002-03-31 01:30:00', 1, 0.5, TRUE, 'it''s'), (TIMESTAMP '2003-01-01 00:00:00', 2, 1.5, FALSE, NULL)")
	q := &query.Query{
		Dataset: "native", MaxRows: 10,
		Relation: query.Relation{Table: name, Native: &query.Native{Text: `SELECT n * {factor} AS n, x + {more} AS x, s FROM rows
			WHERE "at" >= {from} AND "at" < {to} AND ok = {ok} AND s = {s} AND {missing} IS NULL;`}},
		Params: []query.Param{
			{Name: "factor", Type: query.Int, Value: int64(3)}, {Name: "more", Type: query.Float, Value: 0.25}, {Name: "ok", Type: query.Bool, Value: true}, {Name: "s", Type: query.String, Value: "it's"},
			{Name: "missing", Type: query.Int}, {Name: "from", Type: query.Time, Value: time.Date(2002, 1, 1, 0, 0, 0, 0, time.UTC)}, {Name: "to", Type: query.Time, Value: time.Date(2003, 1, 1, 0, 0, 0, 0, time.UTC)},
		},
		Groups:   []query.Group{{Name: "s", Field: query.Field{Column: "s", Type: query.String}}},
		Measures: []query.Measure{{Name: "n", Agg: query.Sum, Field: query.Field{Column: "n", Type: query.Int}}, {Name: "x", Agg: query.Sum, Field: query.Field{Column: "x", Type: query.Float}}},
	}
	s := opened(t, nil)
	if diff := cmp.Diff([][]any{{"it's", int64(3), 0.75}}, told(t, s, q)); diff != "" {
		t.Error(diff)
	}
	q.Params = q.Params[1:]
	if _, err := s.Query(t.Context(), q); fault.ReasonOf(err) != "source_error" {
		t.Errorf("a parameter that nobody bound: %v", err)
	}
}
