package rollup_test

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/rollup"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

// split answers by parts of the range and by finer groups than asked, wherever that can be done.
type split struct {
	source.Source
	t              *testing.T
	made, declined int
}

func (s *split) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	merge, ok := rollup.NewMerge(q)
	if !ok {
		s.declined++
		return s.Source.Query(ctx, q)
	}
	for i, from := range finer(q) {
		recipe, ok := rollup.From(q, from)
		if !ok {
			if i > 0 {
				s.t.Errorf("part %d of %v can't be taken, and the first could", i, q.Groups)
			}
			s.declined++
			return s.Source.Query(ctx, q)
		}
		r, err := s.Source.Query(ctx, from)
		if err != nil {
			return nil, err
		}
		if err := merge.Add(recipe, r.Frame); err != nil {
			return nil, err
		}
	}
	s.made++
	answer, truncated, err := merge.Answer()
	return &source.Result{Frame: answer, Truncated: truncated}, err
}

// finer are queries for parts of q's range, by channel, and by the hour where q groups by time.
func finer(q *query.Query) []*query.Query {
	base := *q
	base.Order, base.Limit, base.Offset, base.Others, base.Total, base.MaxRows = nil, 0, 0, false, false, 100_000
	parts, _ := rollup.PartsOf(q.Measures)
	base.Measures = parts.Measures
	base.Groups = []query.Group{{Name: "the channel", Field: query.Field{Column: "channel", Type: query.String}}}
	base.Groups = append(base.Groups, parts.Values...)
	byTime := false
	for _, g := range q.Groups {
		if g.Buckets == nil && g.Part == "" {
			g.Name = "the " + g.Name
			g.Bins = nil // by the values themselves
			base.Groups = append(base.Groups, g)
		} else {
			byTime = true
		}
	}
	var out []*query.Query
	for at := q.Range.From; at.Before(q.Range.To); {
		to := at.Add(53 * 24 * time.Hour)
		if to.After(q.Range.To) {
			to = q.Range.To
		}
		part := base
		part.Range = query.Range{From: at, To: to}
		if byTime {
			hours := query.Buckets{}
			for t := at.Truncate(30 * time.Minute); ; t = t.Add(15 * time.Minute) { // not every zone is whole hours away
				hours.Edges = append(hours.Edges, t)
				if !t.Before(to) {
					break
				}
			}
			part.Groups = append(slices.Clone(base.Groups), query.Group{
				Name: "the quarter", Field: query.Field{Column: q.Time.Column, Type: query.Time}, Storage: q.Time.Storage, Zone: q.Time.Zone, Buckets: &hours,
			})
		}
		out = append(out, &part)
		at = to
	}
	return out
}

// Random questions over rows of every kind of trouble are answered from parts as they are from the rows.
func TestAnswersOfPartsAreThoseOfTheWhole(t *testing.T) {
	t.Parallel()
	var s *split
	sourcetest.Random(t, func(t *testing.T, rows []sourcetest.Row) (source.Source, query.Relation) {
		for i := range rows { // some of the numbers are none
			switch i % 40 {
			case 0:
				rows[i]["weight"] = math.NaN()
			case 1:
				rows[i]["weight"] = math.Inf(1 - 2*(i%80)/40)
			}
		}
		s = &split{Source: sourcetest.NewPlain(rows), t: t}
		return s, query.Relation{Table: "rows"}
	}, 2000)
	if s.made < 500 {
		t.Errorf("%d answers were made of parts, %d were not", s.made, s.declined)
	}
	t.Logf("%d answers were made of parts, %d were not", s.made, s.declined)
}
