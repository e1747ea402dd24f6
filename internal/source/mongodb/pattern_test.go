package mongodb

import (
	"regexp"
	"testing"
	"unicode"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// A pattern finds exactly the letters that are the same in lower case, for every letter that has more than one form.
func TestPatternsFindWhatIsTheSameInLowerCase(t *testing.T) {
	t.Parallel()
	forms := make(map[rune][]rune)
	for r := rune(1); r <= unicode.MaxRune; r++ {
		if lower := unicode.ToLower(r); lower != r || unicode.SimpleFold(r) != r {
			forms[lower] = append(forms[lower], r)
		}
	}
	checked := 0
	for lower, same := range forms {
		for _, needle := range append(same, lower) {
			p := patternOf(query.Contains, string(needle))
			expr := p.expr
			if p.options != "" {
				expr = "(?i)" + expr
			}
			re := regexp.MustCompile("^(?:" + expr + ")$")
			candidates := append(foldsOf(lower), same...)
			for _, r := range append(candidates, foldsOf(needle)...) {
				checked++
				if got, want := re.MatchString(string(r)), unicode.ToLower(r) == lower; got != want {
					t.Errorf("%q (%U) finds %q (%U): %t, want %t", needle, needle, r, r, got, want)
				}
			}
		}
	}
	if checked < 5000 {
		t.Errorf("only %d pairs were compared", checked)
	}
}
