package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// kept is for how long what is known of a query holds.
type kept struct {
	// Days are days of the range that are over, of which what is computed is kept for KeptFor; FreshFor and StaleFor are how long the answer is shared.
	Days     int    `json:"kept_days,omitempty"`
	KeptFor  string `json:"kept_for,omitempty"`
	FreshFor string `json:"fresh_for,omitempty"`
	StaleFor string `json:"stale_for,omitempty"`
}

func keptOf(q *query.Query) (k kept) {
	if q.Keep != nil {
		k.Days, k.KeptFor = len(q.Keep.Days)-1, q.Keep.MaxAge.String()
	}
	if q.Share != nil {
		k.FreshFor = q.Share.FreshFor.String()
		if q.Share.StaleFor > 0 {
			k.StaleFor = q.Share.StaleFor.String()
		}
	}
	return k
}

// madeOf finds how a page's run answers a step; nil for one that waits for what others find.
func madeOf(asked []engine.Asked, widget string, role plan.Role) *made {
	for _, a := range asked {
		i := slices.IndexFunc(a.Answers, func(one engine.Answered) bool { return one.Widget == widget && one.Role == role })
		if i < 0 {
			continue
		}
		m := &made{How: a.Answers[i].How, Why: a.Answers[i].Why(), kept: keptOf(a.Query)}
		m.With = slices.DeleteFunc(a.Answering(), func(name string) bool { return name == widget })
		return m
	}
	return nil
}

func (m *made) write(to io.Writer) {
	with := ""
	if len(m.With) > 0 {
		with = " with " + strings.Join(m.With, ", ")
	}
	fmt.Fprintf(to, "-- %s%s: %s\n", m.How, with, m.Why)
	m.kept.write(to)
}

func (k kept) write(to io.Writer) {
	if k.Days > 0 {
		fmt.Fprintf(to, "-- kept: what is computed of %d days that are over, for %s\n", k.Days, k.KeptFor)
	}
	if k.FreshFor != "" {
		stale := ""
		if k.StaleFor != "" {
			stale = ", and stale for " + k.StaleFor + " more"
		}
		fmt.Fprintf(to, "-- shared: with all who ask the same, for %s%s\n", k.FreshFor, stale)
	}
}

// together prints the queries that a page asks in place of several widgets' own, and how many it asks in all.
func (c *catalogExplainCmd) together(e *env, p *plan.Plan, with *engine.Engine, asked []engine.Asked) error {
	steps := 0
	for _, a := range asked {
		steps += len(a.Answers)
		if len(a.Answers) < 2 {
			continue
		}
		queries, err := with.Explain(e.ctx, plan.Step{Role: plan.Main, Source: a.Source, Query: a.Query})
		if err != nil {
			return err
		}
		for _, q := range queries {
			if err := show1(e, &explained{Source: q.Source, Input: q.Input, Native: q.Native, Answers: a.Answering()}); err != nil {
				return err
			}
		}
	}
	if e.json || len(p.Widgets) < 2 {
		return nil
	}
	_, err := fmt.Fprintf(e.out, "-- the page: %d widgets, %d queries of their own, %d asked\n", len(p.Widgets), steps, len(asked))
	return err
}

// brief writes a duration as people read it.
func brief(d time.Duration) string {
	if d > time.Minute {
		return d.Round(time.Second).String()
	}
	return d.Round(time.Millisecond).String()
}
