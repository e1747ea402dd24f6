package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestLiveDashboardsEnd: at the time that the request or the operator sets, without listeners, and by a newer request.
func TestLiveDashboardsEnd(t *testing.T) {
	t.Parallel()
	_, env := newChanging(t)
	s := newSite(t, env...)
	s.start("consumer", "c1")
	s.send(liveRequest("past", `,"live_until":1`))
	s.reach("past", 1) // the worker has started
	s.send(liveRequest("until", fmt.Sprintf(`,"live_until":%d`, time.Now().Unix()+15)))
	if err := s.rdb.Set(t.Context(), "EVENT::LISTENING::gone", "1", 0).Err(); err != nil {
		t.Fatal(err)
	}
	s.send(liveRequest("gone", ""))
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
		ends := 0
		for n, round := range got {
			_, live := closing(round)
			if live["ended"] == nil {
				continue
			}
			// A round that was under way when the stop came may still be answered.
			if ends++; live["ended"] != want || ends > 1 || n < len(got)-1 && key != "newer" {
				t.Errorf("%s: round %d of %d: %v, want it to end by %q", key, n, len(got), live, want)
			}
		}
		if ends == 0 {
			t.Errorf("%s: no end in %d rounds", key, len(got))
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
	if _, live := closing(s.reach("files", 1)[0]); live != nil {
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
	s := newSite(t, append(env, "APP_DISPATCHER_LIVE_UNHEARD=15")...) // from when the request was sent
	s.start("consumer", "c1")
	s.ready("c1")
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
}
