package days_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/days"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

// listening notes the ranges that a source is asked for, in days of March.
type listening struct {
	source.Source
	mu    sync.Mutex
	asked []string
}

func (l *listening) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	l.mu.Lock()
	l.asked = append(l.asked, fmt.Sprintf("%d-%d", q.Range.From.YearDay()-59, q.Range.To.YearDay()-59))
	l.mu.Unlock()
	return l.Source.Query(ctx, q)
}

// heard returns the ranges in order, and forgets them.
func (l *listening) heard() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	slices.Sort(l.asked)
	text := strings.Join(l.asked, " ")
	l.asked = nil
	return text
}

// fortyDays are a post a day from the first of March on.
func fortyDays() (rows []sourcetest.Row) {
	for i := range 40 {
		rows = append(rows, sourcetest.Row{"at": time.Date(2001, 3, 1, 12, 0, 0, 0, time.UTC).AddDate(0, 0, i), "channel": string(rune('a' + i%3))})
	}
	return rows
}

// byChannel asks for the channels' posts from one day of March to another.
func byChannel(from, to int) *query.Query {
	q := &query.Query{
		Dataset: "posts", Relation: query.Relation{Table: "rows"}, MaxRows: 100, Time: &query.TimeField{Column: "at", Storage: query.StorageTimestamp},
		Range:  query.Range{From: time.Date(2001, 3, from, 0, 0, 0, 0, time.UTC), To: time.Date(2001, 3, to, 0, 0, 0, 0, time.UTC)},
		Groups: []query.Group{{Name: "channel", Field: query.Field{Column: "channel", Type: query.String}}}, Measures: []query.Measure{{Name: "posts", Agg: query.Count}},
	}
	q.Keep = keepOf(q.Range, time.UTC, q.Range.To)
	return q
}

// fivePosts checks an answer in which each channel has five.
func fivePosts(t *testing.T, after string, f *frame.Frame) {
	t.Helper()
	for row := range f.Rows() {
		if n, _ := f.At(1).Int(row); n != 5 {
			t.Errorf("%s: channel %v has %d posts, want 5", after, f.At(0).Value(row), n)
		}
	}
}

// A range of groups that moves on by a day asks for the new day alone, each time: upkeep divides what is left of it, when its answer has been given.
func TestARangeThatMovesOnAsksForItsNewDay(t *testing.T) {
	t.Parallel()
	inner := &listening{Source: sourcetest.NewPlain(fortyDays())}
	upkeep := days.NewUpkeep(time.Millisecond, 0)
	t.Cleanup(func() { _ = upkeep.Close() })
	s := days.New(inner, days.Origin{Scope: "rows"}, days.Options{Store: days.NewMemory(1 << 20), Upkeep: upkeep, Now: time.Now})
	for i, want := range []string{"1-16", "16-17 2-17", "17-18", "18-19", "19-20 5-20", "20-21"} {
		r, err := s.Query(t.Context(), byChannel(1+i, 16+i))
		if err != nil {
			t.Fatal(err)
		}
		fivePosts(t, fmt.Sprint(i, " days on"), r.Frame)
		upkeep.Wait()
		if got := inner.heard(); got != want {
			t.Errorf("%d days on, %q was asked, want %q", i, got, want)
		}
	}
}

// An answer that is waited for is asked for as one, and its first days are told apart after it: a day later the new one alone is asked for. Until then the whole is.
func TestDaysAreToldApartLater(t *testing.T) {
	t.Parallel()
	inner := &stretches{}
	inner.Source = sourcetest.NewPlain(fortyDays())
	upkeep := days.NewUpkeep(time.Millisecond, 0)
	t.Cleanup(func() { _ = upkeep.Close() })
	s := days.New(inner, days.Origin{Scope: "rows"}, days.Options{Store: days.NewMemory(1 << 20), Upkeep: upkeep, Now: time.Now})
	for i, c := range []struct {
		from, to int
		want     string
	}{
		{1, 16, "1 of 1-16"}, {1, 16, ""}, {2, 17, "1 of 16-17"}, {3, 18, "1 of 17-18"}, {10, 25, "1 of 10-16 1 of 18-25"},
	} {
		q := byChannel(c.from, c.to)
		q.Keep.Later = true
		r, err := s.Query(context.WithValue(t.Context(), answering{}, true), q)
		if err != nil {
			t.Fatal(err)
		}
		upkeep.Wait()
		fivePosts(t, fmt.Sprint("question ", i), r.Frame)
		if got := inner.heard(); got != c.want {
			t.Errorf("question %d asked for %q, want %q", i, got, c.want)
		}
	}
}

// stretches notes of how many blocks a source is asked for at once, for answers: what upkeep asks is not noted.
type stretches struct{ listening }

type answering struct{}

func (s *stretches) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	if ctx.Value(answering{}) == nil {
		return s.Source.Query(ctx, q)
	}
	blocks := 1
	for _, g := range q.Groups {
		if g.Buckets != nil {
			blocks = len(g.Buckets.Edges) - 1
		}
	}
	s.mu.Lock()
	s.asked = append(s.asked, fmt.Sprintf("%d of %d-%d", blocks, q.Range.From.YearDay()-59, q.Range.To.YearDay()-59))
	s.mu.Unlock()
	return s.Source.Query(ctx, q)
}

