package days_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/days"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

// keeping asks each question with its days, all of the range that are whole in UTC, after it has asked it for a part of the range, of which there are days to keep.
type keeping struct {
	source.Source
	mu   sync.Mutex
	kept int
}

func (k *keeping) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	before := *q
	before.Range.To = q.Range.From.Add(q.Range.To.Sub(q.Range.From) * 3 / 4)
	before.Keep = keepOf(before.Range, time.UTC, before.Range.To)
	if _, err := k.Source.Query(ctx, &before); err != nil {
		return nil, err
	}
	asked := *q
	asked.Keep = keepOf(q.Range, time.UTC, q.Range.To)
	r, err := k.Source.Query(ctx, &asked)
	if err == nil {
		k.mu.Lock()
		k.kept += r.Stats.Kept
		k.mu.Unlock()
	}
	return r, err
}

// keepOf are the whole days of a range in a zone that end by a time.
func keepOf(over query.Range, zone *time.Location, by time.Time) *query.Keep {
	k := &query.Keep{Zone: zone.String()}
	at := over.From.In(zone)
	for day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, zone); !day.After(over.To) && !day.After(by); day = day.AddDate(0, 0, 1) {
		if !day.Before(over.From) {
			k.Days = append(k.Days, day.UTC())
		}
	}
	return k
}

// Random questions are answered from days that were kept for others as they are from the rows.
func TestKeptDaysAnswerAsTheRowsDo(t *testing.T) {
	t.Parallel()
	var k *keeping
	sourcetest.Random(t, func(_ *testing.T, rows []sourcetest.Row) (source.Source, query.Relation) {
		k = &keeping{Source: days.New(sourcetest.NewPlain(rows), "rows", days.NewMemory(64<<20), time.Now)}
		return k, query.Relation{Table: "rows"}
	}, 800)
	if k.kept < 1000 {
		t.Errorf("%d days were kept", k.kept)
	}
	t.Logf("%d days were kept", k.kept)
}
