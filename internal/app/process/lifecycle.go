package process

import (
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Closers are named clean-ups, run last-in first-out. A set-up that fails half-way rolls back through them.
type Closers struct {
	mu    sync.Mutex
	stack []closer
}

type closer struct {
	name  string
	close func() error
}

// Add has f run at the end, before what was added earlier.
func (c *Closers) Add(name string, f func() error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stack = append(c.stack, closer{name, f})
}

// Close runs what has not run yet. It may be called twice.
func (c *Closers) Close() error {
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
