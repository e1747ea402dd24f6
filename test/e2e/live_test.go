package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// TestLiveDashboard answers a dashboard again and again: only what has changed is sent, and a stop ends it.
func TestLiveDashboard(t *testing.T) {
	t.Parallel()
	services, env := newChanging(t)
	s := newSite(t, append(env, "APP_GO_DISPATCHER_EVENT_TIMEOUT=12")...) // rounds go on when the request itself is stale: the 14 below last longer
	s.start("consumer", "c1")
	peer := s.start("consumer", "c2")
	s.ready("c1")
	s.ready("c2")
	s.send(liveRequest("u1", ""))
	all := []string{"dialects", "no_such", "themes", "total_posts"}
	first := s.reach("u1", 4)
	if got := widgetsOf(first[0]); !slices.Equal(got, all) {
		t.Errorf("the first answer has %v", got)
	}
	for n, round := range first {
		_, live := closing(round)
		if live["round"] != float64(n) || live["ended"] != nil || live["next_at"] == nil {
			t.Errorf("round %d: %v", n, live)
		}
		if unchanged, _ := live["unchanged"].([]any); n > 0 && (len(round) > 1 || len(unchanged) != len(all)) {
			t.Errorf("round %d has %v, and %v unchanged", n, widgetsOf(round), unchanged)
		}
	}

	for n, step := range []struct {
		change func(c *changing)
		holds  string
	}{
		{func(c *changing) { c.posts["themes"] = 13 }, `[13]`}, // though the peer has the old answer for some seconds more
		{func(c *changing) { c.broken["themes"] = true }, `"status":"error"`},
		{func(c *changing) { c.broken["themes"] = false }, `[13]`},
	} {
		if n == 1 {
			peer.kill()
			s.settled(time.Minute)
		}
		before := len(s.rounds("u1"))
		services.set(step.change)
		var with []message
		s.eventually(time.Minute, step.holds, func() (bool, string) {
			with = nil
			last := 0
			got := s.rounds("u1")
			for n, round := range got[before:] {
				if len(round) > 1 {
					with, last = append(with, round[:len(round)-1]...), n
				}
			}
			return len(with) > 0 && len(got[before:]) > last+3, fmt.Sprintf("%d rounds, %v", len(got), with)
		})
		if len(with) != 1 || with[0].event != "ResearchInsightsPage__themes" || !strings.Contains(with[0].raw, step.holds) {
			t.Errorf("one widget has changed, and the rounds have %v; want %s", with, step.holds)
		}
	}

	s.send(insights("u1", `"live_stop":true,"is_live_dashboard":true`))
	s.over()
	got := s.rounds("u1")
	ids := map[string]bool{}
	stops := 0
	for _, round := range got {
		id, live := closing(round)
		if ids[id] {
			t.Errorf("two rounds are %s", id)
		}
		ids[id] = true
		if live["ended"] == "stopped" {
			stops++
		} else if live["ended"] != nil {
			t.Errorf("ended by %v", live["ended"])
		}
	}
	if stops != 1 || len(got) < 14 {
		t.Errorf("%d rounds, %d stops", len(got), stops)
	}
	if n := s.rdb.XLen(t.Context(), s.rejected()).Val(); n != 0 {
		t.Errorf("%d dead letters", n)
	}
}

// TestKilledWorkerKeepsTheRounds kills a worker in the middle of a round: a peer sends what is missing, once, and the rounds go on as if nothing
// had happened.
func TestKilledWorkerKeepsTheRounds(t *testing.T) {
	t.Parallel()
	services, env := newChanging(t)
	s := newSite(t, env...)
	first := s.start("consumer", "c1")
	s.send(liveRequest("u1", ""))
	s.reach("u1", 2)
	// A process keeps what the services have said for a while, each answer for its own: one that has just started asks both in its first round.
	if err := first.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	<-first.done

	held := make(chan struct{})
	services.set(func(c *changing) {
		c.posts["themes"], c.posts["dialects"] = 100, 200
		c.waiting["dialects"] = held
	})
	victim := s.start("consumer", "c2")
	s.eventually(time.Minute, "a half of a round", func() (bool, string) {
		list := s.messages("u1")
		last := list[len(list)-1]
		return last.event == "ResearchInsightsPage__themes" && strings.Contains(last.raw, "[100]"), last.event
	})
	victim.kill()
	half := len(s.rounds("u1")) // the number of the one that was cut
	services.set(func(c *changing) { delete(c.waiting, "dialects") })
	close(held)
	s.start("consumer", "c3")
	s.start("consumer", "c4")
	got := s.reach("u1", half+4)
	if names := widgetsOf(got[half]); !slices.Equal(names, []string{"dialects", "themes"}) {
		t.Errorf("the round that was cut has %v", names)
	}
	for n, round := range got {
		if _, live := closing(round); live["round"] != float64(n) {
			t.Errorf("round %v is number %d", live["round"], n)
		}
		if n > half && len(round) > 1 {
			t.Errorf("round %d has %v again", n, widgetsOf(round))
		}
	}
}

// TestPolledDashboardIsCountedOnce: rounds renew a polled buffer's fields, and its count and status are the request's.
func TestPolledDashboardIsCountedOnce(t *testing.T) {
	t.Parallel()
	services, env := newChanging(t)
	s := newSite(t, env...)
	s.start("consumer", "c1")
	key := s.prefix + "polled"
	buffer := func(field string) string {
		text, err := s.rdb.HGet(t.Context(), "PUBLISH_ENGINE::BUFFER::"+key, field).Result()
		if err != nil && err != redis.Nil { //nolint:errorlint // the driver's own comparison
			t.Fatal(err)
		}
		return text
	}
	s.send(liveRequest(key, `,"stream_tech":"API"`))
	s.eventually(time.Minute, "a further round", func() (bool, string) {
		text := buffer("ResearchInsightsPage__Complete")
		var message struct {
			Data struct{ Live struct{ Round int } } `json:"eventData"`
		}
		return json.Unmarshal([]byte(text), &message) == nil && message.Data.Live.Round >= 1, text
	})
	services.set(func(c *changing) { c.posts["themes"] = 99 })
	s.eventually(time.Minute, "the new number", func() (bool, string) {
		text := buffer("ResearchInsightsPage__themes")
		return strings.Contains(text, "[99]"), text
	})
	if buffer("__processed_count__") != "1" {
		t.Errorf("counted %s times", buffer("__processed_count__"))
	}
	if status := s.rdb.Get(t.Context(), "EVENT::STATUS::"+key).Val(); status != "BUFFERED_EVENT_IN_GO_DISPATCHER_TO_REDIS" {
		t.Errorf("status %q", status)
	}
}
