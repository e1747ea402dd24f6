package schedule_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-dispatcher/dispatcher/internal/schedule"
)

func at(text string) time.Time {
	t, err := time.Parse(time.TimeOnly, text)
	if err != nil {
		panic(err)
	}
	return time.Date(2026, 3, 1, t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

func TestDue(t *testing.T) {
	t.Parallel()
	const never = ""
	tests := map[string]struct {
		last, now string
		catchUp   int
		want      []string
		skipped   int
	}{
		"the first time":               {never, "12:07:00", 3, []string{"12:05:00"}, 0},
		"nothing new":                  {"12:05:00", "12:09:59", 3, nil, 0},
		"at its time":                  {"12:05:00", "12:10:00", 3, []string{"12:10:00"}, 0},
		"missed, and made up for":      {"12:00:00", "12:16:00", 3, []string{"12:05:00", "12:10:00", "12:15:00"}, 0},
		"missed, more than made up":    {"11:00:00", "12:16:00", 3, []string{"12:05:00", "12:10:00", "12:15:00"}, 12},
		"no catching up":               {"11:00:00", "12:16:00", 0, []string{"12:15:00"}, 14},
		"a clock that went back":       {"12:30:00", "12:16:00", 3, nil, 0},
		"off the grid, by another one": {"12:03:00", "12:16:00", 3, []string{"12:10:00", "12:15:00"}, 0},
	}
	for name, test := range tests {
		job := schedule.Job{Every: 5 * time.Minute, CatchUp: test.catchUp}
		var last time.Time
		if test.last != never {
			last = at(test.last)
		}
		ticks, skipped := job.Due(last, at(test.now))
		var got []string
		for _, tick := range ticks {
			got = append(got, tick.Format(time.TimeOnly))
		}
		if diff := cmp.Diff(test.want, got); diff != "" || skipped != test.skipped {
			t.Errorf("%s: skipped %d, want %d; (-want +got)\n%s", name, skipped, test.skipped, diff)
		}
	}
}

// With a delay a time is due later, and still has its own window.
func TestDelay(t *testing.T) {
	t.Parallel()
	job := schedule.Job{Every: time.Hour, Delay: 90 * time.Second}
	if ticks, _ := job.Due(time.Time{}, at("12:01:29")); !ticks[0].Equal(at("11:00:00")) {
		t.Errorf("due at 12:01:29: %v", ticks)
	}
	if ticks, _ := job.Due(time.Time{}, at("12:01:30")); !ticks[0].Equal(at("12:00:00")) {
		t.Errorf("due at 12:01:30: %v", ticks)
	}
	for now, want := range map[string]string{"12:01:29": "12:01:30", "12:01:30": "13:01:30", "12:30:00": "13:01:30"} {
		if got := job.Next(at(now)); !got.Equal(at(want)) {
			t.Errorf("after %s next at %v, want %s", now, got, want)
		}
	}
}
