package cassandra_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/cassandra"
)

func utc(text string) time.Time {
	t, err := time.Parse("2006-01-02 15:04:05.999999", text)
	if err != nil {
		panic(err)
	}
	return t
}

// asked returns a count over table t, with the partition keys of a test.
func asked(from, to string, keys ...query.PartitionKey) *query.Query {
	return &query.Query{
		Dataset: "d", Relation: query.Relation{Table: "t", Partition: &query.Partition{Keys: keys}}, MaxRows: 10,
		Tenant:   &query.Compare{Field: query.Field{Column: "tenant", Type: query.String}, Op: query.Eq, Values: []any{"1"}},
		Time:     &query.TimeField{Column: "at", Storage: "timestamp", Zone: "UTC"},
		Range:    query.Range{From: utc(from), To: utc(to)},
		Measures: []query.Measure{{Name: "n", Agg: query.Count}},
	}
}

func bucket(kind string, of query.Type, layout string) query.PartitionKey {
	return query.PartitionKey{Column: "b", Type: of, Bucket: kind, Layout: layout}
}

func tenantKey() query.PartitionKey { return query.PartitionKey{Column: "tenant", Type: query.String} }

func on(column string, op query.Op, values ...any) query.Compare {
	return query.Compare{Field: query.Field{Column: column}, Op: op, Values: values}
}

func TestPartitions(t *testing.T) {
	t.Parallel()
	day := func(text string) string { return fmt.Sprint(utc(text + " 00:00:00").UnixMilli()) }
	zoned := func(q *query.Query, storage, zone string) *query.Query {
		q.Time.Storage, q.Time.Zone = storage, zone
		return q
	}
	filtered := func(q *query.Query, f query.Filter) *query.Query {
		q.Where = f
		return q
	}
	shard := query.PartitionKey{Column: "shard", Type: query.Int, Values: []any{0, 1, 2}}
	for name, c := range map[string]struct {
		q    *query.Query
		want []string
	}{
		"months, the last one not touched": {asked("2002-01-31 23:00:00", "2002-04-01 00:00:00", bucket("month", query.String, "")), []string{"2002-01", "2002-02", "2002-03"}},
		"months, the last one by an instant": {
			asked("2002-01-31 23:00:00", "2002-03-01 00:00:00.000001", bucket("month", query.String, "0601")), []string{"0201", "0202", "0203"}},
		"years as numbers":                 {asked("2002-12-31 23:00:00", "2003-01-01 01:00:00", bucket("year", query.Int, "")), []string{"2002", "2003"}},
		"days as numbers":                  {asked("2004-02-28 12:00:00", "2004-03-01 00:00:00", bucket("day", query.Int, "")), []string{"20040228", "20040229"}},
		"days as dates":                    {asked("2004-02-29 12:00:00", "2004-03-01 12:00:00", bucket("day", query.Time, "")), []string{day("2004-02-29"), day("2004-03-01")}},
		"hours":                            {asked("2004-02-29 23:30:00", "2004-03-01 00:30:00", bucket("hour", query.String, "2006-01-02T15")), []string{"2004-02-29T23", "2004-03-01T00"}},
		"before 1970":                      {asked("1969-12-31 12:00:00", "1970-01-01 12:00:00", bucket("day", query.String, "")), []string{"1969-12-31", "1970-01-01"}},
		"a layout coarser than its bucket": {asked("2002-01-30 00:00:00", "2002-02-02 00:00:00", bucket("day", query.String, "2006-01")), []string{"2002-01", "2002-02"}},
		"no time at all":                   {asked("2002-01-31 23:00:00", "2002-01-31 23:00:00", bucket("month", query.String, "")), nil},
		"the clock of a zone": {
			zoned(asked("2002-01-31 23:30:00", "2002-02-01 00:00:00", bucket("month", query.String, "")), "timestamp", "Europe/Berlin"), []string{"2002-02"}},
		"an instant has no zone": {
			zoned(asked("2002-01-31 23:30:00", "2002-02-01 00:00:00", bucket("month", query.String, "")), "timestamptz", "Europe/Berlin"), []string{"2002-01"}},
		"dates of a zone": {
			zoned(asked("2002-01-31 22:59:59", "2002-02-01 23:00:00", bucket("day", query.String, "")), "date", "Europe/Berlin"), []string{"2002-01-31", "2002-02-01"}},
		"tenant, month and shard": {asked("2002-01-01 00:00:00", "2002-03-01 00:00:00", tenantKey(), bucket("month", query.String, ""), shard),
			[]string{"1 2002-01 0", "1 2002-01 1", "1 2002-01 2", "1 2002-02 0", "1 2002-02 1", "1 2002-02 2"}},
		"a filter narrows": {filtered(asked("2002-01-01 00:00:00", "2002-03-01 00:00:00", bucket("month", query.String, ""), shard), query.And{
			on("shard", query.In, int64(1), int64(1), int64(7), 2.5), &query.Compare{Field: query.Field{Column: "b"}, Op: query.Eq, Values: []any{"2002-02"}},
		}), []string{"2002-02 1"}},
		"another condition does not": {filtered(asked("2002-01-01 00:00:00", "2002-02-01 00:00:00", bucket("month", query.String, ""), shard), query.And{
			query.Or{on("shard", query.Eq, int64(1)), on("x", query.Eq, "y")}, query.Not{Of: on("shard", query.Eq, int64(0))}, on("shard", query.Gt, int64(1)), on("b", query.Ne, "x"),
		}), []string{"2002-01 0", "2002-01 1", "2002-01 2"}},
		"the key's only value is empty":    {filtered(asked("2002-01-01 00:00:00", "2002-02-01 00:00:00", query.PartitionKey{Column: "c", Type: query.String}), on("c", query.Eq, "")), nil},
		"a filter cannot widen the tenant": {filtered(asked("2002-01-01 00:00:00", "2002-02-01 00:00:00", tenantKey()), on("tenant", query.In, "1", "2")), []string{"1"}},
		"a value longer than any key": {
			filtered(asked("2002-01-01 00:00:00", "2002-02-01 00:00:00", query.PartitionKey{Column: "c", Type: query.String}), on("c", query.In, strings.Repeat("x", 70_000), "y")), []string{"y"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, got, err := cassandra.Arguments(c.q)
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%v, %v; want %v", got, err, c.want)
			}
		})
	}
}

