package chaos

import (
	"slices"
	"time"
)

// visits are requests that come evenly, a hundred a second, and how long their widgets took from the request to the message: those of stores that are
// well, while nothing is wrong and while another store is ill.
type visits struct{ before, beside []time.Duration }

// The pace of visits: so many at a time, so often.
const (
	visitors = 5
	interval = 50 * time.Millisecond
)

// visit sends n requests and returns how long their widgets took but the one that is ill or will be.
func (c *clinic) visit(s *site, n int, ill, except string) (took []time.Duration) {
	s.t.Helper()
	first := len(s.ledger.requests)
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for ; n > 0; n -= visitors {
		<-tick.C
		c.ask(s, min(n, visitors), ill)
	}
	c.served(s)
	for _, r := range s.ledger.requests[first:] {
		for _, e := range s.rdb.XRange(s.t.Context(), output+key(r.number), "-", "+").Val() {
			payload, _ := e.Values["payload"].(string)
			if m, ok := parse(payload); ok && m.widget != closing && m.widget != except {
				took = append(took, time.UnixMilli(millis(e.ID)).Sub(r.at))
			}
		}
	}
	s.t.Logf("widgets of other stores than that of %s, ill %q: p50 %v, p99 %v", except, ill, quantile(took, 50), quantile(took, 99))
	return took
}

// note says what the illness of one store was to the widgets of others. It is shown and not judged: a busy machine is no fault.
func (v *visits) note(s *site) {
	s.verdict.note("widgets of other stores: p99 %v beside an ill one, %v before", quantile(v.beside, 99), quantile(v.before, 99))
}

// quantile returns what so many of a hundred took at most.
func quantile(took []time.Duration, percent int) time.Duration {
	took = slices.Sorted(slices.Values(took))
	return took[(len(took)-1)*percent/100].Round(time.Millisecond)
}
