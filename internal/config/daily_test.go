package config

import (
	"testing"
	"time"
)

// Times of day are those that clocks show, whatever a zone does to its days; what is none is refused.
func TestTimesOfDay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ set, now, latest string }{
		{"06:00", "2026-05-04T06:00:00Z", "2026-05-04T06:00:00Z"},
		{"06:00", "2026-05-04T05:59:59Z", "2026-05-03T06:00:00Z"},
		{"18:30,00:05", "2026-05-04T12:00:00Z", "2026-05-04T00:05:00Z"},
		{"18:30,00:05", "2026-05-04T00:04:00Z", "2026-05-03T18:30:00Z"},
		{"00:05 Asia/Riyadh", "2026-05-04T22:00:00Z", "2026-05-04T21:05:00Z"},
		{"02:30 Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-29T01:30:00Z"}, // the night without that time
	} {
		d, ok := ParseDaily(c.set)
		now, err := time.Parse(time.RFC3339, c.now)
		if !ok || err != nil {
			t.Fatalf("%s: %v, %v", c.set, ok, err)
		}
		if got := d.Latest(now).UTC().Format(time.RFC3339); got != c.latest {
			t.Errorf("%s at %s: the latest is %s, want %s", c.set, c.now, got, c.latest)
		}
		if again, ok := ParseDaily(d.String()); !ok || again.String() != d.String() {
			t.Errorf("%s is shown as %s", c.set, d)
		}
	}
	for _, bad := range []string{"", "6", "25:00", "06:00,", "06:00, 12:00", "06:00 Nowhere/Atall", "@daily", "0 6 * * *"} {
		if d, ok := ParseDaily(bad); ok {
			t.Errorf("%q is %v", bad, d)
		}
	}
	if !(Daily{}).Latest(time.Now()).IsZero() || (Daily{}).String() != "" {
		t.Error("none has a latest one")
	}
}
