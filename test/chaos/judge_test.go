package chaos

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// message is one delivered output.
type message struct {
	widget string
	data   struct {
		Status string          `json:"status"`
		Digest string          `json:"digest"`
		Error  json.RawMessage `json:"error"`
		// Data is what a widget of a catalog's page says.
		Data struct {
			Values json.RawMessage `json:"values"`
		} `json:"data"`
	}
}

const closing = "Complete"

func parse(payload string) (m message, ok bool) {
	var body struct {
		EventName string          `json:"eventName"`
		EventData json.RawMessage `json:"eventData"`
	}
	if json.Unmarshal([]byte(payload), &body) != nil || json.Unmarshal(body.EventData, &m.data) != nil {
		return m, false
	}
	_, m.widget, ok = strings.Cut(body.EventName, "__")
	return m, ok
}

// streams reads what the output streams hold, by request number.
func (s *site) streams() map[int][]message {
	s.t.Helper()
	got := map[int][]message{}
	var keys []string
	s.eachServer(func(rdb redis.Cmdable) {
		for cursor := uint64(0); ; {
			page, next, err := rdb.Scan(s.t.Context(), cursor, output+"*", 1000).Result()
			if err != nil {
				s.t.Error(err)
				return
			}
			keys = append(keys, page...)
			if cursor = next; cursor == 0 {
				return
			}
		}
	})
	seen := map[string]bool{}
	for len(keys) > 0 {
		n := min(len(keys), 500)
		pipe := s.rdb.Pipeline()
		replies := map[string]*redis.XMessageSliceCmd{}
		for _, k := range keys[:n] {
			if !seen[k] { // a scan may show a key twice
				seen[k] = true
				replies[k] = pipe.XRange(s.t.Context(), k, "-", "+")
			}
		}
		keys = keys[n:]
		if _, err := pipe.Exec(s.t.Context()); err != nil {
			s.t.Fatal(err)
		}
		for k, reply := range replies {
			for _, e := range reply.Val() {
				payload, _ := e.Values["payload"].(string)
				s.take(got, strings.TrimPrefix(k, output), payload)
			}
		}
	}
	return got
}

// take notes a message of a routing key.
func (s *site) take(got map[int][]message, routingKey, payload string) {
	number, err := strconv.Atoi(strings.TrimPrefix(routingKey, "k-"))
	m, ok := parse(payload)
	if err != nil || !ok || number < 0 || number >= len(s.ledger.requests) {
		s.verdict.strange++
		s.verdict.sample("%s: nobody asked for %.200s", routingKey, payload)
		return
	}
	got[number] = append(got[number], m)
}

// letters reads the dead letters by request number, and checks that each is complete (V3).
func (s *site) letters() map[int]string {
	s.t.Helper()
	entries, err := s.rdb.XRange(s.t.Context(), rejected, "-", "+").Result()
	if err != nil {
		s.t.Fatal(err)
	}
	dead := map[int]string{}
	for _, e := range entries {
		for _, name := range []string{"payload", "reason", "message_id", "error", "attempts", "deliveries", "consumer", "failed_at", "first_message_id", "stream"} {
			if text, _ := e.Values[name].(string); text == "" {
				s.verdict.incomplete++
				s.verdict.sample("dead letter %s lacks %s: %v", e.ID, name, e.Values)
			}
		}
		reason, _ := e.Values["reason"].(string)
		routingKey, _ := e.Values["routing_key"].(string)
		if e.Values["stream"] == outbox && s.refused != nil { // an event's, not a request's
			name, _ := e.Values["eventName"].(string)
			_, widget, _ := strings.Cut(name, "__")
			s.refused[event{routingKey, widget}]++
			continue
		}
		number, err := strconv.Atoi(strings.TrimPrefix(routingKey, "k-"))
		if err != nil {
			if number, err = s.byPayload(e.Values["payload"]); err != nil {
				s.verdict.unexplained++
				s.verdict.sample("dead letter %s: %v", e.ID, e.Values)
				continue
			}
		}
		if _, twice := dead[number]; twice {
			s.verdict.doubled++
			s.verdict.sample("request %d has two dead letters", number)
		}
		dead[number] = reason
	}
	return dead
}

