package process

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/fault"
)

const (
	// pingLimit bounds one ping, pingsAtOnce how many are under way; an answer is believed for pingFresh.
	pingLimit   = 1500 * time.Millisecond
	pingsAtOnce = 16
	pingFresh   = 2 * time.Second
)

// Health asks the sources that a catalog's datasets need whether they answer.
type Health struct {
	pulses map[string]*pulse // by the catalog's names
	places chan struct{}
}

// Pinger says whether a source answers. It is called by one goroutine at a time, and gives up when ctx ends; its error is one of package fault.
type Pinger interface {
	Ping(ctx context.Context) error
}

// pulse is what one source last said.
type pulse struct {
	src  Pinger
	busy chan struct{} // held by whoever asks, and guards what follows
	at   time.Time
	err  error
}

// NewHealth returns what asks those of the open sources, by their names, that a dataset of the catalog needs.
func NewHealth[S Pinger](c *catalog.Catalog, open map[string]S) *Health {
	h := &Health{pulses: make(map[string]*pulse), places: make(chan struct{}, pingsAtOnce)}
	need := func(def *catalog.Source) {
		if def == nil || h.pulses[def.Name] != nil {
			return
		}
		if src, ok := open[def.Name]; ok {
			h.pulses[def.Name] = &pulse{src: src, busy: make(chan struct{}, 1)}
		}
	}
	for _, d := range c.Datasets {
		need(d.Source)
		for _, in := range d.Inputs() {
			need(in.Source)
		}
	}
	return h
}

// Each asks all sources at the same time, and returns their names with what each said.
func (h *Health) Each(ctx context.Context) (names []string, errs []error) {
	names = slices.Sorted(maps.Keys(h.pulses))
	errs = make([]error, len(names))
	var asked sync.WaitGroup
	for i, name := range names {
		asked.Go(func() { errs[i] = h.ask(ctx, h.pulses[name]) })
	}
	asked.Wait()
	return names, errs
}

// Check returns an error that names each source which does not answer, in words that anybody may read.
func (h *Health) Check(ctx context.Context) error {
	names, errs := h.Each(ctx)
	var says []string
	var causes []error
	class := fault.Permanent
	for i, err := range errs {
		// What is not configured need not be ready: its widgets say so.
		if err == nil || fault.ReasonOf(err) == "source_not_configured" {
			continue
		}
		says = append(says, names[i]+": "+fault.SafeText(err))
		causes = append(causes, fmt.Errorf("source %s: %w", names[i], err))
		if fault.ClassOf(err) != fault.Permanent {
			class = fault.Transient
		}
	}
	if len(causes) == 0 {
		return nil
	}
	return fault.New(class, "source_unavailable", strings.Join(says, "; "), errors.Join(causes...))
}

// ask pings a source, or returns what it said a moment ago.
func (h *Health) ask(ctx context.Context, p *pulse) error {
	ctx, cancel := context.WithTimeout(ctx, pingLimit)
	defer cancel()
	for _, place := range []chan struct{}{p.busy, h.places} {
		select {
		case place <- struct{}{}:
			defer func() { <-place }()
		case <-ctx.Done():
			return fault.New(fault.Transient, "source_unavailable", "the data source does not answer", ctx.Err())
		}
	}
	if !p.at.IsZero() && time.Since(p.at) < pingFresh {
		return p.err
	}
	p.err = p.src.Ping(ctx)
	p.at = time.Now()
	return p.err
}
