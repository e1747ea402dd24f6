package httpapi_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/httpapi"
)

// get is a call of GET /rows whose answer is the list of rows.
func get(t testing.TB) *query.Call {
	t.Helper()
	return &query.Call{Method: http.MethodGet, Path: template(t, "/rows")}
}

// counting is the query of how many rows there are, and the sum of their n.
func counting(c *query.Call, params ...query.Param) *query.Query {
	return &query.Query{
		Dataset: "test", Relation: query.Relation{Call: c}, Params: params, MaxRows: 10,
		Measures: []query.Measure{{Name: "rows", Agg: query.Count}, {Name: "sum", Agg: query.Sum, Field: query.Field{Column: "n", Type: query.Int}}},
	}
}

// ask returns the number of rows and the sum of their n.
func ask(ctx context.Context, s *httpapi.Source, q *query.Query) (rows, sum int64, err error) {
	r, err := s.Query(ctx, q)
	if err != nil {
		return 0, 0, err
	}
	rows, _ = r.Frame.At(0).Value(0).(int64)
	sum, _ = r.Frame.At(1).Value(0).(int64)
	return rows, sum, nil
}

// wantRows asks and compares.
func wantRows(t testing.TB, s *httpapi.Source, c *query.Call, rows, sum int64) {
	t.Helper()
	gotRows, gotSum, err := ask(t.Context(), s, counting(c))
	if err != nil || gotRows != rows || gotSum != sum {
		t.Errorf("%d rows with the sum %d, want %d and %d: %v", gotRows, gotSum, rows, sum, err)
	}
}

// script answers one request after the other as it is told; the last answer stays.
type script struct {
	mu    sync.Mutex
	steps []http.HandlerFunc
	at    []time.Time
	seen  []*http.Request
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	step := s.steps[min(len(s.at), len(s.steps)-1)]
	s.at, s.seen = append(s.at, time.Now()), append(s.seen, r)
	s.mu.Unlock()
	step(w, r)
}

// times returns when requests came.
func (s *script) times() []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]time.Time(nil), s.at...)
}

// text answers with a body of a type.
func text(kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write([]byte(body))
	}
}

func jsonOf(body string) http.HandlerFunc { return text("application/json", body) }

// status answers with a status, and headers in pairs.
func status(code int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
	}
}
