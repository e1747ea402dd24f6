package stores

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
	"github.com/go-dispatcher/dispatcher/internal/testenv/client"
)

// asPartitions puts the rows into two tables: by tenant and month in the order of time, and by tenant and shard for datasets whose
// time is another column.
func asPartitions(t *testing.T, s *set) placed {
	t.Helper()
	address := testenv.Cassandra(t)
	session, err := client.Cassandra(address)
	if err != nil {
		t.Fatal(err)
	}
	keyspace := testenv.Name("same")
	exec := func(statement string) {
		t.Helper()
		if err := session.Query(statement).ExecContext(clean(t)); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	exec("CREATE KEYSPACE " + keyspace + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1} AND durable_writes = false")
	t.Cleanup(func() { exec("DROP KEYSPACE " + keyspace); session.Close() })
	byMonth, byShard := keyspace+"."+s.name, keyspace+"."+s.name+"_sharded"
	columns := s.cql()
	exec("CREATE TABLE " + byMonth + " (" + columns + fmt.Sprintf(`, "month" text, PRIMARY KEY (("%s", "month"), "%s", "%s"))`, s.tenant, s.time, s.id))
	exec("CREATE TABLE " + byShard + " (" + columns + fmt.Sprintf(`, "shard" int, PRIMARY KEY (("%s", "shard"), "%s"))`, s.tenant, s.id))
	const writers = 8
	var wg sync.WaitGroup
	faults := make([]error, writers)
	for w := range writers {
		wg.Go(func() {
			for i := w; i < len(s.rows) && faults[w] == nil; i += writers {
				r := s.rows[i]
				faults[w] = s.insert(t, session, byMonth, r, "month", s.month(r))
				if faults[w] == nil && !s.alone {
					faults[w] = s.insert(t, session, byShard, r, "shard", i%3)
				}
			}
		})
	}
	wg.Wait()
	for _, err := range faults {
		if err != nil {
			t.Fatal(err)
		}
	}
	return placed{
		source: fmt.Sprintf("{kind: cassandra, keyspace: %s, url_file: %q}", keyspace, urlFile(t, address)),
		relation: func(time string) string {
			if time == s.time {
				return fmt.Sprintf("table: %s, partition: {keys: [{field: %s}, {field: month, bucket: month, layout: 2006-01}], clustered: true}", s.name, s.tenant)
			}
			return fmt.Sprintf("table: %s_sharded, partition: {keys: [{field: %s}, {field: shard, type: int, values: [0, 1, 2]}]}", s.name, s.tenant)
		},
		holds: func(t *testing.T) []string { t.Helper(); return tablesOf(t, session, keyspace) },
	}
}

// cql declares the columns. Lists are frozen: others cannot tell an empty one from none.
func (s *set) cql() string {
	parts := make([]string, len(s.columns))
	for i := range s.columns {
		c := &s.columns[i]
		kind := map[query.Type]string{query.String: "text", query.Int: "bigint", query.Float: "double", query.Bool: "boolean", query.Time: "timestamp"}[c.kind]
		switch {
		case c.epoch():
			kind = "bigint"
		case c.storage == query.StorageDate:
			kind = "date"
		case c.multi:
			kind = "frozen<list<text>>"
		}
		parts[i] = `"` + c.name + `" ` + kind
	}
	return strings.Join(parts, ", ")
}

func (s *set) insert(t *testing.T, session *gocql.Session, table string, r sourcetest.Row, partition string, value any) error {
	t.Helper()
	names, values := []string{`"` + partition + `"`}, []any{value}
	for i := range s.columns {
		c := &s.columns[i]
		v := r[c.name]
		if list, ok := v.([]any); ok {
			texts := []string{} // a list holds no null here
			for _, x := range list {
				if text, ok := x.(string); ok {
					texts = append(texts, text)
				}
			}
			v = texts
		}
		if v != nil {
			names, values = append(names, `"`+c.name+`"`), append(values, v)
		}
	}
	return session.Query("INSERT INTO "+table+" ("+strings.Join(names, ", ")+") VALUES ("+strings.TrimSuffix(strings.Repeat("?, ", len(names)), ", ")+")", values...).
		ExecContext(t.Context())
}

// tablesOf lists the tables of a keyspace with a count and a digest of their rows, and all keyspaces that no other test has made.
func tablesOf(t *testing.T, session *gocql.Session, keyspace string) (out []string) {
	t.Helper()
	it := session.Query("SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?", keyspace).IterContext(t.Context())
	var table string
	for it.Scan(&table) {
		rows := session.Query("SELECT JSON * FROM " + keyspace + "." + table).PageSize(500).IterContext(t.Context())
		var line string
		var data []byte
		n := 0
		for rows.Scan(&line) {
			data = append(data, line...)
			n++
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%s %d %s", table, n, digest(data)))
	}
	if err := it.Close(); err != nil {
		t.Fatal(err)
	}
	return out
}
