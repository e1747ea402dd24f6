package query_test

import (
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

func TestInstantOfAWallClock(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, wall, want string }{
		{"Europe/Berlin", "2002-07-01T12:00:00", "2002-07-01T10:00:00Z"},
		{"Europe/Berlin", "2002-10-27T02:30:00", "2002-10-27T01:30:00Z"}, // read twice
		{"Europe/Berlin", "2002-03-31T02:30:00", "2002-03-31T01:30:00Z"}, // never read
		{"America/New_York", "2002-10-27T00:59:59", "2002-10-27T04:59:59Z"},
		{"America/New_York", "2002-10-27T01:30:00", "2002-10-27T06:30:00Z"},
		{"America/New_York", "2002-10-27T02:00:00", "2002-10-27T07:00:00Z"},
		{"America/New_York", "2002-04-07T02:30:00", "2002-04-07T07:30:00Z"},
		{"America/Santiago", "2016-08-14T00:00:00", "2016-08-14T04:00:00Z"},
		{"Australia/Lord_Howe", "2002-03-31T01:45:00", "2002-03-30T15:15:00Z"},
		{"Australia/Lord_Howe", "2002-10-27T02:10:00", "2002-10-26T15:40:00Z"},
		{"Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T22:00:00Z"}, // a day that was left out
		{"Africa/Monrovia", "1971-01-01T00:00:00", "1971-01-01T00:44:30Z"},
		{"UTC", "1969-12-31T23:59:59", "1969-12-31T23:59:59Z"},
	} {
		loc, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		wall, err := time.Parse("2006-01-02T15:04:05", c.wall)
		if err != nil {
			t.Fatal(err)
		}
		if got := query.Instant(wall, loc).UTC().Format(time.RFC3339); got != c.want {
			t.Errorf("%s in %s is %s, want %s", c.wall, c.zone, got, c.want)
		}
	}
}

// Every instant's clock leads back to it, or to the later time at which the clock read the same.
func TestInstantReversesWall(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "Africa/Casablanca", "America/Santiago"} {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		for at := time.Date(2011, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2013; at = at.Add(15 * time.Minute) {
			wall := query.WallIn(at, loc)
			switch back := query.Instant(wall, loc); {
			case !query.WallIn(back, loc).Equal(wall):
				t.Fatalf("%s: %s is not when the clock reads %s", zone, back, wall)
			case back.Before(at):
				t.Fatalf("%s: %s is not the later time of %s", zone, back, wall)
			}
		}
	}
}
