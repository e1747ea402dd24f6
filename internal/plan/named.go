package plan

import (
	"strconv"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// maxNamed bounds the number in "last 30 days".
const maxNamed = 10_000

// named resolves a word for a range, as Cube has them: today, yesterday, this or last week, month, quarter or year, and last 7 days, which
// are whole ones and end before the one that is going on.
func (c calendar) named(text string, now time.Time) (query.Range, bool) {
	words := strings.Fields(strings.ToLower(text))
	between := func(g catalog.Grain, before, until int) query.Range {
		this := c.floor(now, g)
		return query.Range{From: c.moved(this, g, before).UTC(), To: c.moved(this, g, until).UTC()}
	}
	switch len(words) {
	case 1:
		switch words[0] {
		case "today":
			return between(catalog.Day, 0, 1), true
		case "yesterday":
			return between(catalog.Day, -1, 0), true
		}
	case 2:
		g, ok := grainOf(words[1])
		switch {
		case ok && words[0] == "this":
			return between(g, 0, 1), true
		case ok && words[0] == "last":
			return between(g, -1, 0), true
		}
	case 3:
		n, err := strconv.Atoi(words[1])
		g, ok := grainOf(strings.TrimSuffix(words[2], "s"))
		if ok && err == nil && words[0] == "last" && n > 0 && n <= maxNamed {
			return between(g, -n, 0), true
		}
	}
	return query.Range{}, false
}

func grainOf(word string) (catalog.Grain, bool) {
	switch g := catalog.Grain(word); g {
	case catalog.Minute, catalog.Hour, catalog.Day, catalog.Week, catalog.Month, catalog.Quarter, catalog.Year:
		return g, true
	case catalog.Auto:
	}
	return "", false
}

// moved returns the start of the bucket that is n after the one which starts at t, or before it.
func (c calendar) moved(t time.Time, g catalog.Grain, n int) time.Time {
	switch g {
	case catalog.Minute:
		return t.Add(time.Duration(n) * time.Minute)
	case catalog.Hour:
		return c.floor(t.Add(time.Duration(n)*time.Hour), g)
	case catalog.Week:
		return addDays(t, 7*n)
	case catalog.Month:
		return startOfDay(c.zone, t.Year(), t.Month()+time.Month(n), 1)
	case catalog.Quarter:
		return startOfDay(c.zone, t.Year(), t.Month()+time.Month(3*n), 1)
	case catalog.Year:
		return startOfDay(c.zone, t.Year()+n, t.Month(), 1)
	case catalog.Day, catalog.Auto:
	}
	return addDays(t, n)
}
