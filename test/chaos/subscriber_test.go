package chaos

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/go-dispatcher/dispatcher/internal/feed"
)

// subscriber follows one stream as a browser does: it comes back, to either gateway, with the id that it had last.
type subscriber struct {
	g      *gateways
	stream int
	token  string

	mu sync.Mutex
	// id is that of the last frame, n the number of the last message, -1 before the first one after a reset; of has the newest number of each widget.
	id feed.Mark
	n  int
	of map[string]int

	messages, connections, resets int
	faults                        []string
}

func newSubscriber(g *gateways, i int) *subscriber {
	s := &subscriber{g: g, stream: i % (liveTenants * liveKeys), n: -1, of: map[string]int{}}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte(tokenSecret)}, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	s.token, err = jwt.Signed(signer).Claims(map[string]any{
		"iss": "chaos", "aud": "chaos", "sub": "s", "exp": time.Now().Add(time.Hour).Unix(), "tenant": fmt.Sprint(s.stream % liveTenants),
	}).Serialize()
	if err != nil {
		g.t.Fatal(err)
	}
	return s
}

func (s *subscriber) follow(ctx context.Context) {
	for ctx.Err() == nil {
		if err := s.connect(ctx); err != nil && ctx.Err() == nil {
			time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond)
		}
	}
}

// connect reads one connection to its end. Now and then it asks for another tenant's stream first.
func (s *subscriber) connect(ctx context.Context) error {
	addr := s.g.addrs[rand.IntN(len(s.g.addrs))]
	if res, err := s.ask(ctx, addr, (s.stream+1)%(liveTenants*liveKeys)); err == nil {
		res.Body.Close()
		// One that has just started may not know yet what is revoked, and says so.
		if res.StatusCode != http.StatusForbidden && res.StatusCode != http.StatusServiceUnavailable {
			s.fault("another tenant's stream answered %d", res.StatusCode)
		}
	}
	res, err := s.ask(ctx, addr, s.stream)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", res.StatusCode)
	}
	s.connections++
	var event, id string
	lines := bufio.NewReader(res.Body)
	for first := true; ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			return err
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "event":
			event = value
		case "id":
			id = value
		case "data":
			if first && event != "hello" {
				s.fault("a stream begins with %s", event)
			}
			first = false
			s.take(event, id, value)
		}
	}
}

func (s *subscriber) ask(ctx context.Context, addr string, stream int) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/v1/streams/"+streamName(stream)+"/events?start=all", nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	if s.id.Epoch != "" {
		req.Header.Set("Last-Event-ID", s.id.String())
	}
	return http.DefaultTransport.RoundTrip(req)
}

// take judges one frame.
func (s *subscriber) take(event, id, data string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mark, ok := feed.ParseMark(id)
	if !ok {
		s.fault("%s has the id %q", event, id)
		return
	}
	before := s.id
	s.id = mark
	switch event {
	case "hello":
		if resumed := strings.Contains(data, `"resumed":true`); resumed && mark != before {
			s.fault("resumed at %s after %s", mark, before)
		} else if !resumed && s.n >= 0 {
			s.n = forgotten // a reset has to follow
		}
		return
	case "reset":
		s.resets++
		s.n, s.of = -1, map[string]int{}
		return
	}
	var widget, n int
	if _, err := fmt.Sscanf(data, `{"eventName":"P__W%d","eventData":{"n":%d,`, &widget, &n); err != nil || !contains(data, streamName(s.stream)) {
		s.fault("got %s", data)
		return
	}
	s.messages++
	switch {
	case s.n == forgotten:
		s.fault("%d came after a hello that did not resume, without a reset", n)
	case mark.Epoch != before.Epoch || !before.ID.Before(mark.ID):
		s.fault("%s came after %s", mark, before)
	case s.n >= 0 && n != s.n+1:
		s.fault("%d came after %d, without a reset", n, s.n)
	}
	s.n = n
	s.of[fmt.Sprint(widget)] = n
}

// forgotten is the number of a subscriber that may be sent nothing but a reset.
const forgotten = -2

// fault notes what was wrong, the first few times. The caller holds mu, or is the only one who knows the subscriber.
func (s *subscriber) fault(format string, args ...any) {
	if len(s.faults) < 5 {
		s.faults = append(s.faults, fmt.Sprintf(format, args...))
	}
}

// endsOn says whether the subscriber shows the newest message of each widget, the last of which has a number.
func (s *subscriber) endsOn(last int) (ends bool, where string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := last; n > last-liveWidgets; n-- {
		if got := s.of[fmt.Sprint(n%liveWidgets)]; got != n {
			return false, fmt.Sprintf("has %d of widget %d, not %d", got, n%liveWidgets, n)
		}
	}
	return true, ""
}
