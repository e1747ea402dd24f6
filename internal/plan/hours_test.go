package plan

import (
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Hours start when the clock reads a whole hour, or when it has just been changed, in every zone.
func TestHoursFollowTheClock(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone string
		day  time.Time
		want []string // the edges around the change
	}{
		{"Australia/Lord_Howe", time.Date(2002, 10, 26, 0, 0, 0, 0, time.UTC), []string{"01:00", "02:30", "03:00", "04:00"}},
		{"Australia/Lord_Howe", time.Date(2003, 3, 29, 0, 0, 0, 0, time.UTC), []string{"01:00", "01:30", "02:00", "03:00"}},
		{"Europe/Berlin", time.Date(2002, 3, 30, 12, 0, 0, 0, time.UTC), []string{"01:00", "03:00", "04:00"}},
		{"Europe/Berlin", time.Date(2002, 10, 26, 12, 0, 0, 0, time.UTC), []string{"01:00", "02:00", "02:00", "03:00"}},
		{"Asia/Kathmandu", time.Date(2002, 3, 30, 12, 0, 0, 0, time.UTC), []string{"01:00", "02:00", "03:00"}},
	} {
		loc := zone(t, c.zone)
		edges, err := calendar{zone: loc, firstMonth: 1}.edges(query.Range{From: c.day, To: c.day.AddDate(0, 0, 1)}, catalog.Hour)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for i, e := range edges {
			all = append(all, e.In(loc).Format("15:04"))
			if i > 0 && (!e.After(edges[i-1]) || e.Sub(edges[i-1]) > time.Hour) {
				t.Errorf("%s: an hour from %s to %s", c.zone, edges[i-1].In(loc), e.In(loc))
			}
		}
		found := false
		for i := range all {
			same := i+len(c.want) <= len(all)
			for j := 0; same && j < len(c.want); j++ {
				same = all[i+j] == c.want[j]
			}
			found = found || same
		}
		if !found {
			t.Errorf("%s: %v do not hold %v", c.zone, all, c.want)
		}
	}
}
