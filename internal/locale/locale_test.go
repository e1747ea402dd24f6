package locale

import (
	"encoding/json"
	"testing"
)

func TestNumbers(t *testing.T) {
	t.Parallel()
	en, ar, morocco := Of("en"), Of("ar_SA"), Of("ar-MA")
	none := 0
	for _, test := range []struct {
		v              float64
		unit           string
		decimals       *int
		inEn, inAr, ma string
	}{
		{1234567.891, "", nil, "1,234,567.89", "١٬٢٣٤٬٥٦٧٫٨٩", "1.234.567,89"},
		{1234567.891, "short", &none, "1,234,568", "١٬٢٣٤٬٥٦٨", "1.234.568"},
		{-0.4251, "percentunit", nil, "-42.5%", "\u061c-٤٢٫٥٪\u061c", "\u200e-42,5\u200e%\u200e"},
		{42.51, "percent", nil, "42.5%", "٤٢٫٥٪\u061c", "42,5\u200e%\u200e"},
		{4560, "s", nil, "1 h 16 min", "١ س ١٦ د", "1 س 16 د"},
		{-90, "s", nil, "-1 min 30 s", "-١ د ٣٠ ث", "-1 د 30 ث"},
		{59.94, "s", nil, "59.9 s", "٥٩٫٩ ث", "59,9 ث"},
		{3 * 24 * 60, "min", nil, "3 d", "٣ يوم", "3 يوم"},
		{250, "ms", nil, "250 ms", "٢٥٠ م.ث", "250 م.ث"},
		{0, "s", nil, "0", "٠", "0"},
		{5, "suffix: posts/day", nil, "5 posts/day", "٥ posts/day", "5 posts/day"},
	} {
		for l, want := range map[*Locale]string{en: test.inEn, ar: test.inAr, morocco: test.ma} {
			if got := l.Number(test.v, test.unit, test.decimals); got != want {
				t.Errorf("%v %s in %s is %q, want %q", test.v, test.unit, l.Language, got, want)
			}
		}
	}
	for v, want := range map[float64][2]string{
		9999: {"9,999", "٩٬٩٩٩"}, 12345: {"12.3K", "١٢٫٣ ألف"}, 4.5e6: {"4.5M", "٤٫٥ مليون"}, -2e9: {"-2B", "\u061c-٢ مليار"},
	} {
		if got := [2]string{en.Brief(v, "", nil), ar.Brief(v, "", nil)}; got != want {
			t.Errorf("%v in brief is %q, want %q", v, got, want)
		}
	}
	if got := Of("ar-u-nu-latn").Decimal(1234.5, 1) + Of("ar-EG").Decimal(1234.5, 1); got != "1,234.5١٬٢٣٤٫٥" {
		t.Errorf("digits that the tag names, and those of Egypt: %s", got)
	}
	if got := ar.Digits(7, 2) + en.Digits(2002, 1); got != "٠٧2002" {
		t.Errorf("digits: %s", got)
	}
}

// TestBase: labels are by language, whatever the tag.
func TestBase(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]string{"": "", "ar": "ar", " AR-eg": "ar", "ar_SA": "ar", "Arabic": "ar", "English": "en", "en-GB": "en", "fr-FR": "fr", "x y": "x y"} {
		if got := Base(tag); got != want {
			t.Errorf("%q is %q, want %q", tag, got, want)
		}
	}
	for tag, want := range map[string]string{"": "en", "fr-FR": "en", "arabic": "ar", "ar-XX-!": "ar"} {
		if got := Of(tag).Language; got != want {
			t.Errorf("numbers of %q are in %q, want %q", tag, got, want)
		}
	}
}

// TestFormat: a browser writes the same numbers by it.
func TestFormat(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]string{
		"en":    `{"language":"en","direction":"ltr","decimal":".","thousands":",","grouping":[3],"currency":["",""],"percent":"%","minus":"-"}`,
		"en-IN": `{"language":"en","direction":"ltr","decimal":".","thousands":",","grouping":[3,2,2,2,2,2,2,2],"currency":["",""],"percent":"%","minus":"-"}`,
		"ar": `{"language":"ar","direction":"rtl","decimal":"٫","thousands":"٬","grouping":[3],"currency":["",""],` +
			`"numerals":["٠","١","٢","٣","٤","٥","٦","٧","٨","٩"],"percent":"٪` + "\u061c" + `","minus":"` + "\u061c" + `-"}`,
	} {
		raw, err := json.Marshal(Of(tag).Format())
		if err != nil || string(raw) != want {
			t.Errorf("%s: %s, %v\nwant %s", tag, raw, err, want)
		}
	}
}
