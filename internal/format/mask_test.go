package format

import "testing"

func TestMasked(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"write to jo.smith+x@mail.example.org please": "write to [address] please",
		"call +966 50 123 4567 or (020) 7946 0018":    "call [phone] or [phone]",
		"call 0501234567":                                  "call [phone]",
		"اتصل على ٠٥٠١٢٣٤٥٦٧":                              "اتصل على [number]",
		"@jo_smith and @amal, see https://a.example/x?y=1": "[handle] and [handle], see [link]",
		"order 1234 5678 9012 of 2002-09-01":               "order [number] of [number]",
		"room 12, 3 of 5 at 14:30":                         "room 12, 3 of 5 at 14:30",
		"a@b is no address, jo@home.example is":            "a@b is no address, [address] is",
		"@jo@mastodon.example, @amal.k@social.example.":    "[handle], [handle].",
		"via @a-b@one.example @c@two.example":              "via [handle] [handle]",
		"(@jo@localhost) و @أمل@مثال.example":              "([handle]) و [handle]",
		"jo@home.example@ and mail@jo@home.example":        "[address]@ and mail@[address]",
		"mailto:jo@home.example, cc:@jo@home.example":      "mailto:[address], cc:[handle]",
		"plain": "plain",
		"":      "",
	} {
		if got := masked(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzMasked(f *testing.F) {
	f.Add("a@b.example 0123456789 @x")
	f.Add("@a@b.example @c@d")
	f.Fuzz(func(t *testing.T, text string) {
		once := masked(text)
		if addresses.MatchString(once) || links.MatchString(once) {
			t.Errorf("%q becomes %q", text, once)
		}
	})
}