// held is a source of which the first query over one range goes on until its context ends.
type held struct {
	listening
	over  query.Range
	once  sync.Once
	begun chan struct{}
}

func (h *held) Query(ctx context.Context, q *query.Query) (r *source.Result, err error) {
	if q.Range == h.over {
		h.once.Do(func() {
			close(h.begun)
			<-ctx.Done()
			err = ctx.Err()
		})
	}
	if err != nil {
		return nil, err
	}
	return h.listening.Query(ctx, q)
}

// What upkeep is at gives way to an answer that begins, and is done after it.
func TestUpkeepGivesWay(t *testing.T) {
	t.Parallel()
	divided := byChannel(2, 17)
	inner := &held{listening: listening{Source: sourcetest.NewPlain(fortyDays())}, over: divided.Range, begun: make(chan struct{})}
	upkeep := days.NewUpkeep(time.Millisecond, 0)
	t.Cleanup(func() { _ = upkeep.Close() })
	s := days.New(inner, days.Origin{Scope: "rows"}, days.Options{Store: days.NewMemory(1 << 20), Upkeep: upkeep, Now: time.Now})
	for _, q := range []*query.Query{byChannel(1, 16), divided} {
		if _, err := s.Query(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	<-inner.begun
	if got := inner.heard(); got != "1-16 16-17" {
		t.Errorf("at first %q was asked", got)
	}
	if _, err := s.Query(t.Context(), byChannel(30, 32)); err != nil { // upkeep would hold it for ever
		t.Fatal(err)
	}
	upkeep.Wait()
	if got := inner.heard(); got != "2-17 30-32" {
		t.Errorf("then %q was asked", got)
	}
}

// Upkeep that is closed has ended, and begins no more.
func TestUpkeepEnds(t *testing.T) {
	t.Parallel()
	u := days.NewUpkeep(time.Hour, 0)
	for range 2 {
		if err := u.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// slow is a source whose queries over one range, once they have begun, go on until they are released, or their context ends.
type slow struct {
	listening
	over    query.Range
	begun   chan context.Context
	release chan struct{}
}

func (s *slow) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	if q.Range == s.over {
		s.begun <- ctx
		select {
		case <-s.release:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return s.listening.Query(ctx, q)
}

// What has waited too long for quiet is done beside the answers, in steps: none of them ends because an answer begins, and each is kept.
func TestUpkeepThatNeverFindsQuiet(t *testing.T) {
	t.Parallel()
	inner := &slow{
		listening: listening{Source: sourcetest.NewPlain(fortyDays())}, over: byChannel(2, 36).Range, begun: make(chan context.Context), release: make(chan struct{}),
	}
	upkeep := days.NewUpkeep(time.Hour, time.Millisecond) // there is no such quiet
	t.Cleanup(func() { _ = upkeep.Close() })
	s := days.New(inner, days.Origin{Scope: "rows"}, days.Options{Store: days.NewMemory(1 << 20), Upkeep: upkeep, Now: time.Now})
	ask := func(from, to int) {
		t.Helper()
		if _, err := s.Query(t.Context(), byChannel(from, to)); err != nil {
			t.Fatal(err)
		}
	}
	ask(1, 40)
	ask(2, 41)
	step := <-inner.begun
	ask(50, 52)
	if step.Err() != nil {
		t.Error("a step ended because an answer began")
	}
	if got := inner.heard(); got != "1-40 40-41 50-52" {
		t.Errorf("before the first step %q was asked", got)
	}
	close(inner.release)
	upkeep.Wait()
	if got := inner.heard(); got != "2-36 36-41" {
		t.Errorf("in steps %q was asked", got)
	}
	ask(5, 42)
	if got := inner.heard(); got != "41-42" {
		t.Errorf("three days on %q was asked", got)
	}
}

// Of what gave way to an answer the steps that were done are kept, and the others are done later.
func TestStepsThatWereDoneAreKept(t *testing.T) {
	t.Parallel()
	inner := &slow{
		listening: listening{Source: sourcetest.NewPlain(fortyDays())}, over: byChannel(36, 41).Range, begun: make(chan context.Context), release: make(chan struct{}),
	}
	upkeep := days.NewUpkeep(time.Millisecond, 0)
	t.Cleanup(func() { _ = upkeep.Close() })
	s := days.New(inner, days.Origin{Scope: "rows"}, days.Options{Store: days.NewMemory(1 << 20), Upkeep: upkeep, Now: time.Now})
	for _, q := range []*query.Query{byChannel(1, 40), byChannel(2, 41)} {
		if _, err := s.Query(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	<-inner.begun // the second step
	if got := inner.heard(); got != "1-40 2-36 40-41" {
		t.Errorf("at first %q was asked", got)
	}
	if _, err := s.Query(t.Context(), byChannel(50, 52)); err != nil {
		t.Fatal(err)
	}
	<-inner.begun
	close(inner.release)
	upkeep.Wait()
	if got := inner.heard(); got != "36-41 50-52" {
		t.Errorf("then %q was asked", got)
	}
}
