package days_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/days"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

// state is that of rows which never change.
type state string

func (s state) Version(context.Context, *query.Query) (string, error) { return string(s), nil }

// A source that computes in this process and tells the state of its rows is asked for a range as one, and after that for the days alone that are subtracted from it: the first one, and of a range that moves on the next three.
func TestTheFirstDaysAreSubtracted(t *testing.T) {
	t.Parallel()
	posts, other := sourcetest.NewPlain(fortyDays()), byChannel(0, 0).Measures
	least := []query.Measure{{Name: "first", Agg: query.Min, Field: query.Field{Column: "at", Type: query.Time}, Storage: query.StorageTimestamp}}
	for name, c := range map[string]struct {
		of       days.Origin
		measures []query.Measure
		changes  *query.Changes
		want     []string
	}{
		"counts":                        {days.Origin{Versions: state("one"), Embedded: true}, other, nil, []string{"1-16 1-2", "16-17 2-5", "17-18", "18-19", "19-20 5-8", "20-21"}},
		"an extreme":                    {days.Origin{Versions: state("one"), Embedded: true}, least, nil, []string{"1-16", "16-17 2-17", "17-18", "18-19", "19-20 5-20", "20-21"}},
		"no state":                      {days.Origin{Versions: state(""), Embedded: true}, other, nil, []string{"1-16", "16-17 2-17"}},
		"elsewhere":                     {days.Origin{Versions: state("one")}, other, nil, []string{"1-16", "16-17 2-17"}},
		"changes that are asked for":    {days.Origin{Versions: state("one"), Embedded: true}, other, &query.Changes{}, []string{"1-16", "16-17 2-17"}},
		"nothing that tells of a state": {days.Origin{Embedded: true}, other, nil, []string{"1-16", "16-17 2-17"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inner := &listening{Source: posts}
			upkeep := days.NewUpkeep(time.Millisecond, 0)
			t.Cleanup(func() { _ = upkeep.Close() })
			s := days.New(inner, c.of, days.Options{Store: days.NewMemory(1 << 20), Upkeep: upkeep, Now: time.Now})
			var answered time.Time
			for i, want := range c.want {
				q := byChannel(1+i, 16+i)
				q.Measures, q.Keep.Changes = c.measures, c.changes
				r, err := s.Query(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				if i == 0 {
					answered = time.Now()
				} else if i == 1 && r.AsOf.After(answered) {
					t.Error("what is left of rows is younger than they are")
				}
				if r.Frame.Rows() != 3 {
					t.Errorf("%d days on there are %d channels", i, r.Frame.Rows())
				}
				if c.measures[0].Agg == query.Count {
					fivePosts(t, fmt.Sprint(i, " days on"), r.Frame)
				}
				upkeep.Wait()
				if got := inner.heard(); got != want {
					t.Errorf("%d days on, %q was asked, want %q", i, got, want)
				}
			}
		})
	}
}

// late is a store to which a row comes late, as it is asked for one range.
type late struct {
	listening
	rows []sourcetest.Row
	over query.Range
}

func (l *late) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	l.mu.Lock()
	if q.Range == l.over {
		l.rows = append(l.rows, sourcetest.Row{"at": q.Range.From, "channel": "a"})
		l.over = query.Range{}
	}
	l.Source = sourcetest.NewPlain(l.rows)
	l.mu.Unlock()
	return l.listening.Query(ctx, q)
}

// Version is how many rows there are of a query's days.
func (l *late) Version(_ context.Context, q *query.Query) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, row := range l.rows {
		if at, ok := row["at"].(time.Time); ok && !at.Before(q.Range.From) && at.Before(q.Range.To) {
			n++
		}
	}
	return strconv.Itoa(n), nil
}

// A row that comes on the first day after all were asked for, and before that day is, is not subtracted from what it is no part of.
func TestARowThatComesInBetween(t *testing.T) {
	t.Parallel()
	inner := &late{rows: fortyDays(), over: byChannel(1, 2).Range}
	upkeep := days.NewUpkeep(time.Millisecond, 0)
	t.Cleanup(func() { _ = upkeep.Close() })
	s := days.New(inner, days.Origin{Scope: "rows", Versions: inner, Embedded: true}, days.Options{Store: days.NewMemory(1 << 20), Upkeep: upkeep, Now: time.Now})
	for i, want := range []string{"1-16 1-2", "2-17 2-5", "17-18"} {
		r, err := s.Query(t.Context(), byChannel(1+i, 16+i))
		if err != nil {
			t.Fatal(err)
		}
		upkeep.Wait()
		fivePosts(t, fmt.Sprint(i, " days on"), r.Frame)
		if got := inner.heard(); got != want {
			t.Errorf("%d days on, %q was asked, want %q", i, got, want)
		}
	}
}
