// Package app is the wiring: it turns a configuration into the processes of the contract, and is the only importer
// of adapters. Tests and the demo run the same wiring as the processes.
package app

import (
	"errors"
	"fmt"
	"slices"
	"sync"
)

// closers are named clean-ups, run last-in first-out. A set-up that fails half-way rolls back through them.
type closers struct {
	mu    sync.Mutex
	stack []closer
}

type closer struct {
	name  string
	close func() error
}

func (c *closers) add(name string, f func() error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stack = append(c.stack, closer{name, f})
}

// Close runs what has not run yet. It may be called twice.
func (c *closers) Close() error {
	c.mu.Lock()
	stack := c.stack
	c.stack = nil
	c.mu.Unlock()
	var errs []error
	for _, c := range slices.Backward(stack) {
		if err := c.close(); err != nil {
			errs = append(errs, fmt.Errorf("close %s: %w", c.name, err))
		}
	}
	return errors.Join(errs...)
}
