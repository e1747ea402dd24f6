package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// TestKilledConsumersLoseAndDoubleNothing kills consumers with SIGKILL again and again under load. For every
// request, every widget and the closing message must be there exactly once.
func TestKilledConsumersLoseAndDoubleNothing(t *testing.T) {
	t.Parallel()
	const (
		requests  = 3000
		kills     = 24
		consumers = 3
	)
	s := newSite(t,
		"APP_DISPATCHER_LEASE=1000", "APP_DISPATCHER_SLOTS=16",
		// The kills, not the requests, are at fault here.
		"APP_DISPATCHER_DELIVERY_LIMIT=1000")
	widgets := []string{"a", "b", "c", "d"}

	running := make([]*process, consumers)
	for i := range running {
		running[i] = s.start("consumer", fmt.Sprintf("c%d-0", i))
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))

	sent := 0
	whilePending := 0
	for kill := range kills {
		pipe := s.rdb.Pipeline()
		for range requests / kills {
			pipe.XAdd(t.Context(), &redis.XAddArgs{Stream: s.input(), Values: []string{"payload", echoRequest(s, sent, widgets)}})
			sent++
		}
		if _, err := pipe.Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.eventually(10*time.Second, "entries in work", func() (bool, string) {
			if kill > 0 {
				return true, ""
			}
			p, err := s.rdb.XPending(t.Context(), s.input(), "go_dispatcher").Result()
			if err != nil {
				return false, err.Error()
			}
			left, err := s.rdb.XLen(t.Context(), s.input()).Result()
			return err == nil && (p.Count > 0 || left < int64(sent)), fmt.Sprint(left, err) // they may all be through between two looks
		})
		victim := random.IntN(consumers)
		running[victim].kill()
		if p, err := s.rdb.XPending(t.Context(), s.input(), "go_dispatcher").Result(); err == nil && p.Count > 0 {
			whilePending++
		}
		// Half of them come back under their old name, half as a new consumer.
		name := fmt.Sprintf("c%d-%d", victim, (kill+1)/2)
		running[victim] = s.start("consumer", name)
	}
	if whilePending == 0 {
		t.Fatal("no kill hit a consumer that held entries: the fault was not injected")
	}
	t.Logf("%d requests, %d kills, %d of them while entries were pending", sent, kills, whilePending)
	s.settled(90 * time.Second)

	for i := range sent {
		s.exactlyOnce(fmt.Sprintf("r-%d", i), widgets)
	}
	if n := s.rdb.XLen(t.Context(), s.rejected()).Val(); n != 0 {
		t.Errorf("%d dead letters, want none", n)
	}
}

func echoRequest(s *site, n int, widgets []string) string {
	s.t.Helper()
	raw, err := json.Marshal(map[string]any{
		"eventName": "custom_projects",
		"eventData": map[string]any{
			"page_name": "EchoPage", "routing_key": fmt.Sprintf("r-%d", n),
			"company_id": 1, "selected_widgets": widgets, "request_timestamp": time.Now().Unix(),
		},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return string(raw)
}

// exactlyOnce checks the set of messages of one routing key.
func (s *site) exactlyOnce(key string, widgets []string) {
	s.t.Helper()
	count := map[string]int{}
	for _, m := range s.messages(key) {
		count[m.event]++
	}
	for _, w := range append([]string{"Complete"}, widgets...) {
		if n := count["EchoPage__"+w]; n != 1 {
			s.t.Errorf("%s: %d messages of widget %s, want 1", key, n, w)
		}
	}
	if len(count) != len(widgets)+1 {
		s.t.Errorf("%s: unexpected messages: %v", key, count)
	}
}

type message struct {
	event string
	raw   string
	data  map[string]any
}

func (s *site) messages(key string) []message {
	s.t.Helper()
	entries, err := s.rdb.XRange(s.t.Context(), s.output(key), "-", "+").Result()
	if err != nil {
		s.t.Fatal(err)
	}
	out := make([]message, len(entries))
	for i, e := range entries {
		raw, _ := e.Values["payload"].(string)
		var body struct {
			EventName string         `json:"eventName"`
			EventData map[string]any `json:"eventData"`
		}
		if err := json.Unmarshal([]byte(raw), &body); err != nil {
			s.t.Fatalf("%s: %v: %s", key, err, raw)
		}
		if e.Values["eventName"] != body.EventName || e.Values["routing_key"] != key {
			s.t.Errorf("%s: entry fields %v do not fit the payload's event %s", key, e.Values, body.EventName)
		}
		out[i] = message{event: body.EventName, raw: raw, data: body.EventData}
	}
	return out
}
