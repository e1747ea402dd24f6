package format_test

import (
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// TestDescriptionsByLanguage: what a widget says of itself is in the request's language, else in English.
func TestDescriptionsByLanguage(t *testing.T) {
	t.Parallel()
	for language, want := range map[string]string{"ar": "منشورات", "en": "Posts", "fr": "Posts", "": "Posts"} {
		w := widget(catalog.Stat)
		w.Language, w.Spec.Description = language, catalog.Labels{"en": "Posts", "ar": "منشورات"}
		d, err := format.Widget(format.Input{Widget: w, Results: map[plan.Role]*source.Result{plan.Main: result(t, []frame.Field{{Name: "posts", Kind: frame.Int}}, []any{int64(1)})}})
		if err != nil || d.Description != want {
			t.Errorf("%q reads %q, want %q: %v", language, d.Description, want, err)
		}
	}
}