func TestClusteredRange(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ storage, zone, want string }{
		"timestamp": {"timestamp", "UTC", "1 1017532800124 1017619200000"},
		"clock":     {"timestamp", "Europe/Berlin", "1 1017536400124 1017626400000"}, // the clock changed in between
		"instant":   {"timestamptz", "Europe/Berlin", "1 1017532800124 1017619200000"},
		"epoch_ms":  {"epoch_ms", "", "1 1017532800124 1017619200000"},
		"epoch_s":   {"epoch_s", "", "1 1017532801 1017619200"},
		"date":      {"date", "UTC", "1 1017532800000 1017619200000"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := asked("2002-03-31 00:00:00.123456", "2002-04-01 00:00:00", tenantKey())
			q.Time.Storage, q.Time.Zone, q.Relation.Partition.Clustered = c.storage, c.zone, true
			text, got, err := cassandra.Arguments(q)
			if err != nil || len(got) != 1 || got[0] != c.want || !strings.HasSuffix(text, `WHERE "tenant" = ? AND "at" >= ? AND "at" < ?`) {
				t.Errorf("%s %q, %v; want %q", text, got, err, c.want)
			}
		})
	}
}

func TestRefusedQueries(t *testing.T) {
	t.Parallel()
	const from, to = "2002-01-01 00:00:00", "2012-01-01 00:00:00"
	open := asked(from, to, tenantKey(), query.PartitionKey{Column: "region", Type: query.String})
	open.Where = query.Or{on("region", query.Eq, "eu")}
	none := asked(from, to)
	none.Relation.Partition = nil
	timeless := asked(from, to, bucket("day", query.String, ""))
	timeless.Time = nil
	named := func(table string) *query.Query {
		q := asked(from, to, tenantKey())
		q.Relation.Table = table
		return q
	}
	column := asked(from, to, tenantKey())
	column.Measures = []query.Measure{{Name: "n", Agg: query.CountDistinct, Field: query.Field{Column: "a\x00b", Type: query.Int}}}
	for name, c := range map[string]struct {
		q            *query.Query
		reason, says string
	}{
		"an open key":             {open, "source_needs_partition", "region"},
		"no partition":            {none, "source_needs_partition", "table t"},
		"a bucket without time":   {timeless, "source_needs_partition", "b is open"},
		"too many hours":          {asked(from, to, tenantKey(), bucket("hour", query.String, "")), "source_limit", "hours of the time range"},
		"too many combinations":   {asked(from, to, bucket("day", query.String, ""), query.PartitionKey{Column: "s", Type: query.Int, Values: []any{1, 2, 3, 4, 5, 6}}), "source_limit", "values of b"},
		"a bucket in a bool":      {asked(from, to, bucket("day", query.Bool, "")), "source_schema", ""},
		"an unknown bucket":       {asked(from, to, bucket("week", query.String, "")), "source_schema", ""},
		"a layout that is no int": {asked(from, to, bucket("day", query.Int, "2006-01-02")), "source_schema", ""},
		"text in a number":        {asked(from, to, query.PartitionKey{Column: "tenant", Type: query.Int}), "source_schema", ""},
		"a table's odd name":      {named(`t" WHERE x = 1 --`), "source_schema", ""},
		"no name":                 {named("ks."), "source_schema", ""},
		"a column's odd name":     {column, "source_schema", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := cassandra.Arguments(c.q)
			if fault.ReasonOf(err) != c.reason || fault.ClassOf(err) != fault.Permanent || !strings.Contains(fault.SafeText(err), c.says) {
				t.Errorf("%v; want %s with %q", err, c.reason, c.says)
			}
		})
	}
}

