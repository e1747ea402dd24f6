package warm

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/models"
)

const (
	// every is how often what was asked is written, patience how long that may take.
	every, patience = 10 * time.Second, 5 * time.Second
	// mostTenants is of how many tenants pages are remembered, forgotten after how long without a question.
	mostTenants, forgotten = 200, 30 * 24 * time.Hour
	// queued bounds what waits to be counted, counted what is counted between two writes, and atOnce what one step on the server counts.
	queued, counted, atOnce = 1024, 4096, 64
)

// Recorder remembers pages. It is used by many requests at once; none of them waits for it.
type Recorder struct {
	redis redis.Cmdable
	names commit.Names
	pages int
	log   *slog.Logger

	asked  chan question
	ended  chan struct{}
	mu     sync.RWMutex // against questions after the end
	closed bool

	counts map[page]float64 // the goroutine's own
}

type question struct {
	req        *models.Request
	at         time.Time
	parameters []string
}

type page struct{ tenant, text string }

// NewRecorder remembers so many pages of each tenant until Close. The names are those of the input stream.
func NewRecorder(broker redis.Cmdable, names commit.Names, pages int, log *slog.Logger) *Recorder {
	r := &Recorder{
		redis: broker, names: names, pages: pages, log: log,
		asked: make(chan question, queued), ended: make(chan struct{}), counts: make(map[page]float64),
	}
	go r.run()
	return r
}

// Remember counts a page that was asked for at a time, with the keys of the request that decide its answer besides those that the contract names. Nobody changes the request from then on. What comes too fast is not counted.
func (r *Recorder) Remember(req *models.Request, at time.Time, parameters []string) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.closed {
		return
	}
	select {
	case r.asked <- question{req, at, parameters}:
	default:
	}
}

func (r *Recorder) run() {
	defer close(r.ended)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case q, ok := <-r.asked:
			if !ok {
				r.write()
				return
			}
			r.count(q)
		case <-tick.C:
			r.write()
		}
	}
}

func (r *Recorder) count(q question) {
	if text, ok := canonical(q.req, q.at, q.parameters); ok {
		p := page{q.req.Tenant(), text}
		if _, known := r.counts[p]; known || len(r.counts) < counted {
			r.counts[p]++
		}
	}
}

// write adds what was counted to what is remembered. What fails is forgotten: the next questions are counted as well.
func (r *Recorder) write() {
	if len(r.counts) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	now := weight(time.Now())
	of := make(map[string][]any)
	for p, n := range r.counts {
		of[p.tenant] = append(of[p.tenant], p.text, strconv.FormatFloat(n*now, 'g', -1, 64))
	}
	clear(r.counts)
	for tenant, pairs := range of {
		for len(pairs) > 0 {
			some := pairs[:min(len(pairs), 2*atOnce)]
			pairs = pairs[len(some):]
			args := append([]any{tenant, mostTenants, r.pages, forgotten.Milliseconds()}, some...)
			if err := add.Run(ctx, r.redis, []string{r.names.Asked, r.names.AskedPages + tenant}, args...).Err(); err != nil {
				r.log.LogAttrs(ctx, slog.LevelWarn, "which pages were asked for is not remembered", slog.Any("error", err))
				return
			}
		}
	}
}

// Close writes what is left to be written.
func (r *Recorder) Close() error {
	r.mu.Lock()
	if !r.closed {
		r.closed = true
		close(r.asked)
	}
	r.mu.Unlock()
	<-r.ended
	return nil
}
