package format

import (
	"slices"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/alert"
)

// Of a trend's values the first one speaks for the alert: what fires, else what was judged, however high the score of one with too few rows.
func TestTheStrongestIsOneThatWasJudged(t *testing.T) {
	t.Parallel()
	of := func(name string, state alert.State, score float64, rows int64) scored {
		return scored{name, alert.Verdict{State: state, Score: &score, Rows: rows}}
	}
	list := []scored{
		of("rare", alert.TooFew, 9, 1), of("even", alert.WithinBaseline, 0.5, 20), of("fires less", alert.Fired, 3, 8), of("rising", alert.WithinBaseline, 1.5, 7),
		{"unscored", alert.Verdict{State: alert.TooLittlePast, Rows: 30}}, of("fires", alert.Fired, 4, 6),
	}
	slices.SortStableFunc(list, stronger)
	var got []any
	for _, s := range list {
		got = append(got, s.value)
	}
	if want := []any{"fires", "fires less", "rising", "even", "unscored", "rare"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
