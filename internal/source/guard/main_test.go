package guard

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// scripted is a source that does what a test says: how a guard behaves around faults that no server can be brought to on time.
type scripted struct {
	source.Source
	mu    sync.Mutex
	query func(ctx context.Context) (*source.Result, error)
	ping  func(ctx context.Context) error
	close func() error
}

// does changes what a query does from now on.
func (s *scripted) does(query func(ctx context.Context) (*source.Result, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.query = query
}

func (s *scripted) Query(ctx context.Context, _ *query.Query) (*source.Result, error) {
	s.mu.Lock()
	query := s.query
	s.mu.Unlock()
	return query(ctx)
}
func (s *scripted) Ping(ctx context.Context) error { return s.ping(ctx) }
func (s *scripted) Close() error {
	if s.close == nil {
		return nil
	}
	return s.close()
}

// result is an answer of some rows.
func result(t testing.TB, rows int, text string) *source.Result {
	t.Helper()
	b, err := frame.NewBuilder(frame.Field{Name: "a", Kind: frame.String})
	if err != nil {
		t.Fatal(err)
	}
	for range rows {
		if err := b.Append(text); err != nil {
			t.Fatal(err)
		}
	}
	return &source.Result{Frame: b.Frame()}
}

func down(context.Context) (*source.Result, error) {
	return nil, fault.New(fault.Transient, "source_unavailable", "", errors.New("refused"))
}

// hang ignores the context, as a driver does that waits for a lock.
func hang(release <-chan struct{}) func(context.Context) (*source.Result, error) {
	return func(context.Context) (*source.Result, error) {
		<-release
		return nil, errors.New("released")
	}
}

// ends checks how a call ended.
func ends(t *testing.T, err error, class fault.Class, reason string) {
	t.Helper()
	if err == nil || fault.ClassOf(err) != class || fault.ReasonOf(err) != reason {
		t.Errorf("it ended with %v (%v), want %v %s", err, fault.ClassOf(err), class, reason)
	}
}
