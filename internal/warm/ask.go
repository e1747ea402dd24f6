package warm

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/models"
)

const (
	// heard is for how long the stream of ends stays after the last one.
	heard = 10 * time.Minute
	// looks is how long one read waits for an end.
	looks = time.Second
	// refills is after how long a page is asked for again that found the budget of warm-ups spent, which is whole again in a minute; tries is how often.
	refills, tries = 20 * time.Second, 4
)

// Ended is a page and how its warm-up ended.
type Ended struct {
	*Page
	// Status is warm, failed (some widgets), busy (there was no quiet moment), or refused.
	Status  string                `json:"status,omitempty"`
	Elapsed int64                 `json:"elapsed_ms,omitempty"`
	Failed  []models.FailedWidget `json:"failed,omitempty"`
	Error   *models.ErrorBody     `json:"error,omitempty"`
}

// Asker asks for pages, one after the other, and hears of their ends on an output stream of its own. It is one goroutine's.
type Asker struct {
	Redis redis.Cmdable
	// Stream is that of the class of warm-ups, Prefix begins the names of output streams.
	Stream, Prefix string
	// Rate is how many pages it asks for in a second at most, Timeout how long it waits for one.
	Rate    float64
	Timeout time.Duration
	// Beat, where it is set, is called every second or so; its error ends what is asked.
	Beat func(ctx context.Context) error

	key     string
	refills time.Duration
}

// Each asks for pages, and tells how each has ended.
func (a *Asker) Each(ctx context.Context, pages []*Page, tell func(*Ended) error) error {
	pace := time.NewTicker(time.Duration(float64(time.Second) / a.Rate))
	defer pace.Stop()
	for i, p := range pages {
		if i > 0 {
			select {
			case <-pace.C:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		ended, err := a.page(ctx, p)
		if err != nil {
			return err
		}
		if err := tell(ended); err != nil {
			return err
		}
	}
	return nil
}

// page asks for a page, more than once where the budget of warm-ups is spent.
func (a *Asker) page(ctx context.Context, p *Page) (ended *Ended, err error) {
	for range tries {
		if ended, err = a.once(ctx, p); err != nil || ended.Error == nil || ended.Error.Code != models.ReasonBudgetSpent {
			return ended, err
		}
		if err := a.rest(ctx, cmp.Or(a.refills, refills)); err != nil {
			return nil, err
		}
	}
	return ended, nil
}

// rest waits.
func (a *Asker) rest(ctx context.Context, d time.Duration) error {
	until := time.NewTimer(d)
	defer until.Stop()
	beat := time.NewTicker(looks)
	defer beat.Stop()
	for {
		select {
		case <-until.C:
			return nil
		case <-beat.C:
			if err := a.beat(ctx); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (a *Asker) beat(ctx context.Context) error {
	if a.Beat == nil {
		return nil
	}
	return a.Beat(ctx)
}

// once asks for a page, and waits until it is computed.
func (a *Asker) once(ctx context.Context, p *Page) (*Ended, error) {
	if err := a.beat(ctx); err != nil {
		return nil, err
	}
	if a.key == "" {
		a.key = "warm:" + rand.Text()
	}
	id := "warm-" + rand.Text()
	payload, err := p.Payload(id, a.key, time.Now(), heard)
	if err != nil {
		return nil, err
	}
	if err := a.Redis.XAdd(ctx, &redis.XAddArgs{Stream: a.Stream, Values: []any{"payload", payload}}).Err(); err != nil {
		return nil, fmt.Errorf("add to %s: %w", a.Stream, err)
	}
	end, err := a.end(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case end == nil:
		return nil, fmt.Errorf("no consumer has computed page %s within %s: some must have places for the class refresh (APP_DISPATCHER_REFRESH_SLOTS)", p.Name, a.Timeout)
	}
	out := &Ended{Page: p, Status: "warm", Elapsed: end.ElapsedMS, Failed: end.Failed, Error: end.Error}
	switch {
	case end.Error != nil && end.Error.Code == "busy":
		out.Status = "busy"
	case end.Error != nil:
		out.Status = "refused"
	case len(end.Failed) > 0:
		out.Status = "failed"
	}
	return out, nil
}

// end is the closing message of a request; nil where it did not come in time.
func (a *Asker) end(ctx context.Context, id string) (*models.Complete, error) {
	late := time.Now().Add(a.Timeout)
	for from := "0"; time.Now().Before(late); {
		read, err := a.Redis.XRead(ctx, &redis.XReadArgs{Streams: []string{a.Prefix + a.key, from}, Count: 100, Block: looks}).Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			return nil, fmt.Errorf("read %s: %w", a.Prefix+a.key, err)
		}
		for _, stream := range read {
			for _, entry := range stream.Messages {
				from = entry.ID
				var m struct {
					RequestID string          `json:"request_id"`
					Data      models.Complete `json:"eventData"`
				}
				text, _ := entry.Values["payload"].(string)
				if json.Unmarshal([]byte(text), &m) == nil && m.RequestID == id {
					return &m.Data, nil
				}
			}
		}
		if err := a.beat(ctx); err != nil {
			return nil, err
		}
	}
	return nil, nil //nolint:nilnil // as the comment has it
}
