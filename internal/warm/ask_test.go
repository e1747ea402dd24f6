package warm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// consumers answer what is asked of an input stream of the test's own as a test says.
type consumers struct {
	t     *testing.T
	rdb   *redis.Client
	names commit.Names
	mu    sync.Mutex
	asked []string // the pages, in the order in which they came
}

// newConsumers answers each page by what end says of it, called with how often it was asked for; nothing where that is false.
func newConsumers(t *testing.T, end func(page string, times int) (models.Complete, bool)) *consumers {
	t.Helper()
	c := &consumers{t: t, rdb: redis.NewClient(&redis.Options{Addr: testenv.Redis(t)}), names: commit.NamesOf(fmt.Sprintf("asked-%d", time.Now().UnixNano()))}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var serving sync.WaitGroup
	serving.Go(func() {
		times := make(map[string]int)
		for from := "0"; ctx.Err() == nil; {
			read, err := c.rdb.XRead(ctx, &redis.XReadArgs{Streams: []string{c.stream(), from}, Block: 100 * time.Millisecond}).Result()
			if err != nil {
				continue
			}
			for _, entry := range read[0].Messages {
				from = entry.ID
				req, err := models.Decoder{}.Decode(entry.Values["payload"].(string))
				if err != nil {
					t.Error(err)
					return
				}
				c.mu.Lock()
				c.asked = append(c.asked, req.PageName)
				c.mu.Unlock()
				times[req.PageName]++
				data, ok := end(req.PageName, times[req.PageName])
				if !ok {
					continue
				}
				text, err := json.Marshal(map[string]any{"request_id": req.RequestID, "eventData": data})
				if err == nil {
					err = c.rdb.XAdd(ctx, &redis.XAddArgs{Stream: c.names.Stream + ":out:" + req.RoutingKey, Values: []any{"payload", text}}).Err()
				}
				if err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			}
		}
	})
	t.Cleanup(func() {
		cancel()
		serving.Wait()
		_ = c.rdb.Close()
	})
	return c
}

func (c *consumers) stream() string { return c.names.Stream + ":refresh" }

func (c *consumers) asker() Asker {
	return Asker{Redis: c.rdb, Stream: c.stream(), Prefix: c.names.Stream + ":out:", Rate: 1000, Timeout: time.Minute, refills: time.Millisecond}
}

// heard are the pages that were asked for.
func (c *consumers) heard() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Sprint(c.asked)
}

// open has pages opened by somebody, the first one most often.
func (c *consumers) open(pages ...string) {
	c.t.Helper()
	r := NewRecorder(c.rdb, c.names, 20, slog.New(slog.DiscardHandler))
	for i, page := range pages {
		for range len(pages) - i {
			r.Remember(&models.Request{EventName: "custom_projects", PageName: page, CompanyID: "7", StartDate: "2026-01-01", EndDate: "2026-01-07"}, time.Now(), nil)
		}
	}
	if err := r.Close(); err != nil {
		c.t.Fatal(err)
	}
}

// Pages are asked for one after the other; one that finds the budget of warm-ups spent is asked for again, as often as it takes for that to be whole, and one that is too expensive is not.
func TestPagesAreAskedForInTurn(t *testing.T) {
	t.Parallel()
	spent := &models.ErrorBody{Code: models.ReasonBudgetSpent}
	c := newConsumers(t, func(page string, times int) (models.Complete, bool) {
		switch {
		case page == "Spent" && times < 3, page == "Never":
			return models.Complete{Error: spent}, true
		case page == "Dear":
			return models.Complete{Error: &models.ErrorBody{Code: models.ReasonTooExpensive}}, true
		case page == "Busy":
			return models.Complete{Error: &models.ErrorBody{Code: "busy"}}, true
		case page == "Broken":
			return models.Complete{Failed: []models.FailedWidget{{Widget: "w"}}}, true
		}
		return models.Complete{}, true
	})
	c.open("Good", "Spent", "Dear", "Busy", "Broken", "Never")
	pages, err := Pages(t.Context(), c.rdb, c.names, "", 10, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	a := c.asker()
	if err := a.Each(t.Context(), pages, func(e *Ended) error {
		got += e.Name + " " + e.Status + ", "
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got != "Good warm, Spent warm, Dear refused, Busy busy, Broken failed, Never refused, " {
		t.Errorf("they ended as %s", got)
	}
	if got := c.heard(); got != "[Good Spent Spent Spent Dear Busy Broken Never Never Never Never]" {
		t.Errorf("asked for were %s", got)
	}
}

// Of several processes with a schedule one asks for the pages of a time, from the second time on; where it goes away, or is taken for gone, another one does all of it.
func TestOneOfSeveralAsks(t *testing.T) {
	t.Parallel()
	asked, goOn := make(chan struct{}, 100), make(chan struct{})
	c := newConsumers(t, func(page string, times int) (models.Complete, bool) {
		asked <- struct{}{}
		if page == "Slow" && times == 1 {
			<-goOn
		}
		return models.Complete{}, true
	})
	c.open("Fast", "Slow")
	process := func(name string) *Schedule {
		return &Schedule{Asker: c.asker(), Names: c.names, Name: name, Log: slog.New(slog.DiscardHandler)}
	}
	first, second := process("first"), process("second")
	turn := func(s *Schedule, tick int64) {
		t.Helper()
		if err := s.turn(t.Context(), time.UnixMilli(tick)); err != nil {
			t.Error(err)
		}
	}
	turn(first, 1000)
	turn(second, 1000)
	if got := c.heard(); got != "[]" || first.done.UnixMilli() != 1000 {
		t.Errorf("at the first time of all %s were asked for", got)
	}
	going, leave := context.WithCancel(t.Context())
	var gone sync.WaitGroup
	gone.Go(func() {
		if err := first.turn(going, time.UnixMilli(2000)); !errors.Is(err, context.Canceled) {
			t.Errorf("who goes away: %v", err)
		}
	})
	<-asked
	<-asked
	turn(second, 2000) // beside it
	if got := c.heard(); got != "[Fast Slow]" || second.done.UnixMilli() == 2000 {
		t.Errorf("by two %s were asked for", got)
	}
	leave()
	gone.Wait()
	close(goOn)
	turn(second, 2000)
	turn(first, 2000)
	if got := c.heard(); got != "[Fast Slow Fast Slow]" {
		t.Errorf("when one has gone %s were asked for", got)
	}
	if n := c.rdb.Exists(t.Context(), c.names.Warming).Val(); n != 0 {
		t.Error("the lease is left")
	}

	lost := process("lost")
	if err := c.rdb.Set(t.Context(), c.names.Warming, "another", time.Minute).Err(); err != nil {
		t.Fatal(err)
	}
	if err := lost.ask(t.Context()); !errors.Is(err, errLost) {
		t.Errorf("who has lost the lease: %v", err)
	}
}
