package cassandra_test

import (
	"context"
	"iter"
	"math/big"
	"net"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/cassandra"
)

// keeping keeps rows as they are handed over.
type keeping struct {
	rows   [][]any
	fields []query.Field
	query  *query.Query
}

func (k *keeping) Compute(_ context.Context, q *query.Query, fields []query.Field, rows iter.Seq2[[]any, error]) (*source.Result, error) {
	k.fields, k.query, k.rows = fields, q, nil
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		k.rows = append(k.rows, row)
	}
	return &source.Result{}, nil
}

func TestTypes(t *testing.T) {
	t.Parallel()
	id := gocql.TimeUUID()
	at := utc("1969-07-20 20:17:40.123")
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	type of struct {
		kind    string
		in      any // bound, or a literal where text begins with =
		out     any
		field   query.Type
		storage string
	}
	cases := []of{
		{"text", "ü\x00'", "ü\x00'", query.String, ""}, {"ascii", "", "", query.String, ""}, {"varchar", "x", "x", query.String, ""},
		{"uuid", id, id.String(), query.String, ""}, {"timeuuid", id, id.String(), query.String, ""}, {"inet", net.ParseIP("::1"), "::1", query.String, ""},
		{"inet", net.ParseIP("10.0.0.1"), "10.0.0.1", query.String, ""},
		{"tinyint", int8(-128), int64(-128), query.Int, ""}, {"smallint", int16(-300), int64(-300), query.Int, ""}, {"int", -70_000, int64(-70_000), query.Int, ""},
		{"bigint", int64(-1 << 62), int64(-1 << 62), query.Int, ""}, {"varint", big.NewInt(-129), int64(-129), query.Int, ""}, {"varint", big.NewInt(255), int64(255), query.Int, ""},
		{"varint", huge, 1.2345678901234568e29, query.Float, ""}, {"int", 3, 3.0, query.Float, ""},
		{"float", float32(0.1), float64(float32(0.1)), query.Float, ""}, {"double", -0.1, -0.1, query.Float, ""},
		{"decimal", "=-12.50", -12.5, query.Float, ""}, {"decimal", "=1E+3", 1000.0, query.Float, ""},
		{"boolean", true, true, query.Bool, ""}, {"boolean", false, false, query.Bool, ""},
		{"timestamp", at, at, query.Time, "timestamptz"}, {"date", utc("1969-07-20 00:00:00"), utc("1969-07-20 00:00:00"), query.Time, "date"},
		{"bigint", at.UnixMilli(), at, query.Time, "epoch_ms"}, {"bigint", at.Unix(), at.Truncate(time.Second), query.Time, "epoch_s"}, {"int", 86400, utc("1970-01-02 00:00:00"), query.Time, "epoch_s"},
		{"list<text>", []string{"b", "", "b"}, []string{"b", "", "b"}, query.String, "list"}, {"set<text>", []string{"b", "a"}, []string{"a", "b"}, query.String, "list"},
		{"frozen<list<uuid>>", []gocql.UUID{id}, []string{id.String()}, query.String, "list"}, {"list<text>", []string{}, nil, query.String, "list"},
		{"text", nil, nil, query.String, ""}, {"int", nil, nil, query.Int, ""}, {"timestamp", nil, nil, query.Time, "timestamp"}, {"list<text>", nil, nil, query.String, "list"},
	}
	columns, names, marks, bound := "p text PRIMARY KEY", "p", "'1'", []any(nil)
	q := &query.Query{Dataset: "d", Rows: true, MaxRows: 10, Where: query.Compare{Field: query.Field{Column: "p", Type: query.String}, Op: query.Eq, Values: []any{"1"}}}
	var want []any
	for i, c := range cases {
		name := "c" + strings.Repeat("x", i)
		columns += ", " + name + " " + c.kind
		names += ", " + name
		if s, ok := c.in.(string); ok && strings.HasPrefix(s, "=") {
			marks += ", " + s[1:]
		} else {
			marks, bound = marks+", ?", append(bound, c.in)
		}
		f := query.Field{Column: name, Type: c.field, Multi: c.storage == "list"}
		q.Select = append(q.Select, query.Column{Name: name, Field: f, Storage: c.storage})
		want = append(want, c.out)
	}
	name := table(t, columns)
	session, ks := keyspace(t)
	if err := session.Query("INSERT INTO "+ks+"."+name+" ("+names+") VALUES ("+marks+")", bound...).Exec(); err != nil {
		t.Fatal(err)
	}
	q.Relation = query.Relation{Table: name, Partition: &query.Partition{Keys: []query.PartitionKey{{Column: "p", Type: query.String}}}}
	kept := &keeping{}
	s := opened(t, cassandra.Config{Local: kept})
	if _, err := s.Query(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	if len(kept.rows) != 1 || len(kept.fields) != len(cases)+1 {
		t.Fatalf("%d rows of %d columns", len(kept.rows), len(kept.fields))
	}
	for i, w := range want {
		if got := kept.rows[0][i+1]; !reflect.DeepEqual(got, w) {
			t.Errorf("%s %v: %T %v, want %T %v", cases[i].kind, cases[i].in, got, got, w, w)
		}
	}
	described, err := s.Describe(t.Context(), q.Relation)
	if err != nil || len(described) != len(cases)+1 {
		t.Fatal(described, err)
	}
	for i, c := range cases {
		at := slices.IndexFunc(described, func(f query.Field) bool { return f.Column == q.Select[i].Field.Column })
		same := described[at].Multi == (c.storage == "list") && described[at].Type == c.field
		if !same && !strings.HasSuffix(c.kind, "int") { // integers may also be read as fractions and times
			t.Errorf("%s is described as %v", c.kind, described[at])
		}
	}
}

// A column of days begins each at its zone's midnight, and a range reads the whole of the days it touches.
func TestDays(t *testing.T) {
	t.Parallel()
	name := table(t, "day date, shard int, id int, n int, PRIMARY KEY ((day, shard), id)")
	for i, day := range []string{"2002-03-30", "2002-03-31", "2002-04-01", "2002-04-02"} {
		insert(t, name, []string{"day", "shard", "id", "n"}, day, i%2, i, 1<<i)
	}
	q := &query.Query{
		Dataset: "d", MaxRows: 10, Measures: []query.Measure{{Name: "n", Agg: query.Sum, Field: query.Field{Column: "n", Type: query.Int}}},
		Time:  &query.TimeField{Column: "day", Storage: "date", Zone: "Europe/Berlin"},
		Range: query.Range{From: utc("2002-03-30 23:00:00"), To: utc("2002-04-01 10:00:00")}, // from the 31st to noon of the 1st
		Relation: query.Relation{Table: name, Partition: &query.Partition{Keys: []query.PartitionKey{
			{Column: "day", Type: query.Time, Bucket: "day"}, {Column: "shard", Type: query.Int, Values: []any{0, 1}},
		}}},
	}
	r, err := opened(t, cassandra.Config{}).Query(t.Context(), q)
	if err != nil || values(r)["n"] != int64(2+4) {
		t.Errorf("%v, %v", values(r), err)
	}
	kept := &keeping{}
	if _, err := opened(t, cassandra.Config{Local: kept}).Query(t.Context(), q); err != nil || len(kept.rows) != 2 {
		t.Fatal(kept.rows, err)
	}
	slices.SortFunc(kept.rows, func(a, b []any) int { return a[0].(time.Time).Compare(b[0].(time.Time)) })
	if first := kept.rows[0][0]; first != utc("2002-03-30 23:00:00") || kept.query.Range.To != utc("2002-04-01 22:00:00") {
		t.Errorf("%v, %v", first, kept.query.Range)
	}
}

// Ranges over every way that a clustering column keeps time, read, and aggregated by the server.
func TestClusteringColumns(t *testing.T) {
	t.Parallel()
	s := opened(t, cassandra.Config{})
	times := []time.Time{utc("1969-12-31 00:00:00"), utc("2002-03-30 23:00:00"), utc("2002-03-31 00:00:00"), utc("2002-04-01 00:00:00")}
	for storage, c := range map[string]struct {
		kind  string
		value func(time.Time) any
		want  int64 // of the four times, from half a second after the second one
	}{
		"timestamp": {"timestamp", func(t time.Time) any { return t }, 1},
		"epoch_s":   {"bigint", func(t time.Time) any { return t.Unix() }, 1},
		"epoch_ms":  {"bigint", func(t time.Time) any { return t.UnixMilli() }, 1},
		"date":      {"date", func(t time.Time) any { return t.Format(time.DateOnly) }, 2},
	} {
		t.Run(storage, func(t *testing.T) {
			t.Parallel()
			name := table(t, "tenant text, at "+c.kind+", PRIMARY KEY (tenant, at)")
			for _, at := range times {
				insert(t, name, []string{"tenant", "at"}, "1", c.value(at))
			}
			q := asked("2002-03-30 23:00:00.5", "2002-04-01 00:00:00", tenantKey())
			q.Relation.Table, q.Relation.Partition.Clustered, q.Time.Storage = name, true, storage
			for _, where := range []query.Filter{nil, query.Not{Of: query.Or{}}} {
				q.Where = where
				if r, err := s.Query(t.Context(), q); err != nil || values(r)["n"] != c.want || cassandra.Merged(q) != (where == nil) {
					t.Errorf("%v, %v; want %d", values(r), err, c.want)
				}
			}
			q.Range.From = utc("1969-12-30 23:59:59.999")
			if r, err := s.Query(t.Context(), q); err != nil || values(r)["n"] != int64(3) {
				t.Errorf("%v, %v; want 3", values(r), err)
			}
		})
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	s := opened(t, cassandra.Config{Parallel: 2})
	q := asked("2002-01-01 00:00:00", "2002-03-01 00:00:00", tenantKey(), bucket("month", query.String, ""))
	q.Relation.Partition.Clustered = true
	q.Where = on("x", query.Eq, "y")
	n, err := s.Explain(t.Context(), q)
	if err != nil || n.Language != "cql" || !reflect.DeepEqual(n.Args, []any{"1", "2002-01", utc("2002-01-01 00:00:00"), utc("2002-03-01 00:00:00")}) {
		t.Errorf("%+v, %v", n, err)
	}
	if len(n.Notes) != 2 || n.Notes[0] != "runs once for each of 2 partitions, 2 at once: 1 of tenant (the tenant) × 2 of b (months of the time range)" || !strings.Contains(n.Notes[1], "locally") {
		t.Errorf("%q", n.Notes)
	}
	q.Where, q.Tenant.Values = nil, nil
	if n, err = s.Explain(t.Context(), q); err != nil || n.Args != nil || !strings.Contains(n.Notes[1], "server") {
		t.Errorf("%+v, %v", n, err)
	}
}
