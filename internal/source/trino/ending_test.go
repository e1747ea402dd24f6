package trino_test

import (
	"context"
	"database/sql"
	"slices"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/trino"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// counting asks for a count that takes minutes; its mark is a value that stands in the statement.
func counting(mark string) *query.Query {
	return &query.Query{
		Dataset: "lines", Relation: query.Relation{Table: "tpch.sf1000.lineitem"}, MaxRows: 10, Measures: []query.Measure{{Name: "n", Agg: query.Count}},
		Where: query.Compare{Field: query.Field{Column: "comment", Type: query.String}, Op: query.Contains, Values: []any{mark}},
	}
}

// listing asks for more rows than anybody reads.
func listing(mark string) *query.Query {
	comment := query.Field{Column: "comment", Type: query.String}
	return &query.Query{
		Dataset: "lines", Relation: query.Relation{Table: "tpch.sf1.lineitem"}, MaxRows: 5_000_000, Rows: true,
		Select: []query.Column{{Name: "comment", Field: comment}},
		Where:  query.Compare{Field: comment, Op: query.Ne, Values: []any{mark}},
	}
}

// state returns what the cluster says of the query with a mark.
func state(t *testing.T, db *sql.DB, mark string) (state, code string) {
	t.Helper()
	var reason sql.NullString
	err := db.QueryRowContext(t.Context(), "SELECT state, error_code FROM system.runtime.queries WHERE query LIKE ? AND query NOT LIKE '%system.runtime%'",
		"%"+mark+"%").Scan(&state, &reason)
	if err != nil && err != sql.ErrNoRows { //nolint:errorlint // as it is documented
		t.Fatal(err)
	}
	return state, reason.String
}

// reaches waits until the query with a mark is in one of some states.
func reaches(t *testing.T, db *sql.DB, mark string, wanted ...string) (code string) {
	t.Helper()
	for begin := time.Now(); ; {
		now, code := state(t, db, mark)
		if slices.Contains(wanted, now) {
			return code
		}
		if time.Since(begin) > 3*time.Minute {
			t.Fatalf("the query is %q (%s), not one of %v", now, code, wanted)
		}
	}
}

// A query whose context ends is ended on the cluster, at once, whether it computes, or sends rows that are being read.
func TestTheEndOfARequestEndsTheQueryOnTheCluster(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(mark string) *query.Query{"computing": counting, "sending rows": listing} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, _ := bare(t)
			mark := testenv.Name("m")
			s := opened(t, nil)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			done := make(chan error, 1)
			go func() {
				_, err := s.Query(ctx, ask(mark))
				done <- err
			}()
			reaches(t, db, mark, "RUNNING")
			cancel()
			if err := <-done; fault.ClassOf(err) != fault.Canceled {
				t.Errorf("canceled: %v", err)
			}
			if code := reaches(t, db, mark, "FAILED"); code != "USER_CANCELED" {
				t.Errorf("it ended by %s", code)
			}
		})
	}
}

// A deadline ends the query as a cancel does.
func TestTheDeadlineEndsTheQueryOnTheCluster(t *testing.T) {
	t.Parallel()
	db, _ := bare(t)
	mark, s := "", opened(t, nil)
	for limit, known := 3*time.Second, ""; known == "" && limit < time.Minute; limit *= 2 { // a busy cluster may not have it by then
		mark = testenv.Name("m")
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		if _, err := s.Query(ctx, counting(mark)); fault.ClassOf(err) != fault.Timeout {
			t.Fatalf("after the deadline of %v: %v", limit, err)
		}
		cancel()
		known, _ = state(t, db, mark)
	}
	if code := reaches(t, db, mark, "FAILED"); code != "USER_CANCELED" && code != "EXCEEDED_TIME_LIMIT" {
		t.Errorf("it ended by %s", code)
	}
}

// The cluster itself ends what has run for longer than the deadline, which it is told: nobody may be left to end it.
func TestTheClusterKnowsTheDeadline(t *testing.T) {
	t.Parallel()
	db, _ := bare(t)
	s := opened(t, func(c *trino.Config) { c.URL += "?session_properties=query_max_run_time:1s" })
	mark := testenv.Name("m")
	_, err := s.Query(t.Context(), counting(mark))
	if fault.ClassOf(err) != fault.Timeout || fault.ReasonOf(err) != "source_timeout" {
		t.Errorf("the cluster's own limit: %v", err)
	}
	if code := reaches(t, db, mark, "FAILED"); code != "EXCEEDED_TIME_LIMIT" {
		t.Errorf("it ended by %s", code)
	}
}
