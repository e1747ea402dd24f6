package trino_test

import (
	"context"
	"database/sql"
	"net/http"
	"strings"
	"testing"

	driver "github.com/trinodb/trino-go-client/trino"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
	"github.com/go-dispatcher/dispatcher/internal/source/trino"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	sourcetest.Run(t, loaded)
}

// A statement costs Trino a third of a second: of these questions 340 are asked a time (with the random widgets of test/stores more than 500), and 20,000 by make test-nightly.
func TestRandomQuestions(t *testing.T) {
	t.Parallel()
	sourcetest.Random(t, loaded, 340)
}

// opened opens the source as a catalog does.
func opened(t *testing.T, change func(*trino.Config)) *trino.Source {
	t.Helper()
	cfg := trino.Config{URL: testenv.Trino(t), Catalog: "memory", Schema: "default"}
	if change != nil {
		change(&cfg)
	}
	s, err := trino.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// bare is the driver without the source, for what a test has to prepare and to look at.
func bare(t *testing.T) (db *sql.DB, exec func(statement string, args ...any)) {
	t.Helper()
	transport := &http.Transport{}
	connector, err := driver.NewConnector(&driver.Config{
		ServerURI: testenv.Trino(t), TimeZone: "UTC", DisableExplicitPrepare: true, HTTPClient: &http.Client{Transport: transport},
	})
	if err != nil {
		t.Fatal(err)
	}
	db = sql.OpenDB(connector)
	t.Cleanup(func() { _ = db.Close(); transport.CloseIdleConnections() })
	return db, func(statement string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(context.WithoutCancel(t.Context()), statement, args...); err != nil {
			t.Fatalf("%.200s: %v", statement, err)
		}
	}
}

// table makes a table of a test's own.
func table(t *testing.T, columns string) (name string, exec func(statement string, args ...any)) {
	t.Helper()
	_, exec = bare(t)
	name = testenv.Name("memory.default.t")
	exec("CREATE TABLE " + name + " (" + columns + ")")
	t.Cleanup(func() { exec("DROP TABLE " + name) })
	return name, exec
}

// loaded puts rows into a table, a hundred at a time.
func loaded(t *testing.T, rows []sourcetest.Row) (source.Source, query.Relation) {
	t.Helper()
	name, exec := table(t, `tenant VARCHAR, id VARCHAR, "at" TIMESTAMP(6), channel VARCHAR, text VARCHAR, score BIGINT, weight DOUBLE, public BOOLEAN, tags ARRAY(VARCHAR)`)
	order := []string{"tenant", "id", "at", "channel", "text", "score", "weight", "public", "tags"}
	for from := 0; from < len(rows); from += 100 {
		var marks []string
		var args []any
		for _, r := range rows[from:min(from+100, len(rows))] {
			marks = append(marks, "(?, ?, CAST(? AS TIMESTAMP(6)), ?, ?, ?, ?, ?, CAST(? AS ARRAY(VARCHAR)))")
			for _, c := range order {
				args = append(args, r[c])
			}
		}
		exec("INSERT INTO "+name+" VALUES "+strings.Join(marks, ", "), args...)
	}
	return opened(t, nil), query.Relation{Table: name}
}
