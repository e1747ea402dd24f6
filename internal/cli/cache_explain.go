package cli

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/app"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

type cacheExplainCmd struct{ catalogExplainCmd }

// Help says what is shown.
func (cacheExplainCmd) Help() string {
	return `Plans a request as a consumer would, and says of each query that it asks of a source which widgets it answers and how, under which key its answer is shared, and what would come of it now:

  hit      an answer is there, as good as a new one        stale    one is there, and would be computed anew
  waits    a consumer is computing it at this moment       miss     it would be computed, and shared
  alone    it would be computed, and not shared (the dataset says no share)

Where days that are over are kept (keep), each consumer has its own, or those of a folder that they share: a query that would be computed asks its store for the other days alone.

It takes what catalog explain takes, and the environment that the consumers take: another catalog, or sources that are reached otherwise, have other keys. Nothing is asked of a store but what tells whether its rows have changed (changes of a dataset).

  dispatcher cache explain --event insights --start 2026-01-01 --end 2026-01-31
  dispatcher --json cache explain --file request.json | jq -r 'select(.cache == "miss") | .widgets[]'`
}

// lookedUp is a query of a request, and what would come of it.
type lookedUp struct {
	Widgets []string   `json:"widgets"`
	How     engine.How `json:"how"`
	Source  string     `json:"source"`
	Dataset string     `json:"dataset"`
	Key     string     `json:"key"`
	Cache   string     `json:"cache"`
	AgeMS   int64      `json:"age_ms,omitempty"`
	HoldsMS int64      `json:"holds_ms,omitempty"`
	kept
}

// Run plans the request and looks for the answers to its queries.
func (c *cacheExplainCmd) Run(e *env) error {
	cfg, err := c.config(e, "APP_DISPATCHER_INPUT_STREAM")
	if err != nil {
		return err
	}
	rdb, err := e.broker(cfg)
	if err != nil {
		return err
	}
	defer rdb.Close()
	pages, err := app.OpenPages(e.ctx, cfg, telemetry.NewMetrics(), slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { _ = pages.Close() }() // only read from
	s := pages.Snapshot()
	p, _, err := c.plan(s.Catalog)
	if err != nil {
		return err
	}
	shared := app.NewShared(rdb, cfg, s)
	for _, a := range s.Engine.Asked(e.ctx, p) {
		for _, sent := range a.Sent {
			l, err := lookUp(e, shared, &a, sent)
			if err != nil {
				return err
			}
			if err := l.show(e); err != nil {
				return err
			}
		}
	}
	return nil
}

func lookUp(e *env, shared *app.Shared, a *engine.Asked, sent plan.Step) (*lookedUp, error) {
	found, err := shared.Look(e.ctx, sent.Source, sent.Query)
	if err != nil {
		return nil, err
	}
	l := &lookedUp{
		Widgets: a.Answering(), How: a.Answers[0].How, Source: sent.Source, Dataset: sent.Query.Dataset, Key: found.Key,
		AgeMS: found.Age.Milliseconds(), HoldsMS: found.Holds.Milliseconds(), kept: keptOf(sent.Query),
	}
	switch {
	case found.Reuse == source.Fresh:
		l.Cache = "hit"
	case found.Reuse == source.Stale:
		l.Cache = "stale"
	case found.Asked:
		l.Cache = "waits"
	case sent.Query.Share == nil:
		l.Cache = "alone"
	default:
		l.Cache = "miss"
	}
	return l, nil
}

func (l *lookedUp) show(e *env) error {
	if e.json {
		return e.printJSON(l)
	}
	fmt.Fprintf(e.out, "%-5s  %s  %s on %s (%s)\n", l.Cache, l.Key[:12], l.Dataset, l.Source, strings.Join(l.Widgets, ", "))
	if l.HoldsMS > 0 {
		ms := time.Millisecond
		fmt.Fprintf(e.out, "       %s old, handed out for %s more\n", brief(time.Duration(l.AgeMS)*ms), brief(time.Duration(l.HoldsMS)*ms))
	}
	if l.Days > 0 {
		fmt.Fprintf(e.out, "       each consumer keeps what it computes of %d days that are over, for %s\n", l.Days, l.KeptFor)
	}
	return nil
}
