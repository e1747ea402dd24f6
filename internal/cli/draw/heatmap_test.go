package draw_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/cli/draw"
)

// TestHeatMap: shades are parted by rank, so that an outlier leaves the others apart, and say what they stand for.
func TestHeatMap(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		values, rows, legend string
	}{
		"an outlier":    {"[1,2,3,4,5,6,7,900]", "░░░░▒▒▒▒|▓▓▓▓████", "Posts: ░ 1–2  ▒ 3–4  ▓ 5–6  █ 7–900"},
		"many alike":    {"[5,5,5,5,5,6,7,8]", "░░░░░░░░|░░▒▒▓▓██", "Posts: ░ 5  ▒ 6  ▓ 7  █ 8"},
		"few":           {"[0,0,null,3,3,0,0,9]", "······▒▒|▒▒····██", "Posts: ▒ 3  █ 9"},
		"one":           {"[0,0,0,0,0,0,4,0]", "········|····██··", "Posts: █ 4"},
		"none":          {"[0,0,0,0,0,0,0,0]", "········|········", "Posts:"},
		"below nothing": {"[-8,-7,-6,0,1,2,3,null]", "░░▒▒▒▒▓▓|▓▓████··", "Posts: ░ -8  ▒ -7–-6  ▓ 0–1  █ 2–3"},
	} {
		data := fmt.Sprintf(`{"kind":"heatmap","status":"ok","title":"Hours","schema":{"fields":[{"name":"weekday","type":"number","role":"dimension"},`+
			`{"name":"hour","type":"number","role":"dimension","config":{"displayName":"Hour"}},{"name":"posts","type":"number","role":"measure","config":{"displayName":"Posts"}}]},`+
			`"data":{"values":[[0,0,0,0,1,1,1,1],[0,1,2,3,0,1,2,3],%s]}}`, test.values)
		var out strings.Builder
		if err := draw.Widget(&out, draw.Options{Width: 80}, "w", "n", []byte(data)); err != nil {
			t.Fatal(err)
		}
		monday, tuesday, _ := strings.Cut(test.rows, "|")
		want := "Hours w · n\n         Mon " + monday + "\n         Tue " + tuesday + "\n             Hour 0 … 3\n             " + test.legend
		if got := strings.TrimSpace(out.String()); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
}
