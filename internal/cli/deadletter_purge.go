package cli

import (
	"fmt"

	"github.com/go-dispatcher/dispatcher/internal/sink/deadletter"
)

type deadPurgeCmd struct {
	deadPick
	Yes bool `help:"Delete them. Without it, the command only says what it would delete."`
}

// Help teaches by examples.
func (deadPurgeCmd) Help() string {
	return `What is purged is gone: the request, and why it failed. Look first; nothing is deleted without --yes.

  dispatcher dead-letter purge --older-than 720h
  dispatcher dead-letter purge --older-than 720h --yes
  dispatcher dead-letter purge --reason bad_json --yes`
}

// Run deletes dead letters, or says which it would.
func (c *deadPurgeCmd) Run(e *env) error {
	if err := c.check(); err != nil {
		return err
	}
	store, rdb, err := e.deadLetters()
	if err != nil {
		return err
	}
	defer rdb.Close()
	n := 0
	err = store.Picked(e.ctx, c.pick(), func(l *deadletter.Stored) error {
		if c.Yes {
			if err := store.Purge(e.ctx, l); err != nil {
				return err
			}
		}
		n++
		if e.json {
			return e.printJSON(map[string]any{"id": l.ID, "reason": l.Reason(), "purged": c.Yes})
		}
		_, err := fmt.Fprintf(e.out, "%s (%s)\n", l.ID, printable(l.Reason(), 48))
		return err
	})
	if err != nil || e.json {
		return err
	}
	verb := "purged"
	if !c.Yes {
		verb = "would be purged; say --yes to do it"
	}
	_, err = fmt.Fprintf(e.out, "%d %s\n", n, verb)
	return err
}
