package run

import "testing"

func TestWhatIsTheSame(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		x, y any
		same bool
	}{
		{3e10, 3e10 + 1, false}, // whole numbers, however large
		{0.1 + 0.2, 0.3, true},
		{56260.0, 56259.99999999998, true},
		{1.5, 1.5 + 1e-8, false},
		{nil, 0.0, false},
		{"1", 1.0, false},
		{[]any{1.0, nil, "a"}, []any{1.0, nil, "a"}, true},
		{[]any{1.0}, []any{1.0, 2.0}, false},
	} {
		if got := Same(c.x, c.y); got != c.same {
			t.Errorf("%v and %v: %v, want %v", c.x, c.y, got, c.same)
		}
	}
}
