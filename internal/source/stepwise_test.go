package source_test

import (
	"slices"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Stretches are of whole units of the calendar, end as soon as there are enough rows, and are all of the range in the end.
func TestStretches(t *testing.T) {
	t.Parallel()
	day := func(month, day, hour int) time.Time {
		return time.Date(2002, time.Month(month), day, hour, 0, 0, 0, time.UTC)
	}
	for name, c := range map[string]struct {
		from, to  time.Time
		stretches source.Stretches
		oldest    bool
		enough    time.Duration // the stretch that has rows enough; 0 for none
		want      []query.Range
	}{
		"the newest day is enough": {day(1, 1, 7), day(3, 1, 9), source.Whole(query.Daily), false, time.Hour, []query.Range{{From: day(3, 1, 0), To: day(3, 1, 9)}}},
		"a range up to midnight":   {day(1, 1, 7), day(3, 1, 0), source.Whole(query.Daily), false, time.Hour, []query.Range{{From: day(2, 28, 0), To: day(3, 1, 0)}}},
		"the oldest day is enough": {day(1, 1, 7), day(3, 1, 9), source.Whole(query.Daily), true, time.Hour, []query.Range{{From: day(1, 1, 7), To: day(1, 2, 0)}}},
		"all of it, by days": {day(1, 1, 7), day(3, 1, 9), source.Whole(query.Daily), false, 0, []query.Range{
			{From: day(3, 1, 0), To: day(3, 1, 9)}, {From: day(2, 26, 0), To: day(3, 1, 9)}, {From: day(2, 14, 0), To: day(3, 1, 9)}, {From: day(1, 1, 7), To: day(3, 1, 9)},
		}},
		"the oldest month":    {day(1, 15, 0), day(12, 31, 0), source.Whole(query.Monthly), true, time.Hour, []query.Range{{From: day(1, 15, 0), To: day(2, 1, 0)}}},
		"hours":               {day(1, 1, 0), day(1, 2, 0), source.Whole(query.Hourly), false, 4 * time.Hour, []query.Range{{From: day(1, 1, 23), To: day(1, 2, 0)}, {From: day(1, 1, 20), To: day(1, 2, 0)}}},
		"all in one year":     {day(1, 2, 0), day(3, 1, 0), source.Whole(query.Yearly), false, 0, []query.Range{{From: day(1, 2, 0), To: day(3, 1, 0)}}},
		"of equal length":     {day(1, 1, 0), day(1, 11, 0), source.Lasting(24 * time.Hour), false, 96 * time.Hour, []query.Range{{From: day(1, 10, 0), To: day(1, 11, 0)}, {From: day(1, 7, 0), To: day(1, 11, 0)}}},
		"without length":      {day(1, 1, 0), day(1, 1, 0), source.Lasting(0), false, 0, []query.Range{{From: day(1, 1, 0), To: day(1, 1, 0)}}},
		"an empty range":      {day(1, 1, 5), day(1, 1, 5), source.Whole(query.Daily), false, 0, []query.Range{{From: day(1, 1, 5), To: day(1, 1, 5)}}},
		"more than half left": {day(1, 1, 0), day(1, 8, 0), source.Whole(query.Daily), false, 0, []query.Range{{From: day(1, 7, 0), To: day(1, 8, 0)}, {From: day(1, 1, 0), To: day(1, 8, 0)}}},
	} {
		q := &query.Query{
			Rows: true, Limit: 2, Time: &query.TimeField{Column: "at", Storage: query.StorageTimestampTZ}, Range: query.Range{From: c.from, To: c.to},
			Select: []query.Column{{Name: "when", Field: query.Field{Column: "at", Type: query.Time}}}, Order: []query.Order{{Name: "when", Desc: !c.oldest}},
		}
		var got []query.Range
		r, stepped, err := source.Stepwise(q, c.stretches, func(part *query.Query) (*source.Result, error) {
			got = append(got, part.Range)
			b, err := frame.NewBuilder(frame.Field{Name: "when", Kind: frame.Time})
			if err != nil {
				return nil, err
			}
			for range 2 {
				if span := part.Range.To.Sub(part.Range.From); c.enough > 0 && span >= c.enough {
					if err := b.Append(part.Range.From); err != nil {
						return nil, err
					}
				}
			}
			return &source.Result{Frame: b.Frame(), Stats: source.Stats{Scanned: 10, Rows: 2}}, nil
		})
		if err != nil || !stepped || !slices.Equal(got, c.want) {
			t.Errorf("%s: %t, %v\ngot  %v\nwant %v", name, stepped, err, got, c.want)
			continue
		}
		if r.Stats.Scanned != int64(10*len(c.want)) || r.Stats.Rows != 2 {
			t.Errorf("%s: it says that %d rows were read for %d", name, r.Stats.Scanned, r.Stats.Rows)
		}
	}
}
