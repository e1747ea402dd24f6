package cassandra_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/cassandra"
	"github.com/go-dispatcher/dispatcher/internal/source/duckdb"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
	"github.com/go-dispatcher/dispatcher/internal/testenv/client"
)

// server is the session that the tests of this process write with, and their keyspace.
var server struct {
	once     sync.Once
	session  *gocql.Session
	keyspace string
	err      error
	tables   int
	mu       sync.Mutex
}

func TestMain(m *testing.M) {
	testenv.Main(m, func() {
		if server.session != nil {
			_ = server.session.Query("DROP KEYSPACE IF EXISTS " + server.keyspace).Exec()
			server.session.Close()
		}
	})
}

// keyspace returns a session to write with, and the keyspace for it.
func keyspace(t testing.TB) (*gocql.Session, string) {
	t.Helper()
	server.once.Do(func() {
		if server.session, server.err = client.Cassandra(testenv.Cassandra(t)); server.err != nil {
			return
		}
		server.keyspace = fmt.Sprintf("dispatcher_test_%d", time.Now().UnixNano())
		server.err = server.session.Query("CREATE KEYSPACE " + server.keyspace +
			" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}").Exec()
	})
	if server.err != nil {
		t.Fatal(server.err)
	}
	return server.session, server.keyspace
}

// table makes a table of a name of its own, and returns that.
func table(t testing.TB, columns string) string {
	t.Helper()
	s, ks := keyspace(t)
	server.mu.Lock() // changes of the schema at the same time wait for each other anyway, and longer
	defer server.mu.Unlock()
	server.tables++
	name := fmt.Sprintf("t%d", server.tables)
	if err := s.Query("CREATE TABLE " + ks + "." + name + " (" + columns + ")").Exec(); err != nil {
		t.Fatal(err)
	}
	return name
}

// insert writes one row.
func insert(t testing.TB, table string, columns []string, values ...any) {
	t.Helper()
	s, ks := keyspace(t)
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(values)), ", ")
	text := "INSERT INTO " + ks + "." + table + ` ("` + strings.Join(columns, `", "`) + `") VALUES (` + marks + ")"
	if err := s.Query(text, values...).Exec(); err != nil {
		t.Fatal(err)
	}
}

// local returns what aggregates rows in these tests.
func local(t testing.TB) source.Local {
	t.Helper()
	s, err := duckdb.Open(t.Context(), duckdb.Config{Connections: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// opened returns a source over the tests' keyspace.
func opened(t testing.TB, cfg cassandra.Config) *cassandra.Source {
	t.Helper()
	_, cfg.Keyspace = keyspace(t)
	if cfg.URL == "" {
		cfg.URL = testenv.Cassandra(t)
	}
	if cfg.Local == nil {
		cfg.Local = local(t)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = time.Minute // for a page, on a busy machine
	}
	s, err := cassandra.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
