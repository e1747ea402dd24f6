package stores

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

// troubles is the set of every kind of trouble, the same rows each time: no values and missing fields, empty and long texts, letters that
// change their number of bytes or their look with their case, texts that look like operators or numbers, times at which clocks
// change, before 1970 and after 2038, numbers at the ends of what 64 bits hold, what is no number, lists with doubles and nulls.
func troubles() *set {
	s := &set{name: "posts", tenant: "company", time: "at", id: "id", columns: []col{
		{name: "company", kind: query.String}, {name: "id", kind: query.String},
		{name: "at", kind: query.Time, storage: query.StorageTimestamp},
		{name: "tz", kind: query.Time, storage: query.StorageTimestampTZ},
		{name: "wall", kind: query.Time, storage: query.StorageTimestamp, zone: wallZone},
		{name: "day", kind: query.Time, storage: query.StorageDate, zone: dayZone},
		{name: "es", kind: query.Time, storage: query.StorageEpochS},
		{name: "ems", kind: query.Time, storage: query.StorageEpochMS},
		{name: "channel", kind: query.String}, {name: "text", kind: query.String}, {name: "author", kind: query.String},
		{name: "language", kind: query.String}, {name: "tags", kind: query.String, multi: true},
		{name: "n", kind: query.Int}, {name: "big", kind: query.Int}, {name: "x", kind: query.Float}, {name: "wild", kind: query.Float},
		{name: "flag", kind: query.Bool},
	}}
	r := rand.New(rand.NewPCG(2002, 11)) //nolint:gosec // the same rows each time
	for i := range 420 {
		s.rows = append(s.rows, trouble(r, i))
	}
	return s
}

// The zones of the wall clocks and of the days.
const (
	wallZone = "America/New_York"
	dayZone  = "America/Santiago" // where clocks change at midnight
)

// companies are the tenants: the first is asked most.
func companies() []string { return []string{"acme", "acme2", "a.b:c-d_e"} }

