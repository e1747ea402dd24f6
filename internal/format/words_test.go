package format

import (
	"regexp"
	"slices"
	"testing"
)

// TestNoticesInArabic: each sentence has its translation, with the same values in the same order.
func TestNoticesInArabic(t *testing.T) {
	t.Parallel()
	verbs := regexp.MustCompile(`%[a-z]`)
	for _, text := range []string{
		noticeCut, noticeApproximate, noticeSynthetic, noticeGenerated, noticeScored, noticeRefused, noticeLargest, noticeOthers, noticeFilled, noticeBackground, noticeShort, noticeTerms, noticeIncomplete,
	} {
		other := arabic(text)
		if other == "" || !slices.Equal(verbs.FindAllString(other, -1), verbs.FindAllString(text, -1)) {
			t.Errorf("%q is %q", text, other)
		}
	}
	for language, want := range map[string]string{"ar": "فترات لا صفوف لها مُلئت: ٣ من ١٬٢٠٠.", "en": "3 of 1200 buckets had no rows and were filled."} {
		d := Data{language: language}
		if d.notice("info", "filled", noticeFilled, 3, 1200); d.Notices[0].Text != want {
			t.Errorf("%s: %s", language, d.Notices[0].Text)
		}
	}
}
