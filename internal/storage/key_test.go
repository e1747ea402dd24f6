package storage_test

import (
	"strings"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/storage"
)

func TestKeyKeepsPlainPartsAndTellsOthersApart(t *testing.T) {
	t.Parallel()
	if got := storage.Key("reports", "42", "page_1.html"); got != "reports/42/page_1.html" {
		t.Errorf("a plain key became %s", got)
	}
	seen := map[string]string{}
	for _, part := range []string{"", "a", "a b", "a/b", "a-b", "..", ".", "a~b", "../../etc/passwd", "شركة", "شركه", strings.Repeat("x", 80), strings.Repeat("x", 81), strings.Repeat("x", 82), "a\x00", `a\b`} {
		key := storage.Key("t", part)
		if other, taken := seen[key]; taken {
			t.Errorf("%q and %q are both %s", part, other, key)
		}
		seen[key] = part
		name, ok := strings.CutPrefix(key, "t/")
		if !ok || name == "" || len(name) > 80 || strings.Trim(name, ".") == "" || strings.ContainsAny(name, "/\\\x00 ") {
			t.Errorf("%q made %q", part, key)
		}
	}
}