func trouble(r *rand.Rand, i int) sourcetest.Row {
	maybe := func(v any) any {
		if r.IntN(7) == 0 {
			return nil
		}
		return v
	}
	company := companies()[0]
	if r.IntN(8) == 0 {
		company = companies()[1+r.IntN(2)]
	}
	at := moment(r)
	if i%20 == 1 {
		at = moment(rand.New(rand.NewPCG(uint64(i/60), 1))) //nolint:gosec // the same time for a few rows
	}
	wall := query.Wall(near(r, at), wallZone)
	day := query.Wall(near(r, at), dayZone).Truncate(24 * time.Hour)
	return sourcetest.Row{
		"company": company, "id": fmt.Sprintf("%03d", i), "at": at,
		"tz": maybe(near(r, at)), "wall": maybe(wall), "day": maybe(day),
		"es": maybe(near(r, at).Unix()), "ems": maybe(near(r, at).UnixMilli()),
		"channel": maybe([]string{"mail", "chat", "web", "Mail", ""}[r.IntN(5)]),
		"text":    maybe(pick(r, texts())), "author": maybe(pick(r, texts()[:24])), "language": maybe([]string{"en", "ar", "tr", "de"}[r.IntN(4)]),
		"tags": maybe(tags(r)),
		"n":    maybe(int64(r.IntN(41) - 20)), "big": maybe(pick(r, wholes())),
		"x": maybe(float64(r.IntN(4000)-2000) / 64), "wild": maybe(pick(r, wilds())), "flag": maybe(r.IntN(3) == 0),
	}
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func tags(r *rand.Rand) any {
	out := []any{}
	for range r.IntN(5) {
		if r.IntN(8) == 0 {
			out = append(out, nil)
			continue
		}
		out = append(out, texts()[r.IntN(14)])
	}
	return out
}

// anchor is a moment around which clocks or calendars do something, and the zone in which they do.
type anchor struct {
	zone string
	at   time.Time
}

func anchors() []anchor {
	utc := func(zone string, year int, month time.Month, day, hour int) anchor {
		return anchor{zone, time.Date(year, month, day, hour, 0, 0, 0, time.UTC)}
	}
	return []anchor{
		utc("Europe/Berlin", 2002, 3, 31, 1), utc("Europe/Berlin", 2002, 10, 27, 1),
		utc("America/New_York", 2002, 4, 7, 7), utc("America/New_York", 2002, 10, 27, 6),
		utc("Australia/Lord_Howe", 2002, 10, 26, 15), utc("Australia/Lord_Howe", 2003, 3, 29, 15),
		utc("America/Santiago", 2016, 8, 14, 4), utc("America/Santiago", 2016, 5, 15, 3),
		utc("Africa/Casablanca", 2019, 5, 5, 2), utc("Africa/Casablanca", 2019, 6, 9, 2),
		utc("Pacific/Apia", 2011, 12, 30, 10), utc("Asia/Kathmandu", 1985, 12, 31, 18),
		utc("UTC", 1970, 1, 1, 0), utc("Africa/Monrovia", 1972, 1, 7, 0), utc("UTC", 2038, 1, 19, 3),
		utc("UTC", 2004, 2, 29, 12), utc("Asia/Riyadh", 2003, 12, 31, 21), utc("America/Sao_Paulo", 2018, 11, 4, 3),
	}
}

// moment is a time with whole milliseconds, which is what all stores keep: mostly around an anchor.
func moment(r *rand.Rand) time.Time {
	a := pick(r, anchors()).at
	switch r.IntN(5) {
	case 0: // on the edge of a bucket, and a moment beside it
		return a.Add(time.Duration(r.IntN(13)-6) * 30 * time.Minute).Add(time.Duration(r.IntN(3)-1) * time.Millisecond)
	case 1:
		return a.Add(time.Duration(r.Int64N(3*86_400_000)-86_400_000*3/2) * time.Millisecond)
	case 2:
		return a.AddDate(0, 0, r.IntN(120)-60)
	case 3:
		return time.Date(2002, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(r.Int64N(2*365*86_400_000)) * time.Millisecond)
	}
	return a.Add(time.Duration(r.IntN(97)-48) * 15 * time.Minute)
}

// near is the same time or one close by.
func near(r *rand.Rand, at time.Time) time.Time {
	return at.Add([]time.Duration{0, 0, time.Hour, -time.Hour, 24 * time.Hour, -36 * time.Hour, 999 * time.Millisecond}[r.IntN(7)])
}

// texts are what text columns hold, and are compared with.
func texts() []string {
	return []string{
		"mail", "Mail", "MAIL", "ÄRGER in Köln", "ärger", "日本語", "مرحبا", "🙂👩‍👩‍👧", "İstanbul", "istanbul", "ISTANBUL", "ırmak",
		"straße", "STRASSE", "STRAẞE", "Kelvin", "naïve", "naïve", "Σίσυφος", "ΣΊΣΥΦΟΣ", "ǅ", "ſ", "", " ", "  padded ",
		"123", "-0", "1e5", "007", "NaN", "null", "true", "2002-03-31", "$where", `{"$gt":""}`, "$a.b", "a.b", "{}", "[]", "'", `"`, "it's", `say "hi"`,
		"; DROP TABLE posts; --", "' OR '1'='1", "100%", "a_b", `back\slash`, "(x)", "[x]", "x*", "^x", "x?", "%", "_", "line\nbreak", "tab\there", "nul\x00byte",
		"\u202eright to left", "e\u0301", "\ufeffbom", "\u00a0", strings.Repeat("long ", 4000), strings.Repeat("ß", 300), "zzz",
	}
}

// wholes are whole numbers up to the ends of 64 bits.
func wholes() []int64 {
	const precise = 1 << 53 // from here on a double has holes
	return []int64{
		0, 1, -1, 42, precise - 1, precise, precise + 1, precise + 3, -precise, -precise - 1, 1 << 31, -1 << 31, 1<<31 - 1, 1 << 32,
		math.MaxInt64, math.MaxInt64 - 1, math.MinInt64, math.MinInt64 + 1, 1 << 62,
	}
}

// wilds are doubles of all sorts, and what is no number.
func wilds() []float64 {
	return []float64{
		0, math.Copysign(0, -1), 1, -1, 0.1, 1.0 / 3, 1e300, -1e300, math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64,
		1 << 53, 1<<53 + 2, math.NaN(), math.NaN(), math.Inf(1), math.Inf(-1), 123456.789,
	}
}