// What a request brings is bound, and never text.
func TestAttackValuesAreBound(t *testing.T) {
	t.Parallel()
	const attack = `x' OR 1=1; DROP TABLE t; --"`
	q := asked("2002-01-01 00:00:00", "2002-02-01 00:00:00", tenantKey(), query.PartitionKey{Column: `odd"name`, Type: query.String})
	q.Tenant.Values = []any{attack}
	q.Where = query.And{on(`odd"name`, query.In, attack, "y"), on("z", query.Contains, attack)}
	text, all, err := cassandra.Arguments(q)
	const want = `SELECT "tenant", "at", "odd""name", "z" FROM "ks"."t" WHERE "tenant" = ? AND "odd""name" = ?`
	if err != nil || text != want || len(all) != 2 || all[0] != attack+" "+attack {
		t.Errorf("%s\n%v, %v", text, all, err)
	}
}

// Every column that a query names is read, once, and no other.
func TestColumns(t *testing.T) {
	t.Parallel()
	field := func(name string) query.Field { return query.Field{Column: name, Type: query.Int} }
	q := asked("2002-01-01 00:00:00", "2002-02-01 00:00:00", tenantKey())
	q.Where = query.Or{on("a", query.Exists), query.And{&query.Compare{Field: field("b")}, query.Not{Of: on("c", query.Exists)}}}
	q.Select = []query.Column{{Name: "x", Field: field("d")}, {Name: "y", Field: field("a")}}
	q.Groups = []query.Group{{Name: "z", Field: field("e")}}
	q.Measures = []query.Measure{{Name: "n", Agg: query.Count}, {Name: "m", Agg: query.Sum, Field: field("f"), Where: on("g", query.Exists)}, {
		Name: "r", Formula: query.Ref("i"), Inputs: []query.Measure{{Name: "i", Agg: query.Sum, Field: field("h"), Where: on("i", query.Exists)}},
	}}
	text, _, err := cassandra.Arguments(q)
	if want := `SELECT "tenant", "at", "a", "b", "c", "d", "e", "f", "g", "h", "i" FROM "ks"."t" WHERE "tenant" = ?`; err != nil || text != want {
		t.Errorf("%s, %v; want %s", text, err, want)
	}
	bare := &query.Query{Relation: q.Relation, Measures: q.Measures[:1]} // of rows that have no column in it
	bare.Relation.Partition = &query.Partition{Keys: []query.PartitionKey{{Column: "s", Type: query.Int, Values: []any{1}}}}
	bare.Groups = []query.Group{{Name: "none"}}
	if text, _, err := cassandra.Arguments(bare); err != nil || !strings.HasPrefix(text, `SELECT "s" FROM`) {
		t.Errorf("%s, %v", text, err)
	}
}
