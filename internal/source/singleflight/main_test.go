package singleflight

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// scripted is a source that does what a test says, and counts how often it is asked: no server can be brought to answer at a given moment.
type scripted struct {
	source.Source
	asked atomic.Int64
	query func(ctx context.Context, q *query.Query) (*source.Result, error)
}

func (s *scripted) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	s.asked.Add(1)
	return s.query(ctx, q)
}

func (s *scripted) Close() error { return nil }

// answer is a result of one row.
func answer(t testing.TB, text string) *source.Result {
	t.Helper()
	b, err := frame.NewBuilder(frame.Field{Name: "a", Kind: frame.String})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Append(text); err != nil {
		t.Fatal(err)
	}
	return &source.Result{Frame: b.Frame()}
}

// tenant is a query of a tenant's.
func tenant(name string) *query.Query {
	return &query.Query{Dataset: "posts", Tenant: &query.Compare{Field: query.Field{Column: "company", Type: query.String}, Op: query.Eq, Values: []any{name}}}
}
