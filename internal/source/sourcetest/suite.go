package sourcetest

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Open returns a source that holds rows, and the relation to ask for them. It closes the source at the end of the test.
type Open func(t *testing.T, rows []Row) (source.Source, query.Relation)

// askers is how many questions a source is asked at the same time.
const askers = 4

// Run asks a source every kind of question, some at the same time, and compares its answers with those of plain Go.
func Run(t *testing.T, open Open) {
	t.Helper()
	rows := Rows()
	s, relation := open(t, rows)
	all := cases(relation)
	var asking sync.WaitGroup
	for i := range askers {
		asking.Go(func() {
			for j := i; j < len(all); j += askers {
				t.Run(all[j].name, func(t *testing.T) { check(t, s, all[j], rows) })
			}
		})
	}
	asking.Wait()
	t.Run("numbers at the ends of 64 bits", func(t *testing.T) { extremes(t, open) })
	t.Run("percentiles", func(t *testing.T) { percentiles(t, s, relation, rows) })
	t.Run("rows that come late", func(t *testing.T) { late(t, open) })
	t.Run("truncation", func(t *testing.T) { truncation(t, s, relation) })
	t.Run("the end of a request", func(t *testing.T) { ending(t, s, relation) })
	t.Run("explained values are arguments", func(t *testing.T) { explained(t, s, all) })
	t.Run("ping and close", func(t *testing.T) {
		if err := s.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("the second time: %v", err)
		}
	})
}

// check compares one answer.
func check(t *testing.T, s source.Source, c testCase, rows []Row) {
	t.Helper()
	r, err := s.Query(t.Context(), c.query)
	if err != nil {
		native, _ := s.Explain(t.Context(), c.query)
		t.Errorf("%s: %v\n%s", c.name, err, native.Text)
		return
	}
	got := valuesOf(r)
	for j, want := range c.query.Columns() {
		if f := r.Frame.Fields()[j]; f.Name != want.Name || string(f.Kind) != string(want.Type) {
			t.Errorf("%s: column %d is %v, want %v", c.name, j, f, want)
		}
	}
	want, err := answer(c.query, rows)
	if err != nil {
		t.Errorf("%s: %v", c.name, err)
		return
	}
	if !same(got, want) {
		native, _ := s.Explain(t.Context(), c.query)
		t.Errorf("%s:\ngot  %v\nwant %v\n%s", c.name, got, want, native.Text)
	}
}

// percentiles are the same to the last digit on every store, since widgets are also made of how often each value is there (package rollup).
func percentiles(t *testing.T, s source.Source, relation query.Relation, rows []Row) {
	t.Helper()
	q := base(relation)
	for _, field := range []string{"score", "weight"} {
		for _, fraction := range []float64{0.05, 0.1, 0.3, 0.35, 0.5, 0.7, 0.9, 0.95, 0.99} {
			q.Measures = append(q.Measures, query.Measure{Name: fmt.Sprintf("%s%g", field, 100*fraction), Agg: query.Percentile, Field: fields()[field], Fraction: fraction})
		}
	}
	r, err := s.Query(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	want, err := answer(q, rows)
	if err != nil {
		t.Fatal(err)
	}
	for j, m := range q.Measures {
		if got := r.Frame.At(j).Value(0); got != want[0][j] {
			t.Errorf("%s: %v, want %v", m.Name, got, want[0][j])
		}
	}
}

func valuesOf(r *source.Result) [][]any {
	out := make([][]any, r.Frame.Rows())
	for i := range out {
		for j := range r.Frame.Fields() {
			out[i] = append(out[i], r.Frame.At(j).Value(i))
		}
	}
	return out
}

func same(got, want [][]any) bool {
	if len(got) != len(want) {
		return false
	}
	for i := range got {
		if len(got[i]) != len(want[i]) {
			return false
		}
		for j, x := range got[i] {
			y := want[i][j]
			f, isFloat := x.(float64)
			switch {
			case x == nil || y == nil:
				if x != y {
					return false
				}
			case isFloat:
				if !(math.Abs(f-number(y)) <= 1e-9*max(1, math.Abs(f))) {
					return false
				}
			case fmt.Sprintf("%T", x) != fmt.Sprintf("%T", y) || compare(x, y) != 0:
				return false
			}
		}
	}
	return true
}

func truncation(t *testing.T, s source.Source, relation query.Relation) {
	for most, want := range map[int]bool{11: true, 12: false} {
		q := raw(relation, "id")
		q.MaxRows = most
		r, err := s.Query(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if r.Truncated != want || r.Frame.Rows() != most {
			t.Errorf("at most %d of 12 rows: %d, truncated %t", most, r.Frame.Rows(), r.Truncated)
		}
	}
}

func ending(t *testing.T, s source.Source, relation query.Relation) {
	gone, stop := context.WithCancel(t.Context())
	stop()
	if _, err := s.Query(gone, raw(relation, "id")); fault.ClassOf(err) != fault.Canceled {
		t.Errorf("after a cancel: %v", err)
	}
	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	if _, err := s.Query(late, raw(relation, "id")); fault.ClassOf(err) != fault.Timeout {
		t.Errorf("after the deadline: %v", err)
	}
	if _, err := s.Query(t.Context(), raw(relation, "id")); err != nil {
		t.Errorf("the next request: %v", err)
	}
}

// explained sees that no text of a request is in a query's text. Of the questions that have none of those texts, a third is explained:
// what each of them is in a store's language has been asked already.
func explained(t *testing.T, s source.Source, all []testCase) {
	for i, c := range all {
		if where := fmt.Sprint(c.query.Where); i%3 > 0 && !strings.Contains(where, "DROP TABLE") && !strings.Contains(where, "snake") {
			continue
		}
		n, err := s.Explain(t.Context(), c.query)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if n.Text == "" || strings.Contains(n.Text, "DROP TABLE") || strings.Contains(n.Text, "snake") {
			t.Errorf("%s: %s", c.name, n.Text)
		}
	}
}
