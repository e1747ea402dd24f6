package days

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// A range is made of what is kept so that as little as possible is asked for, and of few pieces.
func TestCoverAsksForFewDays(t *testing.T) {
	t.Parallel()
	edges := make([]time.Time, 32)
	for i := range edges {
		edges[i] = time.Date(2001, 3, 1+i, 0, 0, 0, 0, time.UTC)
	}
	span := func(from, to int) Span { return block{edges[0].AddDate(0, 0, from), edges[0].AddDate(0, 0, to)}.span() }
	single := make([]Span, 0, 50)
	for i := range 50 {
		single = append(single, span(i, i+1))
	}
	for name, c := range map[string]struct {
		spans []Span
		apart bool
		want  string
	}{
		"nothing is kept":                            {nil, false, "ask 0-31"},
		"all is kept, and parts of it":               {[]Span{span(0, 1), span(1, 31), span(0, 31)}, false, "0-31"},
		"a day has passed":                           {[]Span{span(-1, 0), span(0, 30)}, false, "0-30 ask 30-31"},
		"a block of which a day has passed":          {[]Span{span(-1, 30)}, false, "ask 0-31"},
		"the same, by day":                           {[]Span{span(-1, 30)}, true, "0-30 ask 30-31"},
		"a longer one, by day":                       {[]Span{span(-5, 40)}, true, "0-31"},
		"two that overlap, by day":                   {[]Span{span(-5, 20), span(10, 31)}, true, "0-20 20-31"},
		"two that overlap":                           {[]Span{span(0, 20), span(10, 31)}, false, "ask 0-10 10-31"},
		"few pieces rather than many":                {append(single[:31:31], span(0, 15), span(15, 31)), false, "0-15 15-31"},
		"what is beside it":                          {[]Span{span(-9, 0), span(31, 40)}, true, "ask 0-31"},
		"ends that are no midnights of this range":   {[]Span{{edges[3].Unix() + 1800, edges[9].Unix() + 1800}}, false, "ask 0-31"},
		"by day they can be used between midnights":  {[]Span{{edges[3].Unix() + 1800, edges[9].Unix() + 1800}}, true, "ask 0-4 4-9 ask 9-31"},
		"what is kept lies in the middle of a range": {[]Span{span(5, 7), span(20, 25)}, false, "ask 0-5 5-7 ask 7-20 20-25 ask 25-31"},
	} {
		var got []string
		for _, p := range cover(edges, c.spans, c.apart) {
			text := fmt.Sprintf("%d-%d", p.from, p.to)
			if !p.kept {
				text = "ask " + text
			}
			got = append(got, text)
		}
		if got := strings.Join(got, " "); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	if p := cover(append(edges, edges[31].AddDate(0, 0, 1), edges[31].AddDate(0, 0, 20)), append(single[:32:32], single[33:]...), false); len(p) > mostPieces {
		t.Errorf("%d pieces", len(p))
	}
}
