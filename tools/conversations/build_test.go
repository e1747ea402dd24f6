package main

import (
	"fmt"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// at is a time on the test's day, so many minutes after midnight.
func at(minutes int) time.Time {
	return time.Date(2002, 9, 2, 0, minutes, 0, 0, time.UTC)
}

func message(id, from string, minutes int, ancestors ...string) *mail {
	return &mail{file: id, id: id, address: from, ancestors: ancestors, date: at(minutes), subject: "x", header: netmail.Header{}}
}

func TestThreads(t *testing.T) {
	t.Parallel()
	posts, report := build([]*mail{
		message("<a>", "jo@x.org", 0),
		message("<b>", "jo@x.org", 10, "<a>"),        // answers herself
		message("<c>", "al@x.org", 25, "<a>", "<b>"), // answers b, and so a's thread
		message("<d>", "al@x.org", 30, "<lost>"),     // answers what is not in the data
		message("<e>", "jo@x.org", 40, "<lost>"),     // the same, but does not answer d
		message("<f>", "jo@x.org", 50, "<d>"),
	}, nil)
	var got []string
	for _, p := range posts {
		wait, parent := "-", "-"
		if p.FirstResponse != nil {
			wait = fmt.Sprint(*p.FirstResponse)
		}
		if p.ReplyTo != nil {
			parent = *p.ReplyTo
		}
		got = append(got, fmt.Sprintf("%s %s %s in %s to %s: %d replies, first %v, wait %s", p.ID, p.Type, p.Author, p.ThreadID, parent, p.Replies, p.IsFirstReply, wait))
	}
	want := []string{
		"post-0001 post author-0001 in thread-0001 to -: 1 replies, first false, wait 1500",
		"post-0002 reply author-0001 in thread-0001 to post-0001: 1 replies, first false, wait -",
		"post-0003 reply author-0002 in thread-0001 to post-0002: 0 replies, first true, wait -",
		"post-0004 reply author-0002 in thread-0004 to -: 1 replies, first false, wait 1200",
		"post-0005 reply author-0001 in thread-0004 to -: 0 replies, first false, wait -",
		"post-0006 reply author-0001 in thread-0004 to post-0004: 0 replies, first true, wait -",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !strings.Contains(report, "6 posts by 2 authors") {
		t.Errorf("report: %s", report)
	}
}

func TestPlausible(t *testing.T) {
	t.Parallel()
	wrong := time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name          string
		date, arrived time.Time
		want          time.Time
		changed       bool
	}{
		{"agree", at(0), at(5), at(0), false},
		{"no delivery line", at(0), time.Time{}, at(0), false},
		{"a wrong clock", wrong, at(5), at(5), true},
		{"no date", time.Time{}, at(5), at(5), true},
		{"nothing usable", wrong, time.Time{}, time.Time{}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, changed := plausible(&mail{date: test.date, arrived: test.arrived})
			if !got.Equal(test.want) || changed != test.changed {
				t.Errorf("got %v %v, want %v %v", got, changed, test.want, test.changed)
			}
		})
	}
}

func TestParseMail(t *testing.T) {
	t.Parallel()
	m, err := parseMail([]byte("From x\nFrom: =?iso-8859-1?q?J=F8?= <JO@x.org>\nSubject: Re: a\nDate: Mon, 2 Sep 2002 02:00:00 +0200 (CEST)\n" +
		"Message-Id: <b>\nIn-Reply-To: <a>\nContent-Type: multipart/alternative; boundary=B\n\n--B\nContent-Type: text/html\n\n<b>rich</b>\n" +
		"--B\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\ncaf=E9\n--B--\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := []string{m.name, m.address, m.subject, m.id, strings.Join(m.ancestors, ","), m.date.String(), strings.TrimSpace(m.body)}
	want := []string{"Jø", "jo@x.org", "Re: a", "<b>", "<a>", at(0).String(), "café"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Fri, 6 Sep 2002 08:44:38 EDT":           "2002-09-06T12:44:38Z",
		"Sun, 29 Sep 2002 07:03:02 PDT":          "2002-09-29T14:03:02Z",
		"Thu, 22 Aug 2002 18:26:25 +0700":        "2002-08-22T11:26:25Z",
		"Thu, 22 Aug 2002 18:26:25 +0700 (ICT)":  "2002-08-22T11:26:25Z",
		"Thu, 22 Aug 2002 11:26:25 GMT":          "2002-08-22T11:26:25Z",
		"Thu, 22 Aug 2002\n\t09:15:25 -0400 EDT": "2002-08-22T13:15:25Z",
		"yesterday":                              "0001-01-01T00:00:00Z",
	} {
		if got := readDate(text).Format(time.RFC3339); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestAMailAnswersWhatItsHeadersName(t *testing.T) {
	t.Parallel()
	for want, header := range map[string]netmail.Header{
		"<a@x>": {"In-Reply-To": {"Message from jo of Mon <a@x> <b@x>"}, "References": {"<c@x>"}},
		"<d@x>": {"References": {"<c@x> <d@x>"}},
		"<e@x>": {"In-Reply-To": {"your mail of Monday"}, "References": {"<e@x>"}},
		"":      {},
	} {
		if got := named(&mail{header: header}); got != want {
			t.Errorf("%v: %q, want %q", header, got, want)
		}
	}
}
