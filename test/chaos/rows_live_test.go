package chaos

import (
	"net/http"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/models"
)

// liveRows have a live service that takes nothing for a while, or refuses some events for good. That it answers badly to some events for a while is in requestRows.
func liveRows() []row {
	return []row{
		{matrix: "28", name: "live-hangs", fault: "the live service takes every post and never answers, for a while",
			env: []string{"APP_LIVE_TIMEOUT=2", "APP_LIVE_POSTS=8"},
			few: 100, many: 1000, how: mix{tech: "SSE"}, harm: liveHangs, collect: alsoLive},
		{matrix: "28", name: "live-refuses", fault: "the live service answers 302 or 410 to some events",
			few: 100, many: 1000, how: mix{tech: "SSE"}, harm: liveRefuses, collect: alsoLive, check: refusedOnce},
	}
}

// liveHangs has the service hold every post until it is given up. Workers must not keep asking: what they may ask meanwhile is counted.
func liveHangs(s *site) {
	hang := 15 * time.Second
	if full() {
		hang = time.Minute
	}
	const posts, limit = 8, 2 * time.Second
	s.live = newLiveService(s.t)
	until := time.Now().Add(hang)
	s.live.answer = func(_ *post, w http.ResponseWriter, r *http.Request) {
		if time.Now().Before(until) {
			<-r.Context().Done()
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
	workers := []string{"w0", "w1"}
	for _, name := range workers {
		s.start(name, "APP_LIVE_SERVICE_URL="+s.live.URL)
	}
	s.load(4 * time.Second)
	s.eventually("the service is back", func() (bool, string) { return time.Now().After(until), "not yet" })
	s.live.mu.Lock()
	hung := len(s.live.posts)
	s.live.mu.Unlock()
	s.fired(hung)
	// All posts of a worker once, one more for each of the eight failures that open its breaker, then one in no less than the breaker's four seconds.
	most := len(workers) * (posts + 8 + int(hang/(4*time.Second)) + 1)
	s.verdict.note("asked %d times in %v, at most %d; without a breaker %d", hung, hang, most, len(workers)*posts*int(hang/limit))
	if hung > most {
		s.t.Errorf("it was asked %d times in %v, at most %d", hung, hang, most)
	}
}

// told says what the refusing service tells an event, the same each time.
func told(id string) int {
	kind := 0
	for _, c := range id {
		kind = (kind*31 + int(c)) % 10
	}
	switch kind {
	case 0:
		return http.StatusFound
	case 1:
		return http.StatusGone
	}
	return http.StatusOK
}

func liveRefuses(s *site) {
	s.refused = map[event]int{}
	s.live = newLiveService(s.t)
	s.live.answer = func(p *post, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(told(p.id))
	}
	s.start("w0", "APP_LIVE_SERVICE_URL="+s.live.URL)
	s.start("w1", "APP_LIVE_SERVICE_URL="+s.live.URL)
	s.load(3 * time.Second)
}

// refusedOnce: each refused event was posted once, nowhere else, and is in the dead letters once, with its status.
func refusedOnce(s *site) {
	s.live.mu.Lock()
	defer s.live.mu.Unlock()
	posted := map[string]int{}
	for _, p := range s.live.posts {
		if p.path != "/dispatcher/event" {
			s.t.Errorf("%s was posted to %s", p.id, p.path)
		}
		if told(p.id) != http.StatusOK {
			posted[p.id]++
			s.fired(1)
		}
	}
	entries, err := s.rdb.XRange(s.t.Context(), rejected, "-", "+").Result()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, e := range entries {
		id, _ := e.Values["original:webhook_id"].(string)
		text, _ := e.Values["error"].(string)
		want := http.StatusText(told(id))
		if e.Values["reason"] != models.ReasonLiveFailed || !strings.Contains(text, want) {
			s.t.Errorf("dead letter of %s: %v, want %s", id, e.Values, want)
		}
		if posted[id] != 1 {
			s.t.Errorf("%s was posted %d times", id, posted[id])
		}
	}
	if len(entries) != len(posted) {
		s.t.Errorf("%d events were refused, and %d are in the dead letters", len(posted), len(entries))
	}
	for e, n := range s.refused {
		if n != 1 {
			s.t.Errorf("%v has %d dead letters", e, n)
		}
	}
}
