package chaos

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/models"
)

// requestRows send requests that do harm.
func requestRows() []row {
	return []row{
		{matrix: "24", name: "poison", fault: "requests that panic, end the process, never end, or cannot be read, among others", short: true,
			env: []string{"APP_DISPATCHER_DELIVERY_LIMIT=4", "APP_GO_DISPATCHER_EVENT_TIMEOUT=20", "APP_DISPATCHER_LEASE=10000"}, // a stall is no delivery
			few: 300, many: 2000, how: mix{millis: 3}, harm: poison},
		{matrix: "25", name: "oversize", fault: "requests at the limit, one byte over it, of 32 MB; results of 4 MB a widget", short: true,
			few: 200, many: 2000, how: mix{millis: 1}, harm: oversize},
		{matrix: "28", name: "live-service", fault: "the live service answers 500, 429 and 503 with Retry-After, resets, or never; its relay is killed", short: true,
			env: []string{"APP_LIVE_TIMEOUT=2", "APP_DISPATCHER_LEASE=10000"}, // a relay that stalls has heard of Retry-After, its peer has not
			few: 200, many: 1000, how: mix{tech: "SSE"}, harm: liveTroubles, collect: alsoLive, check: noneTooEarly},
		{matrix: "33", name: "send-again", fault: "the producer sends the same request three times, workers are killed meanwhile", short: true,
			few: 600, many: 10_000, how: mix{millis: 3, again: 2}, harm: killWorkers},
	}
}

// expect writes a request down that is to be dead-lettered.
func (s *site) expect(reason string, change func(o *order, data map[string]any)) *request {
	r := s.next(change)
	s.dead[r.number] = reason
	return r
}

// raw is a request that is to be dead-lettered, and of which nobody can be told.
func (s *site) raw(reason, payload string) *request {
	r := s.expect(reason, nil)
	r.payload, r.widgets = payload, nil
	return r
}

// poison sends what kills workers. Whoever ends is started again, as a supervisor does.
func poison(s *site) {
	names := []string{"w0", "w1"}
	for _, name := range names {
		s.start(name)
	}
	s.load(3 * time.Second)
	rounds := 1
	if full() {
		rounds = 5
	}
	do := func(what string) func(o *order, data map[string]any) {
		return func(o *order, data map[string]any) {
			o.Do, data["selected_widgets"] = what, []string{"a", "b", "c"}
		}
	}
	for n := range rounds {
		bad := []*request{
			s.expect(models.ReasonController, do(doPanic)), s.expect(models.ReasonDeliveryLimit, do(doExit)),
			s.raw(models.ReasonBadJSON, fmt.Sprintf(`{"eventName": %d`, n)),
			s.raw(models.ReasonBadUTF8, fmt.Sprintf("{\"eventName\":\"\xff\",\"n\":%d}", n)),
			s.raw(models.ReasonTooDeep, fmt.Sprintf(`{"n":%d,"x":`, n)+strings.Repeat("[", 10_000)+strings.Repeat("]", 10_000)+"}"),
			s.raw(models.ReasonNoEventData, fmt.Sprintf(`{"eventName":"custom_projects","n":%d}`, n)),
			s.expect(models.ReasonUnknownPage, func(_ *order, data map[string]any) { data["page_name"] = "NoSuchPage" }),
		}
		for _, r := range bad[:2] {
			r.widgets = []string{"a", "b", "c"}
		}
		s.put(bad...)
	}
	ends := 0
	served := func() (bool, string) {
		for _, name := range names {
			select {
			case <-s.workers[name].Done():
				ends++
				s.start(name)
			default:
			}
		}
		n := s.rdb.XLen(s.t.Context(), rejected).Val()
		return n >= int64(len(s.dead)) && s.ledger.done(), fmt.Sprintf("%d of %d", n, len(s.dead))
	}
	s.eventually("all poison is dead-lettered", served)
	s.fired(ends)
	s.verdict.note("workers ended %d times", ends)
	// What never ends comes last: beside what ends its worker it would not get the time to be found out.
	for range rounds {
		r := s.expect(models.ReasonTimeout, do(doLoop))
		r.widgets = []string{"a", "b", "c"}
		s.put(r)
	}
	s.eventually("what never ends is dead-lettered", served)
}

