package changes

import (
	"context"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Source has answers shared for as long as the rows are what they were.
type Source struct {
	source.Source
	watch *Watch
}

// New has the questions that a source is asked say the state of the rows, where their Share says what tells it. The result has the abilities that the source has.
func New(inner source.Source, watch *Watch) source.Source {
	return source.AbilitiesOf(inner).On(&Source{Source: inner, watch: watch})
}

// Query asks q with the state of its rows in it. Where that is not to be had, the answer is nobody else's.
func (s *Source) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	return s.Source.Query(ctx, s.watch.Told(ctx, q))
}

// Remainder is that of the source below, of q as it is asked.
func (s *Source) Remainder(ctx context.Context, q *query.Query) []*query.Query {
	return source.Remainder(ctx, s.Source, s.watch.Told(ctx, q))
}

// Told is a query as it is asked and shared.
func (w *Watch) Told(ctx context.Context, q *query.Query) *query.Query {
	if q.Share == nil || q.Share.Changes == nil {
		return q
	}
	told := *q
	told.Share = nil
	if version, err := w.Version(ctx, q.Share.Changes, edgesOf(q.Range)); err == nil {
		share := *q.Share
		share.Changes, share.Version = nil, version
		told.Share = &share
	}
	return &told
}

// edgesOf are those of a range as one stretch.
func edgesOf(r query.Range) []time.Time { return []time.Time{r.From, r.To} }
