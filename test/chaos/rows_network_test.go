package chaos

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// networkRows harm the way between workers and Redis.
func networkRows() []row {
	return []row{
		{matrix: "10", name: "lose-replies", fault: "the connection ends after a command was executed and before its reply: one command in 15", short: true,
			few: 800, many: 10_000, how: mix{millis: 3, passing: 5}, harm: loseReplies},
		{matrix: "10", name: "kill-connections", fault: "CLIENT KILL of all connections in a loop; resets by a proxy",
			few: 800, many: 10_000, how: mix{millis: 3}, harm: killConnections},
		{matrix: "11", name: "slow-network", fault: "latency 500 ± 400 ms, then 10 kB/s, then slices of 20 bytes", env: []string{"APP_DISPATCHER_LEASE=10000"},
			few: 300, many: 2000, how: mix{millis: 3}, harm: slowNetwork},
		{matrix: "12", name: "silent-network", fault: "the proxy swallows everything, connections stay open",
			few: 400, many: 4000, how: mix{millis: 3}, harm: silentNetwork},
		{matrix: "12", name: "stop-redis", fault: "SIGSTOP of Redis for two leases, then SIGCONT", short: true,
			few: 600, many: 10_000, how: mix{millis: 3}, harm: stopRedis},
	}
}

// proxy is a network that can be made bad.
type proxy struct {
	*toxiproxy.Proxy
	t testing.TB
}

func newProxy(t testing.TB, to string) *proxy {
	t.Helper()
	zerolog.SetGlobalLevel(zerolog.Disabled) // some faults write to the logger of the whole process
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	p := &proxy{toxiproxy.NewProxy(server, "p", "127.0.0.1:0", to), t}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p
}

// toxin makes the network bad until heal is called. Attributes are those of the toxic's kind, in JSON.
func (p *proxy) toxin(kind, direction, attributes string) (heal func()) {
	p.t.Helper()
	if _, err := p.Toxics.AddToxicJson(strings.NewReader(
		fmt.Sprintf(`{"name":"x","type":%q,"stream":%q,"attributes":%s}`, kind, direction, attributes))); err != nil {
		p.t.Fatal(err)
	}
	return func() {
		if err := p.Toxics.RemoveToxic(p.t.Context(), "x"); err != nil {
			p.t.Error(err)
		}
	}
}

// loseReplies cuts connections where it is worst.
func loseReplies(s *site) {
	var fired atomic.Int64
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(s.seed, 10))
	w := newWire(s.t, s.redis.Addr, &scripts{}, func(c command, m moment) bool {
		if m != unheard || !c.moved() || s.ledger.done() {
			return false
		}
		mu.Lock()
		defer mu.Unlock()
		if random.IntN(15) > 0 {
			return false
		}
		fired.Add(1)
		return true
	})
	s.env = append(s.env, at(w.Addr)...)
	s.startJoined("w0", "w1") // the load ends by the clock, and with it the fault
	s.load(5 * time.Second)
	s.ledger.wait()
	s.quiet()
	s.fired(int(fired.Load()))
}

func killConnections(s *site) {
	p := newProxy(s.t, s.redis.Addr)
	s.start("w0", at(p.Listen)...)
	s.start("w1", at(s.redis.Addr)...)
	s.load(8 * time.Second)
	for n := 0; !s.ledger.done(); n++ {
		if n%4 == 3 {
			heal := p.toxin("reset_peer", "downstream", `{"timeout":0}`)
			time.Sleep(200 * time.Millisecond) // the fault itself
			heal()
			s.fired(1)
			continue
		}
		// The harness's own connections end too, and what it has sent then may be there or not.
		killed, err := s.rdb.ClientKillByFilter(s.t.Context(), "TYPE", "normal", "SKIPME", "yes").Result()
		if err == nil {
			s.fired(int(killed))
		}
		time.Sleep(time.Duration(50+s.random.IntN(200)) * time.Millisecond) // between two faults
	}
}

func slowNetwork(s *site) {
	p := newProxy(s.t, s.redis.Addr)
	ports := s.startCounted("w0")
	s.env = append(s.env, at(p.Listen)...)
	maps.Copy(ports, s.startCounted("w1", "w2"))
	for _, toxin := range []struct{ kind, attributes string }{
		{"latency", `{"latency":500,"jitter":400}`}, {"bandwidth", `{"rate":10}`}, {"slicer", `{"average_size":20,"size_variation":5,"delay":500}`},
	} {
		heal := p.toxin(toxin.kind, "downstream", toxin.attributes)
		before := s.consumed(ports["w1"], "receive") + s.consumed(ports["w2"], "receive")
		s.load(4 * time.Second)
		s.eventually("the slow ones read too", func() (bool, string) {
			now := s.consumed(ports["w1"], "receive") + s.consumed(ports["w2"], "receive")
			return now > before || s.ledger.done(), fmt.Sprint(now)
		})
		s.ledger.wait()
		s.fired(1)
		heal()
	}
	s.quiet()
	claimed := 0
	for _, port := range ports {
		claimed += s.consumed(port, "claim")
	}
	s.verdict.note("%d entries taken over", claimed)
	if claimed > 0 {
		s.t.Errorf("%d entries were taken over from workers that are only slow", claimed)
	}
}

func silentNetwork(s *site) {
	p := newProxy(s.t, s.redis.Addr)
	s.start("w0")
	s.env = append(s.env, at(p.Listen)...)
	port := s.startCounted("w1")["w1"]
	s.load(10 * time.Second)
	s.eventually("it works", func() (bool, string) { return s.holds("w1") > 0 || s.ledger.done(), "none" })
	heal := p.toxin("timeout", "upstream", `{"timeout":0}`)
	from := time.Now()
	s.eventually("readiness says so", func() (bool, string) {
		status, body := s.get(port, "/ready")
		return status == http.StatusServiceUnavailable, body
	})
	s.verdict.note("not ready after %v", time.Since(from).Round(100*time.Millisecond))
	if status, body := s.get(port, "/health"); status != http.StatusOK {
		s.t.Errorf("/health: %d %s", status, body)
	}
	s.eventually("its peer has taken over", func() (bool, string) { n := s.holds("w1"); return n == 0, fmt.Sprint(n) })
	s.fired(1)
	heal()
	s.eventually("ready again", func() (bool, string) {
		status, body := s.get(port, "/ready")
		return status == http.StatusOK, body
	})
}

func stopRedis(s *site) {
	stops := 2
	if full() {
		stops = 6
	}
	s.startJoined("w0", "w1")
	s.load(time.Duration(stops) * 4 * time.Second)
	for range stops {
		inWork := false
		s.eventually("requests in work", func() (bool, string) { inWork = s.pending() > 0; return inWork || s.over(), "none" })
		if inWork {
			s.fired(1)
		}
		s.redis.Signal(s.t, syscall.SIGSTOP)
		time.Sleep(2 * lease) // the fault itself
		s.redis.Signal(s.t, syscall.SIGCONT)
		s.up()
	}
}
