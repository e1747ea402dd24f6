// Package sourcetest is the conformance suite of sources: what a store answers is compared with what plain Go
// computes over the same few rows. It is for tests only, and knows nothing of any query language.
package sourcetest

import (
	"maps"
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Row is one post by column: string, int64, float64, bool, time.Time, []string, or nil for no value.
type Row map[string]any

// Rows returns the data that a source under test has to hold: two tenants, nulls, lists, the nights in which Berlin's
// clocks change, letters beyond ASCII, and the metacharacters of LIKE.
func Rows() []Row {
	at := func(s string) time.Time {
		t, _ := time.Parse("2006-01-02 15:04:05", s)
		return t
	}
	row := func(tenant, id, when string, channel, text, score, weight, public any, tags ...string) Row {
		r := Row{
			"tenant": tenant, "id": id, "at": at(when), "channel": channel, "text": text,
			"score": score, "weight": weight, "public": public, "tags": nil,
		}
		if tags != nil {
			r["tags"] = tags
		}
		return r
	}
	n := func(i int64) any { return i }
	return []Row{
		row("1", "a", "2002-03-30 22:59:59", "mail", "100% sure", n(3), 0.5, true, "x", "y"),
		row("1", "b", "2002-03-30 23:00:00", "mail", "100 percent", n(-2), 1.25, false, "x"),
		row("1", "c", "2002-03-31 00:59:59", "chat", "snake_case", nil, nil, nil),
		row("1", "d", "2002-03-31 01:00:00", "chat", "snakeXcase", n(3), 2.5, true, "y", "y"),
		row("1", "e", "2002-03-31 21:59:59", nil, nil, n(0), -1.5, true, []string{}...),
		row("1", "f", "2002-03-31 22:00:00", "Ünïcode", "ÄRGER in Köln", n(7), 0.0, false, "日本", "x"),
		row("1", "g", "2002-04-15 12:00:00", "mail", `back\slash`, n(1), 10.0, true, "z"),
		row("1", "h", "2002-10-26 22:30:00", "web", "it's 'quoted'", n(1), 3.75, false, "z", "x", "y"),
		row("1", "i", "2002-10-27 00:30:00", "web", "; DROP TABLE posts; --", n(-5), nil, true),
		row("1", "j", "2002-10-27 01:30:00", "web", "ärger again", nil, 0.25, nil, "y"),
		row("1", "k", "2002-10-27 22:59:59", "forum", "", n(12), 7.5, false, "x"),
		row("1", "l", "2002-10-27 23:00:00", "forum", "plain", n(2), 100.0, true, "z"),
		row("2", "m", "2002-03-31 01:00:00", "mail", "another tenant's 100%", n(1000), 1000.0, true, "x"),
		row("2", "n", "2002-10-27 01:00:00", "secret", "hidden", n(2000), 2000.0, false, "x"),
	}
}

// Fields returns the columns of Rows with their types, in a fixed order.
func Fields() []query.Field {
	all := fields()
	out := make([]query.Field, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out = append(out, all[name])
	}
	return out
}

// fields are the columns of Rows with their types.
func fields() map[string]query.Field {
	return map[string]query.Field{
		"tenant": {Column: "tenant", Type: query.String}, "id": {Column: "id", Type: query.String},
		"at": {Column: "at", Type: query.Time}, "channel": {Column: "channel", Type: query.String},
		"text": {Column: "text", Type: query.String}, "score": {Column: "score", Type: query.Int},
		"weight": {Column: "weight", Type: query.Float}, "public": {Column: "public", Type: query.Bool},
		"tags": {Column: "tags", Type: query.String, Multi: true},
	}
}
