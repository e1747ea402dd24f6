package process

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// pinged is a source whose ping a test decides: how long it takes and what comes of it.
type pinged struct {
	asked *atomic.Int64
	takes time.Duration
	err   error
}

func (p pinged) Ping(ctx context.Context) error {
	p.asked.Add(1)
	select {
	case <-time.After(p.takes):
		return p.err
	case <-ctx.Done():
		return fault.New(fault.Timeout, "source_timeout", "it took too long", ctx.Err())
	}
}

// catalogOf returns a catalog with one dataset for each source that is needed, and sources that are not.
func catalogOf(needed ...string) *catalog.Catalog {
	c := &catalog.Catalog{Datasets: make(map[string]*catalog.Dataset)}
	for _, name := range needed {
		c.Datasets[name] = &catalog.Dataset{Source: &catalog.Source{Name: name}}
	}
	return c
}

// All sources are asked at once, those that do not answer are named, and what nobody needs is not asked.
func TestReadyNamesTheSourcesThatAreDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked, unneeded atomic.Int64
		refused := fault.New(fault.Transient, "source_unavailable", "cannot be reached", errors.New("dial tcp 10.1.2.3:9042: refused"))
		h := NewHealth(catalogOf("a", "b", "c", "hung", "later"), map[string]pinged{
			"a": {asked: &asked, takes: time.Second}, "b": {asked: &asked, takes: time.Second, err: refused},
			"c": {asked: &asked, takes: time.Second}, "hung": {asked: &asked, takes: time.Hour},
			"later":    {asked: &asked, err: fault.New(fault.Permanent, "source_not_configured", "not configured", nil)},
			"unneeded": {asked: &unneeded, err: refused},
		})
		begin := time.Now()
		err := h.Check(t.Context())
		if took := time.Since(begin); took != pingLimit {
			t.Errorf("it took %v, want %v: as long as the slowest", took, pingLimit)
		}
		if got := fault.SafeText(err); got != "b: cannot be reached; hung: it took too long" {
			t.Errorf("it says %q", got)
		}
		if !strings.Contains(err.Error(), "10.1.2.3") {
			t.Errorf("the log lacks the cause: %v", err)
		}
		if err := h.Check(t.Context()); err == nil || asked.Load() != 5 {
			t.Errorf("asked %d times, want once each: what was said a moment ago is believed", asked.Load())
		}
		time.Sleep(pingFresh)
		if err := h.Check(t.Context()); err == nil || asked.Load() != 10 || unneeded.Load() != 0 {
			t.Errorf("asked %d times, want again after a while; %d times for nothing", asked.Load(), unneeded.Load())
		}
	})
}

// A crowd of callers costs a source one ping.
func TestReadyAsksOnceForMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		h := NewHealth(catalogOf("a"), map[string]pinged{"a": {asked: &asked, takes: time.Second}})
		ended := make(chan error)
		for range 50 {
			go func() { ended <- h.Check(t.Context()) }()
		}
		for range 50 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		if asked.Load() != 1 {
			t.Errorf("it was asked %d times", asked.Load())
		}
	})
}
