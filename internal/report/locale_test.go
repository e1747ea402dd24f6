package report

import (
	"math"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/format"
)

func TestNumbersByLanguage(t *testing.T) {
	t.Parallel()
	en, ar := newLocale("en", "UTC"), newLocale("ar-SA", "UTC")
	at := float64(time.Date(2002, 9, 5, 14, 7, 0, 0, time.UTC).UnixMilli())
	tests := []struct {
		v          any
		field      format.Field
		inEn, inAr string
	}{
		{int64(1234567), format.Field{}, "1,234,567", "١٬٢٣٤٬٥٦٧"},
		{0.4251, format.Field{Config: format.Config{Unit: "percentunit"}}, "42.5%", "٤٢٫٥٪\u061c"},
		{4560.0, format.Field{Config: format.Config{Unit: "s"}}, "1 h 16 min", "١ س ١٦ د"},
		{59.94, format.Field{Config: format.Config{Unit: "s"}}, "59.9 s", "٥٩٫٩ ث"},
		{3 * 86400.0, format.Field{Config: format.Config{Unit: "s"}}, "3 d", "٣ يوم"},
		{0.25, format.Field{Config: format.Config{Unit: "s"}}, "250 ms", "٢٥٠ م.ث"},
		{at, format.Field{Type: "time"}, "5 Sep 2002 14:07", "٥ سبتمبر ٢٠٠٢ ١٤:٠٧"},
		{at, format.Field{Type: "number", Config: format.Config{Unit: "dateTimeAsIso"}}, "5 Sep 2002 14:07", "٥ سبتمبر ٢٠٠٢ ١٤:٠٧"},
		{int64(6), format.Field{Name: "weekday", Role: "dimension"}, "Sun", "الأحد"},
		{true, format.Field{}, "yes", "نعم"},
		{"new", format.Field{Config: format.Config{Mappings: []format.Mapping{{Type: "value", Options: map[string]format.Text{"new": {Text: "New"}}}}}}, "New", "New"},
		{nil, format.Field{}, "–", "–"},
		{nil, format.Field{Config: format.Config{NoValue: "(none)"}}, "(none)", "(none)"},
	}
	for _, test := range tests {
		if got := en.value(test.v, &test.field); got != test.inEn {
			t.Errorf("%v in English is %q, want %q", test.v, got, test.inEn)
		}
		if got := ar.value(test.v, &test.field); got != test.inAr {
			t.Errorf("%v in Arabic is %q, want %q", test.v, got, test.inAr)
		}
	}
	for v, want := range map[float64]string{9999: "9,999", 12345: "12.3K", 4.5e6: "4.5M", -2e9: "-2B"} {
		if got := en.brief(v, &format.Config{}); got != want {
			t.Errorf("%v on an axis is %q, want %q", v, got, want)
		}
	}
}

func TestPeriods(t *testing.T) {
	t.Parallel()
	l := newLocale("en", "Europe/Berlin")
	at := func(m time.Month, d, h int) time.Time { return time.Date(2026, m, d, h, 0, 0, 0, l.zone) }
	tests := []struct {
		from, to time.Time
		want     string
	}{
		{at(3, 1, 0), at(4, 1, 0), "1 Mar 2026 – 31 Mar 2026"}, // the clock changes within
		{at(3, 1, 0), at(3, 2, 0), "1 Mar 2026"},
		{at(3, 1, 5), at(3, 2, 6), "1 Mar 2026 05:00 – 2 Mar 2026 06:00"},
	}
	for _, test := range tests {
		if got := l.period(&format.Range{From: test.from.UTC(), To: test.to.UTC()}); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

func TestScalesEndAtRoundNumbers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		low, high float64
		unit      string
		ticks     []float64
	}{
		{3, 97, "", []float64{0, 25, 50, 75, 100}},
		{-40, 60, "", []float64{-50, -25, 0, 25, 50, 75}},
		{0, 13000, "s", []float64{0, 3600, 7200, 10800, 14400}},
		{0, 0, "", []float64{0, 0.25, 0.5, 0.75, 1}},
	}
	for _, test := range tests {
		s := newScale(test.low, test.high, 100, 0, test.unit)
		if len(s.ticks) != len(test.ticks) {
			t.Errorf("%v to %v: %v, want %v", test.low, test.high, s.ticks, test.ticks)
			continue
		}
		for i, tick := range s.ticks {
			if math.Abs(tick-test.ticks[i]) > 1e-9 {
				t.Errorf("%v to %v: %v, want %v", test.low, test.high, s.ticks, test.ticks)
			}
		}
		if s.at(test.low) > 100 || s.at(test.high) < -1e-9 {
			t.Errorf("%v to %v lies outside of its scale", test.low, test.high)
		}
	}
}

func TestFiltersInWords(t *testing.T) {
	t.Parallel()
	l := newLocale("en", "UTC")
	tests := map[string][]string{
		"":                                      nil,
		"{}":                                    nil,
		`{"topics":["a","b"],"empty":[],"n":3}`: {"n: 3", "topics: a, b"},
		`{"and":[{"member":"channel","operator":"equals","values":["fork"]},{"or":[{"member":"n","operator":"gt","values":[2]}]}]}`: {"channel: equals fork", "n: gt 2"},
		`not json`: {"?: not json"},
	}
	for raw, want := range tests {
		got := l.filters([]byte(raw))
		if len(got) != len(want) {
			t.Errorf("%s: %q, want %q", raw, got, want)
			continue
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: %q, want %q", raw, got, want)
			}
		}
	}
}
