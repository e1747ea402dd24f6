package config

import (
	"fmt"
	"strings"
	"time"
)

// Daily are times of day in a time zone; none where it is zero.
type Daily struct {
	// Times are what clocks show, as the time since midnight; Zone is the name of their time zone.
	Times []time.Duration
	Zone  string
}

// ParseDaily reads times of day and, after them, their time zone: "06:00", "00:05,12:30 Europe/Berlin". Without a zone they are those of UTC.
func ParseDaily(text string) (d Daily, ok bool) {
	times, zone, named := strings.Cut(strings.TrimSpace(text), " ")
	for one := range strings.SplitSeq(times, ",") {
		at, err := time.Parse("15:04", one)
		if err != nil {
			return Daily{}, false
		}
		d.Times = append(d.Times, time.Duration(at.Hour())*time.Hour+time.Duration(at.Minute())*time.Minute)
	}
	d.Zone = "UTC"
	if named {
		d.Zone = strings.TrimSpace(zone)
	}
	_, err := time.LoadLocation(d.Zone)
	return d, err == nil
}

// Latest is the last of the times that is not after now; the zero time where there is none. A time that clocks show twice or never on a day is once on it, at about that time.
func (d Daily) Latest(now time.Time) (latest time.Time) {
	zone, err := time.LoadLocation(d.Zone)
	if err != nil {
		return time.Time{}
	}
	today := now.In(zone)
	for _, days := range []int{-1, 0} {
		for _, at := range d.Times {
			tick := time.Date(today.Year(), today.Month(), today.Day()+days, int(at/time.Hour), int(at%time.Hour/time.Minute), 0, 0, zone)
			if !tick.After(now) && tick.After(latest) {
				latest = tick
			}
		}
	}
	return latest
}

// String is as it is set.
func (d Daily) String() string {
	if len(d.Times) == 0 {
		return ""
	}
	var times []string
	for _, at := range d.Times {
		times = append(times, fmt.Sprintf("%02d:%02d", at/time.Hour, at%time.Hour/time.Minute))
	}
	return strings.Join(times, ",") + " " + d.Zone
}
