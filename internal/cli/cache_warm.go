package cli

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/warm"
)

type cacheWarmCmd struct {
	Tenant  string        `help:"Only this tenant's pages, as requests name it."`
	Pages   int           `default:"100" help:"At most so many pages."`
	Rate    float64       `default:"2" help:"At most so many pages a second, one after the other."`
	Timeout time.Duration `default:"10m" help:"How long to wait for one page."`
	Dry     bool          `name:"dry-run" help:"Only say which pages would be asked for."`
}

// Help teaches by examples.
func (cacheWarmCmd) Help() string {
	return `Asks for the pages that users waited for in the last weeks and of which something is kept or shared, the commonest of each tenant first, so that the next who opens one finds it computed: after a purge, a
start with an empty memory, or at the beginning of a day. Ranges up to a day are ranges up to today. Nothing is sent to anybody; rights and budgets are those of the page's tenant.

Consumers compute a warm-up when nobody waits for anything else, and give way at once: one that finds no quiet moment ends as busy. What is kept of days is each consumer's, or in a folder that they share; answers
that are shared are everybody's.

  dispatcher cache warm --dry-run
  dispatcher cache warm --tenant 42 --pages 20
  5 0 * * *   dispatcher --json cache warm | jq 'select(.status != "warm")'`
}

// warmed is a page and how its warm-up ended.
type warmed struct {
	*warm.Page
	Status  string                `json:"status,omitempty"` // warm, failed, busy or refused
	Elapsed int64                 `json:"elapsed_ms,omitempty"`
	Failed  []models.FailedWidget `json:"failed,omitempty"`
	Error   *models.ErrorBody     `json:"error,omitempty"`
}

// Run asks for one page after the other.
func (c *cacheWarmCmd) Run(e *env) error {
	if c.Rate <= 0 || c.Pages < 1 {
		return errors.New("--rate must be above 0, and --pages at least 1")
	}
	cfg, rdb, err := e.connect("APP_DISPATCHER_INPUT_STREAM", "APP_DISPATCHER_OUTPUT_STREAM_PREFIX")
	if err != nil {
		return err
	}
	defer rdb.Close()
	pages, err := warm.Pages(e.ctx, rdb, commit.NamesOf(cfg.Stream.Input), c.Tenant, c.Pages, time.Now())
	if err != nil {
		return err
	}
	key := "warm:" + rand.Text()
	w := warmer{rdb: rdb, input: cfg.Stream.Input, key: key, answers: cfg.Stream.OutputPrefix + key, timeout: c.Timeout}
	pace := time.NewTicker(time.Duration(float64(time.Second) / c.Rate))
	defer pace.Stop()
	for i, p := range pages {
		one := &warmed{Page: p}
		if !c.Dry {
			if i > 0 {
				select {
				case <-pace.C:
				case <-e.ctx.Done():
					return e.ctx.Err()
				}
			}
			if one, err = w.warm(e.ctx, p); err != nil {
				return err
			}
		}
		if err := one.show(e, i+1, len(pages)); err != nil {
			return err
		}
	}
	if len(pages) == 0 && !e.json {
		fmt.Fprintln(e.out, "nobody has waited yet for a page of which something is kept")
	}
	return nil
}

// warmer sends warm-ups, and hears of their ends on a stream of its own.
type warmer struct {
	rdb                 redis.UniversalClient
	input, key, answers string
	timeout             time.Duration
}

// heard is for how long the stream stays after its last message.
const heard = 10 * time.Minute

// warm asks for a page, and waits until it is computed.
func (w *warmer) warm(ctx context.Context, p *warm.Page) (*warmed, error) {
	id := "warm-" + rand.Text()
	payload, err := p.Payload(id, w.key, time.Now(), heard)
	if err != nil {
		return nil, err
	}
	if _, err := send(ctx, w.rdb, w.input+":"+string(models.Refresh), payload); err != nil {
		return nil, err
	}
	waiting, stop := context.WithTimeout(ctx, w.timeout)
	defer stop()
	var end models.Complete
	err = eachMessage(waiting, w.rdb, w.answers, "0", func(m *message) (bool, error) {
		if m.RequestID != id {
			return false, nil
		}
		return true, json.Unmarshal(m.EventData, &end)
	})
	if err != nil && waiting.Err() != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("no consumer has computed page %s within %s: some must have places for the class refresh (APP_DISPATCHER_REFRESH_SLOTS)", p.Name, w.timeout)
	}
	if err != nil {
		return nil, err
	}
	out := &warmed{Page: p, Status: "warm", Elapsed: end.ElapsedMS, Failed: end.Failed, Error: end.Error}
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

func (w *warmed) show(e *env, n, of int) error {
	if e.json {
		return e.printJSON(w)
	}
	fmt.Fprintf(e.out, "%d/%d  %s", n, of, printable(w.Name, 48))
	if w.Tenant != "" {
		fmt.Fprintf(e.out, " of %s", printable(w.Tenant, 32))
	}
	if w.Start+w.End != "" {
		fmt.Fprintf(e.out, ", %s to %s", printable(w.Start, 32), printable(w.End, 32))
	}
	fmt.Fprintf(e.out, ", asked about %.0f times", max(1, w.Asked))
	switch {
	case w.Error != nil:
		fmt.Fprintf(e.out, ": %s: %s", w.Status, printable(w.Error.Message, 160))
	case w.Status != "":
		fmt.Fprintf(e.out, ": %s, %s", w.Status, brief(time.Duration(w.Elapsed)*time.Millisecond))
	}
	if len(w.Failed) > 0 {
		var names []string
		for _, f := range w.Failed {
			names = append(names, f.Widget+" ("+f.Code+")")
		}
		fmt.Fprint(e.out, ": "+printable(strings.Join(names, ", "), 200))
	}
	_, err := fmt.Fprintln(e.out)
	return err
}
