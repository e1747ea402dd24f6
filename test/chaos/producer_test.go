package chaos

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// mix says what a row's requests are like.
type mix struct {
	// tech is their stream_tech; empty is the output stream.
	tech string
	// millis is how long each widget takes at most.
	millis int
	// passing are so many of a hundred requests that fail once, slow those that take their time, liveShare those for the live service.
	passing, slow, liveShare int
	// tenants are how many send them, 0 is one; exports are so many of a hundred that are of another class.
	tenants, exports int
	// again is how many times more each is sent, under its own id.
	again int
	// cancels are so many of a hundred that are canceled at once.
	cancels int
	// wait has a request count as taken only when a replica has it too.
	wait bool
}

// request is one line of the ledger.
type request struct {
	number  int
	widgets []string
	payload string
	// acked is how many of its entries Redis has acknowledged, maybe how many had no reply.
	acked, maybe int
	// at is when it was written down, taken when Redis acknowledged it.
	at, taken time.Time
	// work is how long its widgets take.
	work time.Duration
	// canceled says that a message cancels it.
	canceled bool
	// forgotten says that Redis was made to lose it.
	forgotten bool
	// buffer is its poll buffer when it was complete.
	buffer map[string]string
}

// ledger is what was asked, and what Redis has said to it. Requests come from the seed alone.
type ledger struct {
	mu       sync.Mutex
	random   *rand.Rand
	requests []*request
	running  sync.WaitGroup
	loads    int          // that have not ended
	refused  atomic.Int64 // times that the server said no to a request, which was sent again
}

// over says that all loads are through and worked off: nothing comes any more that a fault could meet. Workers that start late have it wait for them.
func (s *site) over() bool {
	if !s.ledger.done() {
		return false
	}
	left, err := s.rdb.XLen(s.t.Context(), input).Result()
	return err == nil && left == 0
}

// done says that all loads are through.
func (l *ledger) done() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.loads == 0
}

// wait waits until all loads are through.
func (l *ledger) wait() { l.running.Wait() }

// acked is how many requests Redis has taken.
func (l *ledger) acked() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.requests {
		if r.acked > 0 {
			n++
		}
	}
	return n
}

// next writes the next request down.
func (s *site) next(change func(o *order, data map[string]any)) *request {
	l := &s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	r := &request{number: len(l.requests), at: time.Now()}
	for i := range 1 + l.random.IntN(4) {
		r.widgets = append(r.widgets, string(rune('a'+i)))
	}
	o := order{Seed: s.seed, Number: r.number}
	if s.row.how.millis > 0 {
		o.Millis = l.random.IntN(s.row.how.millis + 1)
	}
	if l.random.IntN(100) < s.row.how.passing {
		o.Do = doPass
	}
	if l.random.IntN(100) < s.row.how.slow {
		o.Millis = 700
	}
	tech := s.row.how.tech
	if l.random.IntN(100) < s.row.how.liveShare {
		tech = "SSE"
	}
	data := map[string]any{
		"page_name": pageName, "routing_key": key(r.number), "company_id": 1, "stream_tech": tech,
		"selected_widgets": r.widgets, "request_timestamp": time.Now().Add(time.Hour).Unix(), // none is too old: how long a fault lasts is the machine's affair
	}
	r.canceled = s.row.how.cancels > 0 && l.random.IntN(100) < s.row.how.cancels
	if s.row.how.again > 0 || r.canceled || l.random.IntN(3) == 0 { // the others are known by their entry
		data["request_id"] = fmt.Sprintf("id-%d", r.number)
	}
	if s.row.how.tenants > 0 {
		data["company_id"] = 1 + l.random.IntN(s.row.how.tenants)
		if l.random.IntN(100) < s.row.how.exports {
			data["export_xlsx"] = true
		}
	}
	if change != nil {
		change(&o, data)
	}
	data["chaos"] = o
	r.work = time.Duration(o.Millis*len(r.widgets)) * time.Millisecond
	raw, err := json.Marshal(map[string]any{"eventName": "custom_projects", "eventData": data})
	if err != nil {
		s.t.Error(err)
	}
	r.payload = string(raw)
	l.requests = append(l.requests, r)
	return r
}

// batch is how many requests go out at a time.
const batch = 20

// send sends n requests, and returns when Redis has replied to all, or will not. It waits while the server is away.
func (s *site) send(n int) {
	for n > 0 {
		size := min(n, batch)
		n -= size
		rs := make([]*request, size)
		for i := range rs {
			rs[i] = s.next(nil)
		}
		for range 1 + s.row.how.again {
			s.put(rs...)
		}
	}
}

// put sends requests that are in the ledger already.
func (s *site) put(rs ...*request) {
	pipe := s.rdb.Pipeline()
	replies := make([]*redis.StringCmd, len(rs))
	for i, r := range rs {
		replies[i] = pipe.XAdd(s.t.Context(), &redis.XAddArgs{Stream: input, Values: []string{"payload", r.payload}})
	}
	for _, r := range rs {
		if r.canceled {
			cancel := fmt.Sprintf(`{"eventName":"cancel_request","eventData":{"cancel_request":"id-%d"}}`, r.number)
			pipe.XAdd(s.t.Context(), &redis.XAddArgs{Stream: input, Values: []string{"payload", cancel}})
		}
	}
	copied := func() bool { return true }
	if s.row.how.wait {
		wait := pipe.Do(s.t.Context(), "WAIT", 1, 2000)
		copied = func() bool { n, err := wait.Int(); return err == nil && n >= 1 }
	}
	_, err := pipe.Exec(s.t.Context())
	var refused []*request
	s.ledger.mu.Lock()
	for i, r := range rs {
		switch err := replies[i].Err(); {
		case err == nil && !copied():
			r.maybe++
		case err == nil:
			r.acked++
			r.taken = time.Now()
		case refusal(err):
			refused = append(refused, r)
		default:
			r.maybe++
		}
	}
	s.ledger.mu.Unlock()
	for err != nil && s.t.Context().Err() == nil {
		time.Sleep(10 * time.Millisecond)
		err = s.rdb.Ping(s.t.Context()).Err()
	}
	if len(refused) > 0 && s.t.Context().Err() == nil {
		s.ledger.refused.Add(int64(len(refused)))
		s.put(refused...)
	}
}

// refusal says that the server has said no: the entry is not there.
func refusal(err error) bool {
	return slices.ContainsFunc([]string{"OOM", "LOADING", "MISCONF", "MOVED", "ASK", "TRYAGAIN", "CLUSTERDOWN"}, func(no string) bool { return strings.HasPrefix(err.Error(), no) })
}

// load sends the row's requests in the background, evenly over a time; the row waits for its end before it judges.
func (s *site) load(over time.Duration) {
	n := s.row.few
	if full() {
		n = s.row.many
		over = over * time.Duration(max(1, s.row.many/max(1, s.row.few)/4))
	}
	pause := over / time.Duration(max(1, n/batch))
	s.ledger.mu.Lock()
	s.ledger.loads++
	s.ledger.mu.Unlock()
	s.ledger.running.Go(func() {
		defer func() {
			s.ledger.mu.Lock()
			s.ledger.loads--
			s.ledger.mu.Unlock()
		}()
		tick := time.NewTicker(max(pause, time.Millisecond))
		defer tick.Stop()
		for n > 0 && s.t.Context().Err() == nil {
			size := min(n, batch)
			s.send(size)
			n -= size
			<-tick.C
		}
	})
}
