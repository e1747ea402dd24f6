package main

import (
	"context"
	"time"
)

// peer is a system that answers the page.
type peer interface {
	name() string
	title() string
	// version is what the peer says of itself.
	version() string
	// start runs it anew, with nothing kept of what it was asked before where it forgets, and waits until it can be asked.
	start(ctx context.Context) error
	// forgets says that the peer is started anew in each round, so that no range was asked before. Others keep only whole answers, by their range.
	forgets() bool
	// ask has the page of a range computed.
	ask(ctx context.Context, s span) (*visit, error)
	// cpu is the processor time that its processes have used, peak the largest resident sizes that they have had, in MB.
	cpu() time.Duration
	peak() float64
	stop()
}

// visit is one page as it came: what it says is looked at when the clock no longer runs.
type visit struct {
	first, page time.Duration
	answers     func() (answers, error)
}
