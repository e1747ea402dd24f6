package days_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/days"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

// keeping asks each question with its days, those of the range that are whole in some zone, after it has asked it for ranges on the way there: earlier and later ones, shorter and longer
// ones, of which there are days to keep. Days are divided anew in between.
type keeping struct {
	source.Source
	upkeep *days.Upkeep
	mu     sync.Mutex
	random *rand.Rand
	daily  bool // the range on the way there is that of the day before
	kept   int
	asked  int
}

func (k *keeping) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	zones := []string{"UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"}
	zone, err := time.LoadLocation(zones[k.random.IntN(len(zones))])
	if err != nil {
		return nil, err
	}
	if k.daily {
		before := *q
		before.Range = query.Range{From: q.Range.From.AddDate(0, 0, -1), To: q.Range.To.AddDate(0, 0, -1)}
		before.Keep = keepOf(before.Range, zone, before.Range.To)
		_, _ = k.Source.Query(ctx, &before)
		k.upkeep.Wait()
	}
	for range k.random.IntN(4) {
		before := *q
		moved := func(t time.Time) time.Time { return t.AddDate(0, 0, k.random.IntN(9)-4) }
		before.Range = query.Range{From: moved(q.Range.From), To: moved(q.Range.To)}
		if !before.Range.From.Before(before.Range.To) {
			continue
		}
		before.Keep = keepOf(before.Range, zone, moved(before.Range.To))
		_, _ = k.Source.Query(ctx, &before) // groups by time need not have a bucket for all of another range
		if k.random.IntN(2) == 0 {
			k.upkeep.Wait()
		}
	}
	asked := *q
	asked.Keep = keepOf(q.Range, zone, q.Range.To)
	r, err := k.Source.Query(ctx, &asked)
	if err == nil {
		k.kept += r.Stats.Kept
		k.asked++
	}
	return r, err
}

// shuffled answers in another order wherever it may.
type shuffled struct{ source.Source }

func (s shuffled) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	r, err := s.Source.Query(ctx, q)
	if err != nil || !q.AnyOrder {
		return r, err
	}
	out := *r
	out.Frame, err = r.Frame.Take(rand.Perm(r.Frame.Rows()))
	return &out, err
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

// Random questions are answered from days that were kept for others as they are from the rows; from the disk, too, where memory has no room for them.
func TestKeptDaysAnswerAsTheRowsDo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		of        days.Origin
		store     func(t *testing.T) days.Store
		questions int
	}{
		"memory":     {days.Origin{}, func(*testing.T) days.Store { return days.NewMemory(64 << 20) }, 800},
		"subtracted": {days.Origin{Versions: state("one"), Embedded: true}, func(*testing.T) days.Store { return days.NewMemory(64 << 20) }, 800},
		"disk": {days.Origin{}, func(t *testing.T) days.Store {
			tiers := days.NewTiers(days.NewMemory(16<<10), open(t, t.TempDir(), 64<<20))
			t.Cleanup(func() { _ = tiers.Close() })
			return tiers
		}, 150},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			upkeep := days.NewUpkeep(0, 0)
			t.Cleanup(func() { _ = upkeep.Close() })
			store := c.store(t)
			c.of.Scope = "rows"
			var k *keeping
			sourcetest.Random(t, func(_ *testing.T, rows []sourcetest.Row) (source.Source, query.Relation) {
				k = &keeping{
					Source: days.New(shuffled{sourcetest.NewPlain(rows)}, c.of, days.Options{Store: store, Upkeep: upkeep, Now: time.Now}),
					upkeep: upkeep, daily: c.of.Embedded, random: rand.New(rand.NewPCG(1, 2)),
				}
				return k, query.Relation{Table: "rows"}
			}, c.questions)
			if k.kept < c.questions {
				t.Errorf("%d days were kept", k.kept)
			}
			t.Logf("%d days were kept for %d questions", k.kept, k.asked)
		})
	}
}
