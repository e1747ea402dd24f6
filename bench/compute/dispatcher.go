package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

// dispatcher is the consumer as it is shipped, with a catalog of this page: from XADD to the last widget that a reader of the output stream has read.
type dispatcher struct {
	*run.Consumer
	operator string // the binary of cmd/dispatcher
}

func (d *dispatcher) name() string  { return ours }
func (d *dispatcher) title() string { return "Dispatcher, XADD to last widget read" }
func (d *dispatcher) version() string {
	return "DuckDB driver " + moduleVersion("github.com/duckdb/duckdb-go/v2")
}

var _ forgetful = (*dispatcher)(nil)

func (d *dispatcher) start(context.Context) error { return d.Start() }
func (d *dispatcher) cpu() time.Duration          { return d.CPU() }
func (d *dispatcher) peak() float64               { return d.Peak() }
func (d *dispatcher) stop()                       { d.Stop() }

func (d *dispatcher) ask(ctx context.Context, s span) (*visit, error) {
	v, err := d.page(ctx, s)
	if err != nil {
		return nil, err
	}
	return &visit{first: v.First, page: v.Page, answers: func() (answers, error) { return framesOf(v.Widgets), nil }}, nil
}

func (d *dispatcher) page(ctx context.Context, s span) (*run.Visit, error) {
	return d.Ask(ctx, "flights", map[string]any{
		"page_name": "FlightsPage", "start_date": s.from.Format(time.DateOnly), "end_date": s.to.AddDate(0, 0, -1).Format(time.DateOnly),
	})
}

// purges is how often days are purged before it counts as failed that some are still kept, and looks how often that is looked for after each: consumers read of a purge within a second.
const purges, looks = 5, 30

// forget purges what is kept of days, as an operator does, and asks a page until none of its days are kept any more. A page that was under way when they were forgotten has some that are and some that are kept anew:
// then it says nothing, and they are purged again.
func (d *dispatcher) forget(ctx context.Context) error {
	for range purges {
		if err := d.Purge(ctx, d.operator); err != nil {
			return err
		}
		for range looks {
			v, err := d.page(ctx, warm())
			if err != nil || !slices.ContainsFunc(v.Widgets, func(w run.Widget) bool { return w.KeptDays() > 0 }) {
				return err
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	return fmt.Errorf("days are kept after %d purges", purges)
}
