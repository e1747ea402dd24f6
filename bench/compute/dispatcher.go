package main

import (
	"context"
	"time"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

// dispatcher is the consumer as it is shipped, with a catalog of this page: from XADD to the last widget that a reader of the output stream has read.
type dispatcher struct{ *run.Consumer }

func (d *dispatcher) name() string  { return ours }
func (d *dispatcher) title() string { return "Dispatcher, XADD to last widget read" }
func (d *dispatcher) version() string {
	return "DuckDB driver " + moduleVersion("github.com/duckdb/duckdb-go/v2")
}
func (d *dispatcher) forgets() bool { return true }

func (d *dispatcher) start(context.Context) error { return d.Start() }
func (d *dispatcher) cpu() time.Duration          { return d.CPU() }
func (d *dispatcher) peak() float64               { return d.Peak() }
func (d *dispatcher) stop()                       { d.Stop() }

func (d *dispatcher) ask(ctx context.Context, s span) (*visit, error) {
	v, err := d.Ask(ctx, "flights", map[string]any{
		"page_name": "FlightsPage", "start_date": s.from.Format(time.DateOnly), "end_date": s.to.AddDate(0, 0, -1).Format(time.DateOnly),
	})
	if err != nil {
		return nil, err
	}
	return &visit{first: v.First, page: v.Page, answers: func() (answers, error) { return framesOf(v.Widgets), nil }}, nil
}
