package catalog

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestBuiltinReadsInBothLanguages: whatever a reader of the built-in pages sees by name has an English and an Arabic one.
func TestBuiltinReadsInBothLanguages(t *testing.T) {
	t.Parallel()
	c, err := LoadBuiltin()
	if err != nil {
		t.Fatal(err)
	}
	var missing []string
	need := func(what string, l Labels) {
		for _, language := range []string{"en", "ar"} {
			if l[language] == "" {
				missing = append(missing, what+" "+language)
			}
		}
	}
	seen := 0
	for key, page := range c.Pages {
		need("page "+key, page.Label)
		for _, w := range page.Widgets {
			seen++
			need(fmt.Sprintf("widget %s %s", key, w.ID), w.Title)
			for _, m := range w.Measures {
				need(fmt.Sprintf("measure %s.%s", w.Dataset.Name, m.Name), m.Label)
			}
			for _, d := range w.Dimensions {
				need(fmt.Sprintf("dimension %s.%s", w.Dataset.Name, d.Name), d.Label)
			}
		}
	}
	slices.Sort(missing)
	if missing = slices.Compact(missing); len(missing) > 0 || seen < 100 {
		t.Errorf("of %d widgets, %d labels are missing: %q", seen, len(missing), missing)
	}
}

// TestPagesHaveNamesOfTheirOwn: whoever picks from a product's pages can tell them apart.
func TestPagesHaveNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	c, err := LoadBuiltin()
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range []string{"en", "ar"} {
		seen := map[string]string{}
		for key, page := range c.Pages {
			product, _, found := strings.Cut(key, "/")
			if !found {
				product = ""
			}
			name := product + "/" + page.Label[language]
			if other, twice := seen[name]; twice {
				t.Errorf("%s and %s are both named %q", key, other, page.Label[language])
			}
			seen[name] = key
		}
	}
}

func TestLabelsByLanguage(t *testing.T) {
	t.Parallel()
	l := Labels{"en": "Posts", "ar": "المنشورات"}
	for tag, want := range map[string]string{
		"": "Posts", "en": "Posts", "ar": "المنشورات", "ar-SA": "المنشورات", "AR_eg": "المنشورات", "arabic": "المنشورات", "fr": "Posts", "en-US": "Posts",
	} {
		if got := l.In(tag, "posts"); got != want {
			t.Errorf("%q reads %q, want %q", tag, got, want)
		}
	}
	if got := (Labels{"ar": "المنشورات"}).In("fr", "posts"); got != "posts" {
		t.Errorf("without an English text: %q", got)
	}
}
