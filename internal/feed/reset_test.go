package feed

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// TestWhatCannotBeResumed: whatever id somebody comes back with, the answer is a reset with its reason and the newest of each widget, or what came since.
func TestWhatCannotBeResumed(t *testing.T) {
	t.Parallel()
	b := shared(t)
	var ids []ID
	for i := range 300 {
		ids = append(ids, b.send("k", []string{"P__A", "P__B"}[i%2], i))
	}
	b.rdb.XTrimMaxLen(t.Context(), b.prefix+"k", 250)
	epoch := b.follow("k", Start{}).hello.Mark.Epoch
	last := ids[len(ids)-1]
	mark := func(id ID) string { return Mark{epoch, id}.String() }
	for name, tc := range map[string]struct {
		after string
		want  Reason
	}{
		"the last one":         {mark(last), ""},
		"kept, in memory":      {mark(ids[290]), ""},
		"kept, in Redis":       {mark(ids[60]), ""},
		"trimmed":              {mark(ids[10]), Trimmed},
		"before the first":     {mark(ID{}), Trimmed},
		"not sent yet":         {mark(ID{last.MS + 1000, 0}), UnknownID},
		"between two":          {mark(ID{ids[200].MS, ids[200].Seq + 77}), UnknownID},
		"another epoch":        {"0badcafe." + last.String(), Epoch},
		"no epoch":             {last.String(), UnknownID},
		"not an id":            {"💥\n", UnknownID},
		"too large":            {epoch + ".99999999999999999999999-0", UnknownID},
		"another way to write": {epoch + ".0" + last.String(), UnknownID},
		"endless":              {strings.Repeat("1", 1<<16), UnknownID},
	} {
		f := b.follow("k", Start{After: tc.after})
		if resumed := tc.want == ""; f.hello.Resumed != resumed {
			t.Errorf("%s: hello is %+v", name, f.hello)
		}
		if tc.want == "" {
			continue
		}
		f.until(name, f.has(2))
		if d := cmp.Diff([]string{"P__A=298", "P__B=299"}, f.texts()); d != "" || len(f.resets) != 1 || f.resets[0] != tc.want {
			t.Errorf("%s: resets %v, %s", name, f.resets, d)
		}
		if f.hello.Mark != (Mark{epoch, ID{}}) {
			t.Errorf("%s: who is cut off now would go on from %s", name, f.hello.Mark)
		}
	}
	f := b.follow("k", Start{After: mark(ids[60])})
	f.until("all since come", f.has(239))
	f.ascends()
	if len(f.resets) > 0 || f.texts()[0] != "P__B=61" {
		t.Errorf("resets %v, first %s", f.resets, f.texts()[0])
	}
}

// TestTrimmedUnderTheReader: where a stream loses entries before they were read, those who follow are told.
func TestTrimmedUnderTheReader(t *testing.T) {
	t.Parallel()
	b := shared(t)
	b.send("k", "P__A", -1)
	f := b.follow("k", Start{})
	// All in one step of the server: the reader sees the last five alone.
	if _, err := b.rdb.TxPipelined(t.Context(), func(p redis.Pipeliner) error {
		for i := range 20 {
			p.XAdd(t.Context(), b.entry("k", "P__A", i))
		}
		p.XTrimMaxLen(t.Context(), b.prefix+"k", 5)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	f.until("the newest is there", func() bool { return len(f.got) > 0 && f.texts()[len(f.got)-1] == "P__A=19" })
	if d := cmp.Diff([]Reason{Trimmed}, f.resets); d != "" {
		t.Error(d)
	}
}

// TestAMessageOfManyIsNoReason: many at once, of which none was lost, are delivered as they are.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	b := shared(t)
	empty, begun := b.follow("empty", Start{}), b.follow("begun", Start{All: true})
	for _, key := range []string{"empty", "begun"} {
		if _, err := b.rdb.TxPipelined(t.Context(), func(p redis.Pipeliner) error {
			for i := range 1000 {
				p.XAdd(t.Context(), b.entry(key, "P__A", i))
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []*follower{empty, begun} {
		f.until("all came", f.has(1000))
		f.ascends()
		if len(f.resets) > 0 {
			t.Errorf("reset: %v", f.resets)
		}
	}
}

// TestLatestWins: who falls out of the window is sent the newest of each widget, in order, and what is left out is counted.
func TestLatestWins(t *testing.T) {
	t.Parallel()
	b := on(t, addr(t), func(o *Options) { o.Bytes = 1 })
	slow, fast := b.follow("k", Start{}), b.follow("k", Start{})
	of := b.follow("k", Start{Request: "r1", All: true})
	const n = 300
	for i := range n {
		b.send("k", []string{"P__A", "P__B", "P__C"}[i%3], i)
		fast.until("the fast one keeps up", fast.has(i+1))
	}
	slow.until("the newest", func() bool { return len(slow.got) > 0 && slow.texts()[len(slow.got)-1] == "P__C=299" })
	if len(slow.got) > 3 || len(slow.resets) > 0 {
		t.Errorf("got %v, resets %v", slow.texts(), slow.resets)
	}
	slow.ascends()
	fast.ascends()
	if len(fast.resets) > 0 {
		t.Errorf("the fast one was reset: %v", fast.resets)
	}
	// A request's messages are not mixed up with others': it is told.
	of.until("the newest of a request", func() bool { return len(of.got) > 0 && of.texts()[len(of.got)-1] == "P__C=299" })
	if len(of.resets) > 0 && of.resets[0] != Slow {
		t.Errorf("resets %v", of.resets)
	}
}

// TestMoreWidgetsThanAreKept: where even the newest of each are too much, the slow are told.
func TestMoreWidgetsThanAreKept(t *testing.T) {
	t.Parallel()
	b := on(t, addr(t), func(o *Options) { o.Bytes = 1 })
	slow := b.follow("k", Start{})
	const n = 1000
	var last ID
	for i := range n {
		last = b.send("k", fmt.Sprint("P__W", i), i)
	}
	// Who is told while more is still to be read falls behind a second time.
	testenv.Eventually(t, time.Minute, "the hub has read all", func() (bool, string) {
		at, _ := slow.sub.topic.place()
		return at == last, at.String()
	})
	slow.until("the newest of each", slow.has(n))
	slow.ascends()
	if d := cmp.Diff([]Reason{Slow}, slow.resets); d != "" {
		t.Error(d)
	}
}
