package format

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// The statuses of a widget's data; a widget that failed has an error object in place of data.
const (
	statusOK      = "ok"
	statusEmpty   = "empty"
	statusPartial = "partial"
)

// Widget formats a widget's results by its kind.
func Widget(in Input) (*Data, error) {
	main := in.Results[plan.Main]
	if main == nil || main.Frame == nil {
		return nil, fmt.Errorf("format: widget %s has no result", in.Widget.ID)
	}
	d := newData(&in)
	t := &table{data: d, in: &in}
	var err error
	switch in.Widget.Kind {
	case catalog.Stat:
		err = stat(t)
	case catalog.Timeseries:
		err = timeseries(t)
	case catalog.Breakdown:
		err = breakdown(t)
	case catalog.Table:
		err = rows(t)
	case catalog.Feed:
		err = feed(t)
	case catalog.Histogram:
		err = histogram(t)
	case catalog.Heatmap:
		err = heatmap(t)
	case catalog.AlertKind:
		err = judged(t)
	case catalog.TreeKind:
		err = tree(t)
	case catalog.TrendKind:
		err = trend(t)
	case catalog.Keyness:
		err = keyness(t)
	default:
		err = fmt.Errorf("unknown kind %q", in.Widget.Kind)
	}
	if err != nil {
		return nil, fmt.Errorf("format: widget %s: %w", in.Widget.ID, err)
	}
	if t.empty && d.Status == statusOK {
		d.Status = statusEmpty
	}
	return d, nil
}

// newData fills what all kinds have in common.
func newData(in *Input) *Data {
	w := in.Widget
	d := &Data{
		Kind: string(w.Kind), Status: statusOK,
		Title: cmp.Or(w.Title, w.Spec.Title.In(w.Language, w.ID)), Description: w.Spec.Description.In(w.Language, ""),
		Grain: string(w.Grain), Data: Values{Values: [][]any{}}, Schema: Schema{Fields: []Field{}}, NumberFormat: w.Numbers, language: w.Language,
	}
	if !w.Range.From.IsZero() && w.Spec.Dataset.Timed() {
		d.Range = &Range{From: w.Range.From.UTC(), To: w.Range.To.UTC(), Zone: w.Zone}
	}
	if !w.Comparison.From.IsZero() {
		d.Comparison = &Range{
			From: w.Comparison.From.UTC(), To: w.Comparison.To.UTC(), Zone: w.Zone, Kind: string(cmp.Or(w.Compare, catalog.PriorPeriod)),
		}
	}
	for _, n := range w.Notes {
		d.Notices = append(d.Notices, Notice{Severity: "info", Code: n.Code, Text: n.Text})
	}
	stats(d, in)
	if in.Results[plan.Main].Truncated {
		d.Status = statusPartial
		d.notice("warning", "truncated", noticeCut, in.Results[plan.Main].Frame.Rows())
	}
	if in.Results[plan.Main].Approximate {
		d.notice("info", "approximate", noticeApproximate, 100*query.ApproximateRank)
	}
	if w.Spec.Dataset.Synthetic || joinsSynthetic(w.Spec.Dataset) {
		d.notice("info", "synthetic", noticeSynthetic)
	} else if len(w.Synthetic) > 0 {
		d.notice("info", "synthetic", noticeGenerated, strings.Join(w.Synthetic, ", "))
	}
	return d
}

// joinsSynthetic says that rows of generated data are among those that a dataset joins.
func joinsSynthetic(d *catalog.Dataset) bool {
	return d.Join != nil && slices.ContainsFunc(d.Join.Inputs, func(in *catalog.JoinInput) bool { return in.Dataset.Synthetic })
}

// stats notes what the widget cost, and how fresh its data is: as fresh as its oldest source.
func stats(d *Data, in *Input) {
	d.Stats = Stats{ElapsedMS: ms(in.Elapsed), Sources: []SourceStats{}}
	for _, role := range plan.Roles() {
		r := in.Results[role]
		if r == nil {
			continue
		}
		d.Stats.Rows += r.Stats.Rows
		d.Stats.Sources = append(d.Stats.Sources, SourceStats{
			Source: in.Sources[role], Role: string(role), Rows: r.Stats.Rows,
			Scanned: r.Stats.Scanned, Bytes: r.Stats.Bytes, ElapsedMS: ms(r.Stats.Elapsed), Cache: cached(&r.Stats), Shared: r.Stats.Shared, Derived: r.Stats.Derived, KeptDays: r.Stats.Kept,
		})
		for _, p := range r.Parts {
			d.Stats.Sources = append(d.Stats.Sources, SourceStats{
				Source: p.Source, Role: string(plan.Input), Rows: p.Stats.Rows, Scanned: p.Stats.Scanned, Bytes: p.Stats.Bytes, ElapsedMS: ms(p.Stats.Elapsed),
				Cache: cached(&p.Stats), Shared: p.Stats.Shared,
			})
		}
		if r.AsOf.Before(d.AsOf) || d.AsOf.IsZero() {
			d.AsOf = r.AsOf
		}
	}
	d.AsOf = d.AsOf.UTC().Truncate(time.Millisecond)
	d.AgeSeconds = max(0, int64(in.Widget.Now.Sub(d.AsOf).Seconds()))
}

// cached is where an answer is from, in one word.
func cached(s *source.Stats) string {
	switch {
	case s.Reused == source.Fresh:
		return "hit"
	case s.Reused == source.Stale:
		return "stale"
	case s.Kept > 0:
		return "merged"
	case s.Derived:
		return "derived"
	}
	return "miss"
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
