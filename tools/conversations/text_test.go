package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOwn(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, body, want string }{
		{"quotation and attribution", "On Mon, 2 Sep 2002, Jo Doe wrote:\n> old words\n\nnew words\n", "new words"},
		{"attribution of two lines", "before\n\nOn Mon, 2 Sep 2002 at 10:00, Jo Doe\n<jo@example.org> wrote:\n> old\nafter", "before\n\nafter"},
		{"named quotation", "Jason> old\nnew", "new"},
		{"signature", "words\n-- \nJo Doe\n555-123-4567", "words"},
		{"list footer", "words\n_______________________________________________\nlist mailing list", "words"},
		{"forwarded headers", "see this:\nFrom: jo@example.org\nDelivered-To: me@example.org\nthe text", "see this:\nthe text"},
		{"original message below", "my answer\n-----Original Message-----\nold", "my answer"},
		{"nothing of one's own", "> only\n> old", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, own(test.body)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	mails := []*mail{{name: "Robert Elz", address: "kre@home.example.org", others: []string{"Will Smith"}}, {name: "Linux List", address: "list@lists.example.net"}}
	mask := newMasker(mails, []string{"I will and will and will again, and Robert knows Robert Elz and Smith"})
	for _, test := range []struct{ name, text, want string }{
		{"full name", "as Robert Elz said", "as [name] said"},
		{"first name", "as Robert said", "as [name] said"},
		{"a name that is a word", "Will it work?", "Will it work?"},
		{"such a name in a greeting", "Hi Will, it works", "Hi [name], it works"},
		{"a list's name", "the Linux List is down", "the Linux List is down"},
		{"address", "write to jo.doe@example.org now", "write to [address] now"},
		{"spelled address", "jo at example dot org", "[address]"},
		{"bracketed at", "jo [at] example.org works", "[address] works"},
		{"no address", "speaks out at Tech Update", "speaks out at Tech Update"},
		{"phone", "call +353 1 234 5678 or 555-123-4567", "call [phone] or [phone]"},
		{"link", "see http://jo:secret@www.python.org/~jo?mail=x@y.z for it", "see [python.org] for it"},
		{"personal link", "see http://www.home.example.org/ for it", "see [link] for it"},
		{"sign-off", "It works.\n\nCheers,\nkre", "It works."},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, mask.text(test.text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if diff := cmp.Diff([]string{"python.org"}, mask.hosts("http://jo:x@www.python.org/a http://python.org/b http://10.0.0.1/ ftp://home.example.org")); diff != "" {
		t.Errorf("hosts (-want +got):\n%s", diff)
	}
}

func TestSentiment(t *testing.T) {
	t.Parallel()
	lexicon := map[string]int{"good": 3, "bad": -3, "ok": 1}
	for _, test := range []struct {
		text, label string
		score       float64
		words       int
	}{
		{"Good, good!", "positive", 0.84, 2},
		{"so bad", "negative", -0.612, 2},
		{"good and bad", "neutral", 0, 3},
		{"it is ok", "neutral", 0.25, 3},
		{"", "neutral", 0, 0},
	} {
		score, label, words := sentiment(test.text, lexicon)
		if score != test.score || label != test.label || words != test.words {
			t.Errorf("%q: %v %s %d, want %v %s %d", test.text, score, label, words, test.score, test.label, test.words)
		}
	}
}
