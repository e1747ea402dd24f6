package alert_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/alert"
)

const hour, day = time.Hour, 24 * time.Hour

// points are buckets of as many rows as they have value.
func points(values ...float64) []alert.Point {
	out := make([]alert.Point, len(values))
	for i, v := range values {
		out[i] = alert.Point{Value: v, Known: true, Rows: int64(max(0, min(v, 1e9)))}
	}
	return out
}

func repeat(n int, values ...float64) []alert.Point {
	var out []alert.Point
	for len(out) < n {
		out = append(out, points(values...)...)
	}
	return out[:n]
}

func near(t *testing.T, what string, got *float64, want float64) {
	t.Helper()
	if got == nil || math.Abs(*got-want) > 1e-9 {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// Seven days of hours that are 2, 4, 4, 4, 5, 5, 7, 9 in turn have a mean of 5 and a σ of exactly 2 (the sum of the squared distances is
// 9+1+1+1+0+0+4+16 = 32, over 8 values 4). With k = 3 the bound is 5 + 3·2 = 11: hours of 11 do not spike, hours of 12 do.
func TestSpikeOfADayAgainstAWeek(t *testing.T) {
	t.Parallel()
	rule := &alert.Rule{Kind: alert.Spike, Window: day, Baseline: 7 * day, Bucket: hour, K: 3, MinCount: 20, MinHistory: 84}
	week := repeat(7*24, 2, 4, 4, 4, 5, 5, 7, 9)
	for value, want := range map[float64]alert.State{11: alert.WithinBaseline, 12: alert.Fired} {
		v := alert.Judge(rule, &alert.Observed{History: week, Current: repeat(24, value)})
		if v.State != want {
			t.Errorf("hours of %v: %s, want %s", value, v.State, want)
		}
		near(t, "mean", v.Mean, 5)
		near(t, "σ", v.Sigma, 2)
		near(t, "bound", v.Bound, 11)
		near(t, "value", v.Value, value)
		near(t, "deviation", v.Deviation, value-5)
		near(t, "score", v.Score, (value-5)/2)
		if v.Past != 168 || v.Rows != int64(24*value) {
			t.Errorf("%d buckets and %d rows", v.Past, v.Rows)
		}
	}
}

func TestWhatKeepsAnAlertFromFiring(t *testing.T) {
	t.Parallel()
	spike := alert.Rule{Kind: alert.Spike, Window: 2 * hour, Baseline: 8 * hour, Bucket: hour, K: 3, MinCount: 10, MinHistory: 4}
	trend := alert.Rule{Kind: alert.Trend, Window: day, Baseline: 8 * day, Bucket: day, K: 3, MinCount: 5, MinHistory: 4}
	least := alert.Rule{Kind: alert.Threshold, Window: day, AtLeast: new(0.4), MinCount: 20}
	most := alert.Rule{Kind: alert.Threshold, Window: day, AtMost: new(0.4), MinCount: 1}
	rows := alert.Rule{Kind: alert.Rows, Window: hour, MinCount: 1}
	summary := alert.Rule{Kind: alert.Summary, Window: hour, MinCount: 1}
	history := points(2, 4, 4, 4, 5, 5, 7, 9)
	share := func(value float64, rows int64) []alert.Point {
		return []alert.Point{{Value: value, Known: true, Rows: rows}}
	}
	// Four of eight buckets: the zeros before the first row are no history, those after it are.
	young := points(0, 0, 0, 0, 0, 3, 0, 3)
	tests := map[string]struct {
		rule     alert.Rule
		observed alert.Observed
		want     alert.State
	}{
		"a spike of few rows":             {spike, alert.Observed{History: points(0, 0, 1, 0, 0, 1, 0, 0), Current: points(4, 5)}, alert.TooFew},
		"a spike of enough":               {spike, alert.Observed{History: history, Current: points(30, 30)}, alert.Fired},
		"a constant baseline":             {spike, alert.Observed{History: repeat(8, 5), Current: points(30, 30)}, alert.NoVariation},
		"a short history":                 {spike, alert.Observed{History: young, Current: points(30, 30)}, alert.TooLittlePast},
		"no history":                      {spike, alert.Observed{History: repeat(8, 0), Current: points(30, 30)}, alert.TooLittlePast},
		"no value":                        {spike, alert.Observed{History: history, Current: []alert.Point{{Rows: 30}}}, alert.NoValue},
		"a score of 3":                    {trend, alert.Observed{History: history, Current: points(11)}, alert.Fired},
		"a score below 3":                 {trend, alert.Observed{History: history, Current: points(10.9)}, alert.WithinBaseline},
		"a trend of few":                  {trend, alert.Observed{History: points(0, 0, 1, 0, 0, 0, 0, 0), Current: points(4)}, alert.TooFew},
		"a constant term":                 {trend, alert.Observed{History: repeat(8, 5), Current: points(9)}, alert.NoVariation},
		"a share of few":                  {least, alert.Observed{Current: share(1, 19)}, alert.TooFew},
		"a share at the bound":            {least, alert.Observed{Current: share(0.4, 20)}, alert.Fired},
		"a share below the bound":         {least, alert.Observed{Current: share(0.39, 20)}, alert.BelowThreshold},
		"a share of nothing":              {alert.Rule{Kind: alert.Threshold, AtLeast: new(0.4)}, alert.Observed{Current: []alert.Point{{}}}, alert.NoValue},
		"at most, and less":               {most, alert.Observed{Current: share(0.3, 1)}, alert.Fired},
		"at most, and more":               {most, alert.Observed{Current: share(0.5, 1)}, alert.BelowThreshold},
		"no rows":                         {rows, alert.Observed{Current: points(0)}, alert.TooFew},
		"a row":                           {rows, alert.Observed{Current: points(1)}, alert.Fired},
		"a summary of nothing":            {summary, alert.Observed{Current: points(0)}, alert.NothingHappened},
		"a summary of something":          {summary, alert.Observed{Current: points(1)}, alert.Fired},
		"values that are no numbers":      {spike, alert.Observed{History: history, Current: []alert.Point{{Value: math.NaN(), Known: true, Rows: 30}}}, alert.NoValue},
		"a baseline that is no number":    {spike, alert.Observed{History: repeat(8, math.Inf(1)), Current: points(30, 30)}, alert.TooLittlePast},
		"a baseline beyond every number":  {spike, alert.Observed{History: repeat(8, 1e308, -1e308), Current: points(30, 30)}, alert.NoVariation},
		"a history of nothing but nulls":  {spike, alert.Observed{History: []alert.Point{{Rows: 3}, {Rows: 3}}, Current: points(30, 30)}, alert.TooLittlePast},
		"nothing at all, which is judged": {trend, alert.Observed{}, alert.TooFew},
	}
	for name, test := range tests {
		v := alert.Judge(&test.rule, &test.observed)
		if v.State != test.want {
			t.Errorf("%s: %s, want %s", name, v.State, test.want)
		}
		for _, f := range []*float64{v.Value, v.Bound, v.Mean, v.Sigma, v.Deviation, v.Score} {
			if f != nil && (math.IsNaN(*f) || math.IsInf(*f, 0)) {
				t.Errorf("%s: %v is no number", name, *f)
			}
		}
		for _, language := range []string{"en", "ar"} {
			if r := v.Reason(&test.rule, alert.Names{}, language); r == "" || strings.ContainsAny(r, "{}") {
				t.Errorf("%s: the reason is %q", name, r)
			}
		}
	}
}

// A term that the baseline does not have has a σ of 0. What counts rows divides by 1 at least, so it has a score all the same: 6 posts after
// none are a z of 6, and where a term was there once in four windows (μ 0.25, σ 0.433) a z of 5.75 in place of 13.3.
func TestTheLeastSigma(t *testing.T) {
	t.Parallel()
	rule := alert.Rule{Kind: alert.Trend, Window: day, Baseline: 4 * day, Bucket: day, K: 3, MinCount: 5, MinHistory: 2, MinSigma: 1}
	watched := func(values ...float64) []alert.Point {
		out := points(values...)
		for i := range out {
			out[i].Rows = 9 // of all terms
		}
		return out
	}
	for want, history := range map[float64][]alert.Point{6: watched(0, 0, 0, 0), 5.75: watched(0, 1, 0, 0)} {
		v := alert.Judge(&rule, &alert.Observed{History: history, Current: points(6)})
		near(t, "score", v.Score, want)
		if !v.Fired() {
			t.Errorf("%s with score %v", v.State, *v.Score)
		}
	}
	if v := alert.Judge(&rule, &alert.Observed{History: make([]alert.Point, 4), Current: points(6)}); v.State != alert.TooLittlePast {
		t.Errorf("nothing was watched before: %s", v.State)
	}
	rule.MinSigma = 0
	if v := alert.Judge(&rule, &alert.Observed{History: watched(0, 0, 0, 0), Current: points(6)}); v.State != alert.NoVariation || v.Score != nil {
		t.Errorf("without a least σ: %s", v.State)
	}
}

func TestRulesInWords(t *testing.T) {
	t.Parallel()
	names := alert.Names{Title: "Viral posts", Measure: "Posts", Dimension: "Keyword", Column: "Engagement"}
	share := alert.Names{Measure: "Share of negative posts", Percent: true}
	for _, test := range []struct {
		rule  alert.Rule
		names alert.Names
		want  string
	}{
		{alert.Rule{Kind: alert.Spike, Window: day, Baseline: 7 * day, Bucket: hour, K: 1.5, MinCount: 20}, names, "the mean of Posts per 1 h over the last 24 h is above the mean of the 7 d before + 1.5·σ, of at least 20 rows"},
		{alert.Rule{Kind: alert.Threshold, Window: day, AtLeast: new(0.4), MinCount: 1}, share, "Share of negative posts of the last 24 h is at least 40 %"},
		{alert.Rule{Kind: alert.Rows, Window: 30 * time.Minute, AtLeast: new(500.0), MinCount: 1}, names, "Viral posts: at least 1 in the last 30 min with Engagement of at least 500"},
		{alert.Rule{Kind: alert.Trend, Window: day, Baseline: 14 * day, Bucket: day, K: 2, MinCount: 5}, names, "Posts of a Keyword in the last 24 h is at least 2·σ above its mean in the 14 windows before, of at least 5 rows"},
	} {
		if got := test.rule.Text(test.names, "en"); got != test.want {
			t.Errorf("%s: %q, want %q", test.rule.Kind, got, test.want)
		}
		if got := test.rule.Text(test.names, "ar"); got == "" || strings.ContainsAny(got, "{}") {
			t.Errorf("%s in Arabic: %q", test.rule.Kind, got)
		}
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	if got := alert.ID("a", "b"); got != "3c9d591045bc8876f9d0399bbfb05c6a" {
		t.Errorf("an id that receivers know has changed: %s", got)
	}
	seen := map[string][]string{}
	for _, parts := range [][]string{{"a", "b"}, {"ab"}, {"b", "a"}, {"a", "b", ""}, {"", "a", "b"}, {"a\x00b"}} {
		if other := seen[alert.ID(parts...)]; other != nil {
			t.Errorf("%q and %q have one id", parts, other)
		}
		seen[alert.ID(parts...)] = parts
	}
}
