package e2e

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// changing are the services behind two widgets, themes and dialects, whose numbers change when a test says so.
type changing struct {
	mu      sync.Mutex
	posts   map[string]int
	broken  map[string]bool
	waiting map[string]chan struct{} // closed to let a held answer go
}

func newChanging(t *testing.T) (*changing, []string) {
	t.Helper()
	c := &changing{posts: map[string]int{"themes": 12, "dialects": 7}, broken: map[string]bool{}, waiting: map[string]chan struct{}{}}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	return c, []string{
		"APP_THEMES_AI_API=" + server.URL + "/themes", "APP_DIALECTS_AI_API=" + server.URL + "/dialects",
		"APP_DISPATCHER_LIVE_SHORTEST_INTERVAL=1", "APP_DISPATCHER_LEASE=1000",
	}
}

func (c *changing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.Trim(r.URL.Path, "/")
	c.mu.Lock()
	posts, broken, waiting := c.posts[name], c.broken[name], c.waiting[name]
	c.mu.Unlock()
	if waiting != nil {
		<-waiting
	}
	if broken {
		http.Error(w, "no", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{%q:[{%q:"a","posts":%d,"negative":1}]}`, name, strings.TrimSuffix(name, "s"), posts)
}

func (c *changing) set(change func(c *changing)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(c)
}

// rounds are the messages of a live dashboard, up to each closing one.
type rounds [][]message

func (s *site) rounds(key string) (out rounds) {
	var now []message
	for _, m := range s.messages(key) {
		now = append(now, m)
		if strings.HasSuffix(m.event, "__Complete") {
			out, now = append(out, now), nil
		}
	}
	return out
}

func closing(round []message) (requestID string, live map[string]any) {
	last := round[len(round)-1]
	live, _ = last.data["live"].(map[string]any)
	requestID, _ = last.data["request_id"].(string)
	return requestID, live
}

func widgetsOf(round []message) (names []string) {
	for _, m := range round[:len(round)-1] {
		_, id, _ := strings.Cut(m.event, "__")
		names = append(names, id)
	}
	slices.Sort(names)
	return names
}

// reach waits until so many rounds have come, and returns all.
func (s *site) reach(key string, n int) (got rounds) {
	s.t.Helper()
	s.eventually(time.Minute, fmt.Sprintf("%d rounds of %s", n, key), func() (bool, string) {
		got = s.rounds(key)
		return len(got) >= n, fmt.Sprintf("%d rounds", len(got))
	})
	return got
}

// over waits until nothing can come any more: no round is due, none is being answered.
func (s *site) over() {
	s.t.Helper()
	s.eventually(time.Minute, "no round is left", func() (bool, string) {
		left, err := testenv.Left(s.t.Context(), s.rdb, s.input(), s.input()+":refresh")
		return err == nil && len(left) == 0, fmt.Sprint(left, err)
	})
}

func liveRequest(key, more string) string {
	return insights(key, `"is_live_dashboard":true,"live_interval":1,"selected_widgets":["total_posts","themes","dialects","no_such"]`+more)
}

// TestLiveDashboard answers a dashboard again and again: only what has changed is sent, and a stop ends it.
func TestLiveDashboard(t *testing.T) {
	t.Parallel()
	services, env := newChanging(t)
	s := newSite(t, append(env, "APP_GO_DISPATCHER_EVENT_TIMEOUT=4")...) // rounds go on when the request itself is stale
	s.start("consumer", "c1")
	peer := s.start("consumer", "c2")
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
	victim := s.start("consumer", "c1")
	s.send(liveRequest("u1", ""))
	s.reach("u1", 2)

	held := make(chan struct{})
	services.set(func(c *changing) {
		c.posts["themes"], c.posts["dialects"] = 100, 200
		c.waiting["dialects"] = held
	})
	s.eventually(time.Minute, "a half of a round", func() (bool, string) {
		list := s.messages("u1")
		last := list[len(list)-1]
		return last.event == "ResearchInsightsPage__themes" && strings.Contains(last.raw, "[100]"), last.event
	})
	victim.kill()
	half := len(s.rounds("u1")) // the number of the one that was cut
	services.set(func(c *changing) { delete(c.waiting, "dialects") })
	close(held)
	s.start("consumer", "c2")
	s.start("consumer", "c3")
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

// TestLiveDashboardsEnd: at the time that the request or the operator sets, without listeners, and by a newer request.
func TestLiveDashboardsEnd(t *testing.T) {
	t.Parallel()
	_, env := newChanging(t)
	s := newSite(t, env...)
	s.start("consumer", "c1")
	s.send(liveRequest("past", `,"live_until":1`))
	s.reach("past", 1) // the worker has started
	s.send(liveRequest("until", fmt.Sprintf(`,"live_until":%d`, time.Now().Unix()+5)))
	s.send(liveRequest("gone", ""))
	if err := s.rdb.Set(t.Context(), "EVENT::LISTENING::gone", "1", 0).Err(); err != nil {
		t.Fatal(err)
	}
	s.reach("gone", 2) // the worker has seen that somebody listens
	if err := s.rdb.Del(t.Context(), "EVENT::LISTENING::gone").Err(); err != nil {
		t.Fatal(err)
	}
	s.send(liveRequest("newer", `,"request_id":"old"`))
	s.reach("newer", 2)
	s.send(liveRequest("newer", `,"request_id":"new"`))
	s.send(liveRequest("newer", `,"request_id":"new"`)) // sent twice, answered once
	s.eventually(time.Minute, "the newer one goes on alone", func() (bool, string) {
		got := s.rounds("newer")
		last := got[max(0, len(got)-3):]
		return !slices.ContainsFunc(last, func(r []message) bool { id, _ := closing(r); return !strings.HasPrefix(id, "new#") }), fmt.Sprint(len(got))
	})
	s.send(insights("newer", `"live_stop":true`))
	s.send(strings.Replace(insights("files", `"is_live_dashboard":true,"export_xlsx":true`), "live_interval", "x", 1))
	s.send(insights("bad", `"is_live_dashboard":true,"live_interval":-1`))
	s.over()

	for key, want := range map[string]string{"until": "time_is_up", "past": "time_is_up", "gone": "nobody_listens", "newer": "stopped"} {
		got := s.rounds(key)
		for n, round := range got {
			_, live := closing(round)
			ended := ""
			if n == len(got)-1 {
				ended = want
			}
			if cmp.Or(live["ended"], any("")) != ended {
				t.Errorf("%s: round %d of %d: %v, want it to end by %q", key, n, len(got), live, want)
			}
		}
		if many := len(got) > 1; many != (key != "past") {
			t.Errorf("%s: %d rounds", key, len(got))
		}
	}
	once := map[string]int{}
	for _, round := range s.rounds("newer") {
		id, _ := closing(round)
		once[id]++
	}
	for id, n := range once {
		if n != 1 {
			t.Errorf("%s was answered %d times", id, n)
		}
	}
	if _, live := closing(s.rounds("files")[0]); live != nil {
		t.Errorf("an export has rounds: %v", live)
	}
	if last := s.messages("bad"); !strings.Contains(last[len(last)-1].raw, "live_interval is -1") {
		t.Errorf("a negative interval: %v", last)
	}
}

// TestUnheardDashboardEnds: where no reader ever says that it listens, rounds end by themselves.
func TestUnheardDashboardEnds(t *testing.T) {
	t.Parallel()
	_, env := newChanging(t)
	s := newSite(t, append(env, "APP_DISPATCHER_LIVE_UNHEARD=5")...) // from when the request was sent: the consumer may take a while to start
	s.start("consumer", "c1")
	s.send(liveRequest("u1", ""))
	s.reach("u1", 2)
	s.over()
	got := s.rounds("u1")
	if _, live := closing(got[len(got)-1]); live["ended"] != "nobody_listens" || len(got) < 3 {
		t.Errorf("%d rounds, the last one %v", len(got), live)
	}
}

// TestLiveServiceEndsADashboard: a live service that answers 410 has no such reader any more.
func TestLiveServiceEndsADashboard(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	posts, gone := 0, false
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if posts++; gone {
			w.WriteHeader(http.StatusGone)
		}
	}))
	t.Cleanup(service.Close)
	_, env := newChanging(t)
	s := newSite(t, append(env, "APP_LIVE_SERVICE_URL="+service.URL)...)
	s.start("consumer", "c1")
	s.send(liveRequest("u1", `,"stream_tech":"SSE"`))
	s.eventually(time.Minute, "the first rounds are posted", func() (bool, string) {
		mu.Lock()
		defer mu.Unlock()
		return posts >= 6, fmt.Sprint(posts) // four widgets, two closing messages
	})
	mu.Lock()
	gone = true
	mu.Unlock()
	s.over()
	s.eventually(time.Minute, "the refused event is a dead letter", func() (bool, string) {
		n := s.rdb.XLen(t.Context(), s.rejected()).Val()
		return n > 0, fmt.Sprint(n)
	})
	if n := s.rdb.XLen(t.Context(), s.rejected()).Val(); n > 3 {
		t.Errorf("%d dead letters: rounds went on", n)
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
	round := func(n int) {
		s.eventually(time.Minute, fmt.Sprintf("round %d", n), func() (bool, string) {
			text := buffer("ResearchInsightsPage__Complete")
			return strings.Contains(text, fmt.Sprintf(`"round":%d,`, n)), text
		})
	}
	round(1)
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
