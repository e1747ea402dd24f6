package engine

import (
	"context"

	"github.com/go-dispatcher/dispatcher/internal/format"
)

// follow asks the query that waits for what a widget shows of the others' answers; a widget that shows nothing has none to ask.
func (t task) follow(ctx context.Context, e *Engine, in *format.Input) error {
	w := t.widget
	if w.Follow == nil {
		return nil
	}
	terms, times, err := format.Newest(*in)
	if err != nil || len(terms) == 0 {
		return err
	}
	result, err := t.ask(ctx, e, w.Narrowed(terms, times))
	if err != nil {
		return err
	}
	in.Results[w.Follow.Role], in.Sources[w.Follow.Role] = result, w.Follow.Source
	return nil
}
