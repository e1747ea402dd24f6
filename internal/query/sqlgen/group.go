package sqlgen

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// group writes the expression of a grouping key. A list column has been unnested under the group's own name.
func (b *builder) group(g *query.Group) error {
	switch {
	case g.Part != "":
		return b.part(g)
	case g.Buckets != nil:
		return b.buckets(g)
	case g.Bins != nil:
		b.bins(g)
	case g.Field.Multi:
		b.text(ident(unnested(g)))
	case g.Field.Type == query.Time:
		b.utc(g.Field.Column, g.Storage, g.Zone)
	case g.Field.Type == query.Float:
		b.text(b.dialect.float(ident(g.Field.Column)))
	default:
		b.text(ident(g.Field.Column))
	}
	return nil
}

func unnested(g *query.Group) string { return "__each_" + g.Name }

// part writes a part of the wall-clock time that the offsets describe. Weekdays are counted from 0, where SQL begins at 1.
func (b *builder) part(g *query.Group) error {
	if err := b.sqlPart(g); err != nil {
		return err
	}
	if g.Part == query.Weekday {
		b.text(" - 1")
	}
	return nil
}

// sqlPart writes a part as SQL counts it.
func (b *builder) sqlPart(g *query.Group) error {
	function := map[query.Part]string{
		query.Hour: "hour", query.Weekday: b.dialect.weekday(), query.Monthday: "day", query.Month: "month",
	}[g.Part]
	if function == "" {
		return fmt.Errorf("sqlgen: unknown part %q", g.Part)
	}
	b.text("CAST(", function, "(")
	b.shifted(g, g.Offsets)
	b.text(") AS BIGINT)")
	return nil
}

// shifted writes the time column moved by the offset that holds at each row's time.
func (b *builder) shifted(g *query.Group, offsets []query.Offset) {
	clock := b.dialect.utc(ident(g.Field.Column), g.Storage, g.Zone)
	move := func(seconds int) {
		if seconds == 0 {
			b.text(clock)
		} else {
			b.text(b.dialect.moved(clock, int64(seconds)))
		}
	}
	if len(offsets) == 0 {
		move(0)
		return
	}
	if len(offsets) == 1 {
		move(offsets[0].Seconds)
		return
	}
	b.text("CASE")
	for _, o := range offsets[:len(offsets)-1] {
		b.text(" WHEN ", clock, " < ").bind(o.Until.UTC(), b.dialect.timestamp()).text(" THEN ")
		move(o.Seconds)
	}
	b.text(" ELSE ")
	move(offsets[len(offsets)-1].Seconds)
	b.text(" END")
}

// buckets writes the index of the bucket that a row falls into: arithmetic within a run, a balanced choice between runs.
func (b *builder) buckets(g *query.Group) error {
	if len(g.Buckets.Edges) < 2 {
		return fmt.Errorf("sqlgen: group %s has no bucket", g.Name)
	}
	b.tick = b.dialect.tick()
	for _, r := range g.Buckets.Runs() {
		if r.Width%b.tick != 0 || !r.Start.Truncate(b.tick).Equal(r.Start) {
			b.tick = time.Microsecond // what times are exact to
		}
	}
	b.text("CAST(")
	if query.Beside(g.Storage, g.Zone) {
		edges := g.Buckets.Edges
		b.text("CASE WHEN ")
		b.ticks(g)
		b.text(" >= ").number(b.since1970(edges[0])).text(" AND ")
		b.ticks(g)
		b.text(" < ").number(b.since1970(edges[len(edges)-1])).text(" THEN ")
		b.choose(g, g.Buckets.Runs())
		b.text(" END AS BIGINT)")
		return nil
	}
	b.choose(g, g.Buckets.Runs())
	b.text(" AS BIGINT)")
	return nil
}

func (b *builder) choose(g *query.Group, list []query.Run) {
	if len(list) == 1 {
		r := list[0]
		if r.Count == 1 {
			b.number(r.First)
			return
		}
		b.text("(")
		b.ticks(g)
		b.text(" - ").bind(b.since1970(r.Start), "BIGINT").text(") ", b.dialect.over(), " ").number(int64(r.Width / b.tick)).text(" + ").number(r.First) // bound, as the range is: the statement is the same a day later
		return
	}
	half := len(list) / 2
	b.text("CASE WHEN ")
	if query.Beside(g.Storage, g.Zone) {
		b.ticks(g)
		b.text(" < ").number(b.since1970(list[half].Start))
	} else { // as the range is compared: a calculation for each row would take as long as the grouping itself
		b.text(ident(g.Field.Column)).bound(query.Lt, list[half].Start, g.Storage, g.Zone)
	}
	b.text(" THEN ")
	b.choose(g, list[:half])
	b.text(" ELSE ")
	b.choose(g, list[half:])
	b.text(" END")
}

// ticks writes the time column as ticks since 1970, in UTC.
func (b *builder) ticks(g *query.Group) {
	b.text(b.dialect.ticks(ident(g.Field.Column), g.Storage, g.Zone, b.tick))
}

// since1970 returns an edge in ticks.
func (b *builder) since1970(t time.Time) int64 {
	return t.UnixMicro() / b.tick.Microseconds()
}

// bins writes the index of the bin that a number falls into. Whole numbers in whole bins stay whole: in double precision they would take a
// quarter longer.
func (b *builder) bins(g *query.Group) {
	name, bins := ident(g.Field.Column), g.Bins
	end := bins.Start + bins.Width*float64(bins.Count)
	literal, before, divided, after := float, "floor((", ") / ", ")"
	switch {
	case g.Field.Type == query.Float:
		name = b.dialect.float(name)
	case whole(bins.Start) && whole(bins.Width) && whole(end):
		literal, before, divided, after = func(f float64) string { return strconv.FormatInt(int64(f), 10) }, "(", ") "+b.dialect.over()+" ", ""
	}
	b.text("CAST(CASE WHEN ", name, " < ", literal(bins.Start), " THEN -1 WHEN ", name, " >= ", literal(end), " THEN ").
		number(int64(bins.Count)).
		text(" ELSE ", before, name, " - (", literal(bins.Start), ")", divided, literal(bins.Width), after, " END AS BIGINT)")
}

// whole says whether a number is one that double precision holds as such.
func whole(f float64) bool { return f == math.Trunc(f) && math.Abs(f) < 1<<53 }
