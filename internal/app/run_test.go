package app

import "testing"

func TestQueriesLeaveProcessorsToOthers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		are, workers int
		set          bool
		want         int
	}{{2, 2, false, 4}, {8, 2, false, 10}, {2, 64, false, 4}, {2, 2, true, 2}} {
		if got := processors(c.are, c.workers, c.set); got != c.want {
			t.Errorf("processors(%d, %d, %t) = %d, want %d", c.are, c.workers, c.set, got, c.want)
		}
	}
}
