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
	// start runs it, and waits until it can be asked.
	start(ctx context.Context) error
	// ask has the page of a range computed.
	ask(ctx context.Context, s span) (*visit, error)
	// cpu is the processor time that its processes have used, peak the largest resident sizes that they have had, in MB.
	cpu() time.Duration
	peak() float64
	stop()
}

// forgetful is a peer that keeps parts of answers, too, by which it answers other ranges; others keep whole answers at most, by their range.
type forgetful interface {
	// forget has it forget all of them.
	forget(ctx context.Context) error
}

// visit is one page as it came: what it says is looked at when the clock no longer runs.
type visit struct {
	first, page time.Duration
	answers     func() (answers, error)
}