// byPayload finds the request of a dead letter that could not be read.
func (s *site) byPayload(payload any) (int, error) {
	for _, r := range s.ledger.requests {
		if r.payload == payload {
			return r.number, nil
		}
	}
	return 0, fmt.Errorf("no request is %v", payload)
}

// judge compares what was asked with what came.
func (s *site) judge() {
	s.t.Helper()
	var got map[int][]message
	if s.row.collect != nil {
		got = s.row.collect(s)
	} else {
		got = s.streams()
	}
	dead := s.letters()
	for _, r := range s.ledger.requests {
		switch {
		case r.forgotten:
			continue
		case r.acked > 0:
			s.verdict.asked++
		case r.maybe > 0:
			s.verdict.maybe++
			if len(got[r.number]) == 0 && dead[r.number] == "" {
				continue // it never was in Redis
			}
		default:
			continue
		}
		s.one(r, got[r.number], dead[r.number])
	}
}

// one judges one request.
func (s *site) one(r *request, got []message, reason string) {
	v := &s.verdict
	want := s.dead[r.number]
	switch {
	case reason != "" && reason == want:
		v.dead++
	case reason != "":
		v.unexplained++
		v.sample("request %d is dead-lettered: %s", r.number, reason)
	case want != "":
		v.lost++
		v.lostRequests++
		v.sample("request %d should be dead-lettered for %s", r.number, want)
		return
	}
	if want != "" && r.widgets == nil {
		return // nobody could be told
	}
	count, canceled, late := map[string]int{}, false, 0
	for i, m := range got {
		count[m.widget]++
		if i > 0 && r.buffer == nil && got[i-1].widget > m.widget && m.widget != closing && got[i-1].widget != closing {
			late++
			v.sample("request %d has %s after %s", r.number, m.widget, got[i-1].widget)
		}
		switch {
		case m.widget == closing:
			if canceled = m.data.Status == "cancelled" && r.canceled; canceled {
				v.canceled++
			}
			if i < len(got)-1 && r.buffer == nil {
				v.disordered++
				v.sample("request %d has messages after the closing one", r.number)
			}
			if m.data.Status == "complete" && reason != "" {
				v.both++
				v.sample("request %d was answered and dead-lettered", r.number)
			}
		case reason != "" && len(m.data.Error) > 0: // its requester was told
		case m.data.Digest != digest(s.seed, r.number, m.widget):
			v.wrong++
			v.sample("request %d: widget %s has %+v", r.number, m.widget, m.data)
		}
	}
	missing := 0
	for _, w := range append([]string{closing}, r.widgets...) {
		n := count[w]
		if n == 0 && s.refused[event{key(r.number), w}] > 0 {
			v.dead++
			continue
		}
		if n == 0 && canceled {
			continue
		}
		if n == 0 {
			missing++
			continue
		}
		v.sent++
		v.doubled += n - 1
		if n > 1 {
			v.sample("request %d: %d messages of %s", r.number, n, w)
		}
		delete(count, w)
	}
	for w, n := range count {
		v.strange += n
		v.sample("request %d did not ask for %s", r.number, w)
	}
	if v.mayLose == 0 {
		v.disordered += late
		late = 0
	}
	v.late += late
	if missing > 0 || late > 0 {
		v.lost += missing
		v.lostRequests++
		v.sample("request %d (sent %s) has only %v", r.number, r.at.Format(time.StampMilli), got)
	}
}

// weigh notes the most memory that a worker has had.
func (s *site) weigh(p *testenv.Process) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		return // it has ended
	}
	_, after, found := strings.Cut(string(raw), "VmHWM:")
	if !found {
		return
	}
	kilobytes, _ := strconv.ParseInt(strings.Fields(after)[0], 10, 64)
	s.verdict.rss = max(s.verdict.rss, kilobytes<<10)
}
