package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/sink/deadletter"
)

type deadLetterCmd struct {
	List   deadListCmd   `cmd:"" help:"List dead letters, oldest first."`
	Show   deadShowCmd   `cmd:"" help:"Show one dead letter whole."`
	Replay deadReplayCmd `cmd:"" help:"Put dead letters back on the stream they came from."`
}

// deadFilter are the flags that pick dead letters.
type deadFilter struct {
	Reason     string        `help:"Only this reason, such as stale_request."`
	Event      string        `help:"Only this event name."`
	RoutingKey string        `help:"Only this routing key."`
	Since      time.Duration `help:"Only those of the last so long, such as 2h."`
}

func (f *deadFilter) filter() deadletter.Filter {
	out := deadletter.Filter{Reason: f.Reason, Event: f.Event, RoutingKey: f.RoutingKey}
	if f.Since > 0 {
		out.Since = time.Now().Add(-f.Since)
	}
	return out
}

func (e *env) deadLetters() (*deadletter.Store, *redis.Client, error) {
	cfg, err := e.config("APP_DISPATCHER_REJECTED_STREAM", "APP_DISPATCHER_INPUT_STREAM")
	if err != nil {
		return nil, nil, err
	}
	rdb, err := e.broker(cfg)
	if err != nil {
		return nil, nil, err
	}
	return &deadletter.Store{Redis: rdb, Stream: cfg.Stream.Rejected, Input: cfg.Stream.Input}, rdb, nil
}

type deadListCmd struct {
	deadFilter
	Limit int `default:"50" help:"At most so many."`
}

// Run lists dead letters.
func (c *deadListCmd) Run(e *env) error {
	store, rdb, err := e.deadLetters()
	if err != nil {
		return err
	}
	defer rdb.Close()
	n := 0
	err = store.Each(e.ctx, c.filter(), func(l *deadletter.Stored) (bool, error) {
		n++
		if e.json {
			return n < c.Limit, e.printJSON(l)
		}
		_, err := fmt.Fprintf(e.out, "%-20s  %-20s  %-28s  %s\n", printable(l.ID, 20), printable(l.Reason(), 20), printable(l.Fields["eventName"], 28), printable(l.Fields["error"], 80))
		return n < c.Limit, err
	})
	if err == nil && n == 0 && !e.json {
		fmt.Fprintln(e.out, "no dead letters")
	}
	return err
}

type deadShowCmd struct {
	ID string `arg:"" help:"The dead letter's id, as list prints it."`
}

// Run shows one dead letter.
func (c *deadShowCmd) Run(e *env) error {
	store, rdb, err := e.deadLetters()
	if err != nil {
		return err
	}
	defer rdb.Close()
	l, err := store.Get(e.ctx, c.ID)
	if err != nil {
		return err
	}
	if e.json {
		return e.printJSON(l)
	}
	for _, name := range slices.Sorted(maps.Keys(l.Fields)) {
		fmt.Fprintf(e.out, "%-18s %s\n", name, printable(l.Fields[name], 4000))
	}
	return nil
}

type deadReplayCmd struct {
	deadFilter
	IDs  []string `arg:"" optional:"" name:"id" help:"Ids to replay; or pick by the flags."`
	All  bool     `help:"Replay all, when neither ids nor flags pick some."`
	Rate float64  `default:"50" help:"At most so many a second."`
	Dry  bool     `name:"dry-run" help:"Only say what would be replayed."`
}

// Run replays dead letters.
func (c *deadReplayCmd) Run(e *env) error {
	if len(c.IDs) == 0 && c.deadFilter == (deadFilter{}) && !c.All {
		return fmt.Errorf("name ids, pick by --reason, --event, --routing-key or --since, or say --all")
	}
	if c.Rate <= 0 {
		return fmt.Errorf("--rate must be above 0")
	}
	store, rdb, err := e.deadLetters()
	if err != nil {
		return err
	}
	defer rdb.Close()
	pace := time.NewTicker(time.Duration(float64(time.Second) / c.Rate))
	defer pace.Stop()
	n := 0
	one := func(l *deadletter.Stored) (bool, error) {
		entry := ""
		if !c.Dry {
			select {
			case <-pace.C:
			case <-e.ctx.Done():
				return false, e.ctx.Err()
			}
			var err error
			if entry, err = store.Replay(e.ctx, l); err != nil {
				return false, err
			}
		}
		n++
		if e.json {
			return true, e.printJSON(map[string]string{"id": l.ID, "reason": l.Reason(), "entry": entry})
		}
		_, err := fmt.Fprintf(e.out, "%s (%s) → %s\n", l.ID, l.Reason(), entry)
		return true, err
	}
	if len(c.IDs) > 0 {
		for _, id := range c.IDs {
			l, err := store.Get(e.ctx, id)
			if err != nil {
				return err
			}
			if _, err := one(l); err != nil {
				return err
			}
		}
	} else {
		// What is replayed may come back at once: only what is there now is taken.
		filter, end := c.filter(), fmt.Sprintf("%d-", time.Now().UnixMilli()+1)
		err = store.Each(e.ctx, filter, func(l *deadletter.Stored) (bool, error) {
			if len(l.ID) >= len(end) && strings.Compare(l.ID, end) > 0 {
				return false, nil
			}
			return one(l)
		})
	}
	if err == nil && !e.json {
		fmt.Fprintf(e.out, "%d replayed\n", n)
	}
	return err
}

// printable clips text and takes control characters out: what came from outside must not steer the terminal.
func printable(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '·'
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return s
}
