package door

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// buckets are token buckets of keys, of which a bounded number is remembered.
type buckets struct {
	rate, most int

	mu     sync.Mutex
	known  map[string]*list.Element
	recent *list.List // of *bucket, the last used first
}

type bucket struct {
	key string
	*rate.Limiter
}

func newBuckets(perSecond, most int) *buckets {
	return &buckets{rate: perSecond, most: most, known: map[string]*list.Element{}, recent: list.New()}
}

// take takes one request of a key, and returns how many are left.
func (b *buckets) take(key string, now time.Time) (left float64, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := b.known[key]
	if at == nil {
		if b.recent.Len() >= b.most {
			oldest := b.recent.Back()
			delete(b.known, b.recent.Remove(oldest).(*bucket).key) //nolint:errcheck,forcetypeassert // the list holds nothing else
		}
		at = b.recent.PushFront(&bucket{key, rate.NewLimiter(rate.Limit(b.rate), 2*b.rate)})
		b.known[key] = at
	}
	b.recent.MoveToFront(at)
	limiter := at.Value.(*bucket) //nolint:errcheck,forcetypeassert // the list holds nothing else
	ok = limiter.AllowN(now, 1)
	return limiter.TokensAt(now), ok
}
