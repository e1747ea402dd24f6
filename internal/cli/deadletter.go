package cli

import (
	"errors"
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
	Purge  deadPurgeCmd  `cmd:"" help:"Delete dead letters for good."`
}

// deadFilter are the flags that pick dead letters.
type deadFilter struct {
	Reason     string        `help:"Only this reason, such as stale_request."`
	Event      string        `help:"Only this event name."`
	RoutingKey string        `help:"Only this routing key."`
	Since      time.Duration `help:"Only those of the last so long, such as 2h."`
	OlderThan  time.Duration `help:"Only those that are older than so long, such as 720h."`
}

func (f *deadFilter) filter() deadletter.Filter {
	out := deadletter.Filter{Reason: f.Reason, Event: f.Event, RoutingKey: f.RoutingKey}
	now := time.Now()
	if f.Since > 0 {
		out.Since = now.Add(-f.Since)
	}
	if f.OlderThan > 0 {
		out.Until = now.Add(-f.OlderThan)
	}
	return out
}

func (e *env) deadLetters() (*deadletter.Store, redis.UniversalClient, error) {
	cfg, rdb, err := e.connect("APP_DISPATCHER_REJECTED_STREAM", "APP_DISPATCHER_INPUT_STREAM")
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

// deadPick picks the dead letters that a command changes.
type deadPick struct {
	deadFilter
	IDs []string `arg:"" optional:"" name:"id" help:"Ids, as list prints them; or pick by the flags."`
	All bool     `help:"All, when neither ids nor flags pick some."`
}

func (p *deadPick) pick() deadletter.Pick { return deadletter.Pick{IDs: p.IDs, Filter: p.filter()} }

func (p *deadPick) check() error {
	if len(p.IDs) == 0 && p.deadFilter == (deadFilter{}) && !p.All {
		return errors.New("name ids, pick by --reason, --event, --routing-key, --since or --older-than, or say --all")
	}
	return nil
}

type deadReplayCmd struct {
	deadPick
	Rate float64 `default:"50" help:"At most so many a second."`
	Dry  bool    `name:"dry-run" help:"Only say what would be replayed."`
}

// Help teaches by examples.
func (deadReplayCmd) Help() string {
	return `A dead letter goes back to the stream that it came from as a request of its own: its age is not checked again, and what it sends is not held against what
it sent before. Going back and leaving the dead letters are one step: a replay that is interrupted can be run again.

  dispatcher dead-letter replay --reason source_unavailable --since 2h --rate 20
  dispatcher dead-letter replay --all --dry-run`
}

// Run replays dead letters.
func (c *deadReplayCmd) Run(e *env) error {
	if err := c.check(); err != nil {
		return err
	}
	if c.Rate <= 0 {
		return errors.New("--rate must be above 0")
	}
	store, rdb, err := e.deadLetters()
	if err != nil {
		return err
	}
	defer rdb.Close()
	n := 0
	show := func(l *deadletter.Stored, entry string) error {
		n++
		if e.json {
			return e.printJSON(map[string]string{"id": l.ID, "reason": l.Reason(), "entry": entry})
		}
		_, err := fmt.Fprintf(e.out, "%s (%s) → %s\n", l.ID, printable(l.Reason(), 48), entry)
		return err
	}
	if c.Dry {
		err = store.Picked(e.ctx, c.pick(), func(l *deadletter.Stored) error { return show(l, "") })
	} else {
		err = store.ReplayPicked(e.ctx, c.pick(), c.Rate, show)
	}
	if err == nil && !e.json {
		verb := "replayed"
		if c.Dry {
			verb = "would be replayed"
		}
		fmt.Fprintf(e.out, "%d %s\n", n, verb)
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
