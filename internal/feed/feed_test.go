package feed

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWhatComesIsDeliveredOnceAndInOrder(t *testing.T) {
	t.Parallel()
	b := shared(t)
	b.send("k", "P__Before", 0)
	f := b.follow("k", Start{})
	other := b.follow("other", Start{})
	for i := range 20 {
		b.send("k", "P__W", i)
	}
	f.until("all came", f.has(20))
	f.ascends()
	if f.texts()[0] != "P__W=0" || len(f.resets) > 0 || f.hello.Resumed {
		t.Errorf("got %v, resets %v", f.texts(), f.resets)
	}
	b.send("other", "P__X", 1)
	other.until("the other stream's came", other.has(1))
	if d := cmp.Diff([]string{"P__X=1"}, other.texts()); d != "" {
		t.Error(d)
	}
}

func TestWhereASubscriptionBegins(t *testing.T) {
	t.Parallel()
	b := shared(t)
	for i := range 3 {
		b.send("k", "P__A", i)
		b.send("k", "P__B", i, "r2")
	}
	for name, tc := range map[string]struct {
		start Start
		want  []string
	}{
		"all":              {Start{All: true}, []string{"P__A=0", "P__B=0", "P__A=1", "P__B=1", "P__A=2", "P__B=2"}},
		"newest":           {Start{Newest: true}, []string{"P__A=2", "P__B=2"}},
		"of a request":     {Start{All: true, Request: "r2"}, []string{"P__B=0", "P__B=1", "P__B=2"}},
		"newest of one":    {Start{Newest: true, Request: "r2"}, []string{"P__B=2"}},
		"of no request":    {Start{All: true, Request: "r3"}, nil},
		"what comes alone": {Start{}, nil},
	} {
		f := b.follow("k", tc.start)
		last := b.send("k", "P__Last", 9, "")
		if tc.start.Request == "" {
			f.until(name, f.has(len(tc.want)+1))
			if got := f.texts()[:len(tc.want)]; len(got) > 0 && cmp.Diff(tc.want, got) != "" {
				t.Errorf("%s: %v", name, got)
			}
		} else {
			f.until(name, f.has(len(tc.want)))
			if d := cmp.Diff(tc.want, f.texts()); d != "" {
				t.Errorf("%s: %s", name, d)
			}
		}
		if len(f.resets) > 0 {
			t.Errorf("%s: reset %v", name, f.resets)
		}
		b.rdb.XDel(t.Context(), b.prefix+"k", last.String())
	}
}

// TestResumeWithoutGapOrDouble: subscribers come and go while several write, each going on behind what it had last.
func TestResumeWithoutGapOrDouble(t *testing.T) {
	t.Parallel()
	b := shared(t)
	const writers, each, readers = 3, 400, 4
	var writing, reading sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				b.send("k", fmt.Sprintf("P__%d", w), i)
			}
		})
	}
	for r := range readers {
		reading.Go(func() {
			var all []*Message
			start := Start{All: true}
			for len(all) < writers*each {
				f := b.follow("k", start)
				if err := f.try(time.Minute, f.has(min(1+r*37%91, writers*each-len(all)))); err != nil {
					t.Errorf("reader %d stands after %d: %v", r, len(all), err)
					return
				}
				if len(f.resets) > 0 {
					t.Errorf("reader %d was reset: %v", r, f.resets)
					return
				}
				all = append(all, f.got...)
				start = Start{After: all[len(all)-1].Mark.String()}
				f.sub.Close()
			}
			whole := follower{t: t, got: all}
			next := map[string]int{}
			for _, text := range whole.texts() {
				var w, n int
				if _, err := fmt.Sscanf(text, "P__%d=%d", &w, &n); err != nil || n != next[fmt.Sprint(w)] {
					t.Errorf("reader %d got %s, wanted %d", r, text, next[fmt.Sprint(w)])
					return
				}
				next[fmt.Sprint(w)]++
			}
			whole.ascends()
		})
	}
	writing.Wait()
	reading.Wait()
}
