package door

import (
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
)

// Limits are what callers may take of one process; 0 is no limit.
type Limits struct {
	// AddressRate and TenantRate are requests a second; twice as many may come at once. A /64 of IPv6 is one address.
	AddressRate, TenantRate int
	// AddressStreams and TenantStreams are streams of events that are open at the same time.
	AddressStreams, TenantStreams int
	// Body is the longest body of a request, in bytes.
	Body int64
}

// mostKnown bounds the callers whose rates are remembered, of each kind. Whoever has asked nothing for the longest time is forgotten first.
const mostKnown = 1 << 16

type limiter struct {
	limits             Limits
	addresses, tenants *buckets
	streams            streams
}

func newLimiter(l Limits) *limiter {
	return &limiter{
		limits: l, addresses: newBuckets(l.AddressRate, mostKnown), tenants: newBuckets(l.TenantRate, mostKnown),
		streams: streams{open: map[string]int{}},
	}
}

func (l *limiter) address(w http.ResponseWriter, addr netip.Addr) bool {
	return l.pass(w, l.addresses, "address", addressKey(addr))
}

func (l *limiter) tenant(w http.ResponseWriter, tenant string) bool {
	return l.pass(w, l.tenants, "tenant", tenant)
}

// pass takes a request from a bucket, and says what is left of it (draft-ietf-httpapi-ratelimit-headers). A later bucket's word replaces an earlier
// one's.
func (l *limiter) pass(w http.ResponseWriter, from *buckets, name, key string) bool {
	if from.rate == 0 {
		return true
	}
	left, ok := from.take(key, time.Now())
	h := w.Header()
	h.Set("RateLimit-Policy", fmt.Sprintf(`"%s";q=%d;w=1`, name, from.rate))
	h.Set("RateLimit", fmt.Sprintf(`"%s";r=%d;t=1`, name, max(0, int(left))))
	if ok {
		return true
	}
	wait := math.Ceil((1 - left) / float64(from.rate))
	tooMany(w, "rate_limited", "there are too many requests of this "+name+" a second", int(max(1, wait)))
	return false
}

func tooMany(w http.ResponseWriter, code, detail string, seconds int) {
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	problem.New(http.StatusTooManyRequests, code, detail).Write(w)
}

// body bounds what a route can read. A body that says that it is longer is refused unread.
func (l *limiter) body(w http.ResponseWriter, r *http.Request) bool {
	if l.limits.Body == 0 {
		return true
	}
	if r.ContentLength > l.limits.Body {
		w.Header().Set("Connection", "close") // what is not read is not to be waited for
		problem.New(http.StatusRequestEntityTooLarge, "body_too_large", fmt.Sprintf("a body may have %d bytes", l.limits.Body)).Write(w)
		return false
	}
	r.Body = http.MaxBytesReader(w, r.Body, l.limits.Body)
	return true
}

// stream opens a stream of events; release ends it.
func (l *limiter) stream(w http.ResponseWriter, tenant string, addr netip.Addr) (release func(), ok bool) {
	places := []place{{"address " + addressKey(addr), l.limits.AddressStreams}, {"tenant " + tenant, l.limits.TenantStreams}}
	if l.streams.take(places) {
		return func() { l.streams.release(places) }, true
	}
	tooMany(w, "too_many_streams", "there are too many open streams of this tenant or address: close some, or share one", 5)
	return nil, false
}

// addressKey names a client: an IPv6 client has a /64 to itself.
func addressKey(addr netip.Addr) string {
	if addr.Is6() {
		if prefix, err := addr.Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return addr.String()
}
