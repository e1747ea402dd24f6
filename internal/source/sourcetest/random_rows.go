package sourcetest

import (
	"math/rand/v2"
	"time"
)

// randomRows are rows of every kind of trouble, the same ones each time.
func randomRows() []Row {
	const n = 300
	r := rand.New(rand.NewPCG(2002, 7)) //nolint:gosec // the same rows each time
	maybe := func(v any) any {
		if r.IntN(6) == 0 {
			return nil
		}
		return v
	}
	rows := make([]Row, 0, n)
	for i := range n {
		tenant := "1"
		if r.IntN(8) == 0 {
			tenant = "2"
		}
		at := time.Date(2002, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(r.Int64N(365*86400*1000)) * time.Millisecond)
		if r.IntN(4) == 0 { // many at the edges of hours, in the nights in which clocks change
			night := []time.Time{time.Date(2002, 3, 31, 0, 0, 0, 0, time.UTC), time.Date(2002, 10, 27, 0, 0, 0, 0, time.UTC), time.Date(2002, 4, 7, 5, 0, 0, 0, time.UTC), time.Date(2002, 10, 26, 14, 0, 0, 0, time.UTC)}[r.IntN(4)]
			at = night.Add(time.Duration(r.IntN(9)-3) * 30 * time.Minute)
		}
		score := []any{int64(r.IntN(20) - 10), int64(0), int64(r.Int64N(2_000_000_000) - 1_000_000_000), int64(-1_000_000_000_000)}[r.IntN(4)]
		row := Row{
			"tenant": tenant, "id": string(rune('a'+i%26)) + string(rune('a'+i/26)), "at": at,
			"channel": maybe(texts()[r.IntN(8)]), "text": maybe(texts()[r.IntN(len(texts()))]),
			"score": maybe(score), "weight": maybe(float64(r.IntN(4000)-2000) / 64), "public": maybe(r.IntN(2) == 0), "tags": nil,
		}
		if r.IntN(5) > 0 {
			tags := []string{}
			for range r.IntN(4) {
				tags = append(tags, texts()[r.IntN(10)])
			}
			row["tags"] = tags
		}
		rows = append(rows, row)
	}
	return rows
}

// texts are the values that text columns have, and are compared with.
func texts() []string {
	return []string{
		"mail", "chat", "web", "Mail", "日本語", "naïve café", "ÄRGER", "", "100%", "a_b", `back\slash`, "it's", `say "hi"`, "; DROP TABLE posts; --",
		"$a", "$where", "{}", "null", "0", "مرحبا", "🙂", "line\nbreak", "a.b", "(x)", "[x]", "x*", "^x", "%", "_", "ǅ",
	}
}
