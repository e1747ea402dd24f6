package fault_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// TestSafeTextIn: whoever reads Arabic reads a sentence of the reason, with what it names where that is what has to be put right, and nothing that is not safe.
func TestSafeTextIn(t *testing.T) {
	t.Parallel()
	cause := errors.New("dial 10.0.0.1: secret")
	latin := regexp.MustCompile(`[A-Za-z]`)
	for name, c := range map[string]struct {
		err   error
		names string // what the text has in Latin letters; none where it is empty
	}{
		"a store":        {fault.New(fault.Transient, "source_unavailable", "the data source cannot be reached", cause), ""},
		"a limit":        {fault.New(fault.Permanent, "source_limit", "the answer has more than 5 rows", cause), "more than 5 rows"},
		"a widget":       {fault.New(fault.Permanent, "unknown_widget", "page P has no widget \"x\"", nil), `"x"`},
		"a request":      {fault.New(fault.Reject, "bad_value", "filters.n: 7 is no date", nil), "filters.n"},
		"another one":    {fault.New(fault.Reject, "of_a_later_version", "no such thing", nil), "no such thing"},
		"something else": {fault.New(fault.Permanent, "of_a_later_version", "no such thing", cause), ""},
		"no fault":       {cause, ""},
	} {
		if english := fault.SafeTextIn(c.err, "en"); english != fault.SafeText(c.err) {
			t.Errorf("%s: %q in English", name, english)
		}
		text := fault.SafeTextIn(c.err, "ar")
		if !strings.ContainsAny(text, "ابتمن") || strings.Contains(text, "secret") {
			t.Errorf("%s: %q", name, text)
		}
		if c.names == "" && latin.MatchString(text) || !strings.Contains(text, c.names) {
			t.Errorf("%s: %q names something else than %q", name, text, c.names)
		}
	}
}