// oversize sends requests around the limit, and some whose results are large.
func oversize(s *site) {
	const limit = 1 << 20
	s.start("w0")
	s.load(3 * time.Second)
	fill := func(size int) func(o *order, data map[string]any) {
		return func(_ *order, data map[string]any) { data["note"] = strings.Repeat("x", size) }
	}
	exact := s.next(fill(limit - 400))
	// The rest, to the byte.
	exact.payload = strings.Replace(exact.payload, `"note":"`, `"note":"`+strings.Repeat("y", limit-len(exact.payload)), 1)
	over := s.expect(models.ReasonTooLarge, fill(limit))
	over.payload = strings.Replace(exact.payload, `"note":"`, `"note":"z`, 1)
	over.widgets = nil
	huge := s.expect(models.ReasonTooLarge, fill(32<<20))
	huge.widgets = nil
	if len(exact.payload) != limit || len(over.payload) != limit+1 {
		s.t.Errorf("sizes %d and %d", len(exact.payload), len(over.payload))
	}
	s.put(exact, over, huge)
	results := 3
	if full() {
		results = 10
	}
	for range results {
		s.put(s.next(func(o *order, _ map[string]any) { o.Do = doHuge }))
	}
	s.fired(3)
}

// liveTroubles makes the live service answer badly to some events, for a while or for good.
func liveTroubles(s *site) {
	s.live = newLiveService(s.t)
	s.live.answer = func(p *post, w http.ResponseWriter, r *http.Request) {
		s.live.mu.Lock()
		s.verdict.fired++
		s.live.mu.Unlock()
		// One of the kinds by the event's id: the same for each attempt at it.
		kind := 0
		for _, c := range p.id {
			kind = (kind*31 + int(c)) % 20
		}
		if p.attempt > 2 && kind != 3 && kind != 4 {
			w.WriteHeader(http.StatusOK)
			return
		}
		switch kind {
		case 0:
			w.WriteHeader(http.StatusInternalServerError)
		case 1:
			w.Header().Set("Retry-After", "2")
			w.WriteHeader(http.StatusTooManyRequests)
		case 2:
			w.Header().Set("Retry-After", time.Now().Add(3*time.Second).UTC().Format(http.TimeFormat))
			w.WriteHeader(http.StatusServiceUnavailable)
		case 5:
			panic(http.ErrAbortHandler) // the connection ends without an answer
		case 6:
			<-r.Context().Done() // never
		default:
			w.WriteHeader(http.StatusOK)
		}
	}
	s.start("w0", "APP_LIVE_SERVICE_URL="+s.live.URL)
	s.start("w1", "APP_LIVE_SERVICE_URL="+s.live.URL)
	s.load(4 * time.Second)
	s.eventually("posts", func() (bool, string) { return s.rdb.XLen(s.t.Context(), outbox).Val() > 5 || s.ledger.done(), "none" })
	s.kill("w0") // the relay, in the middle of it
	s.start("w2", "APP_LIVE_SERVICE_URL="+s.live.URL)
}

// noneTooEarly holds the posts to what the service had asked for. What a relay was told that was killed before it wrote that down, nobody knows.
func noneTooEarly(s *site) {
	s.live.mu.Lock()
	defer s.live.mu.Unlock()
	last := map[string]post{}
	early := 0
	for _, p := range s.live.posts {
		if before, again := last[p.id]; again && before.status == http.StatusTooManyRequests && p.at.Sub(before.at) < 2*time.Second && p.sent-before.sent < 2 && (before.at.After(s.killed) || p.at.Before(s.killed)) {
			early++
		}
		last[p.id] = p
	}
	if early > 0 {
		s.t.Errorf("%d posts came before their Retry-After", early)
	}
}
