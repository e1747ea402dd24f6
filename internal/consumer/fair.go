package consumer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// A stream is read from its beginning, so that whoever sent ten thousand requests is served before whoever sends one afterwards. Where a backlog is not
// worked off at once, entries are therefore parked: they stay in the stream and pending, for a consumer that nobody is, and a list for each tenant has
// their ids. Whoever has places takes entries from these lists in turns (deficit round robin). Each step is one script: an entry is in a list and pending for
// nobody, or it is held by somebody who renews it. While no backlog waits, and while it is worked off fast, none of this is done.

// Fair says how tenants share the places.
type Fair struct {
	// Tenant returns who sent an entry, and what its answer costs, from 1; what costs 0 is served at once, whoever waits. nil serves entries in the order of
	// the stream.
	Tenant func(e *Entry) (tenant string, cost int)
	// Most is how many entries of one tenant are held at the same time; 0 and what is more than Slots are Slots. A quarter of Slots comes on top of
	// them, for the others.
	Most int
}

// Bounds of parking.
const (
	// fastEnough is how many entries a second are served by whoever need not look who waits: ten thousand of them delay others by a second.
	fastEnough = 10_000
	paceWindow = 100 * time.Millisecond
	// parkAtOnce is how many entries one script parks, parkMost how many are parked in all: the server remembers each.
	parkAtOnce, parkMost = 500, 100_000
	// lookPause is the time between two looks at what is new while all places are taken.
	lookPause = 10 * time.Millisecond
	// turnCost is what a tenant may spend at each turn, costMost what one entry costs at most.
	turnCost, costMost = 8, 64
	tenantLongest      = 128
)

// fair is what the reader knows of turns.
type fair struct {
	// on says that entries are parked, or have to be.
	on bool
	// since and served measure how fast a backlog is worked off.
	since  time.Time
	served int
	// looked is when new entries were last looked for, left how many were parked then.
	looked time.Time
	left   int64
}

// spare is how many places there are for others than the tenant that has the most.
func (o *Options) spare() int {
	if o.Fair.Tenant == nil {
		return 0
	}
	return max(1, o.Slots/4)
}

// most is how many entries of one tenant are held.
func (o *Options) most() int {
	if o.Fair.Tenant == nil || o.Fair.Most <= 0 {
		return o.Slots
	}
	return min(o.Fair.Most, o.Slots)
}

// keptPace notes what was read of what could have been, and says whether the backlog, if there is one, is worked off fast enough.
func (f *fair) keptPace(asked, taken int) bool {
	if taken < asked {
		f.since = time.Time{} // nothing more waits
		return true
	}
	now := time.Now()
	if f.since.IsZero() {
		f.since, f.served = now, 0
	}
	f.served += taken
	elapsed := now.Sub(f.since)
	if elapsed < paceWindow {
		return true
	}
	fast := float64(f.served) >= fastEnough*elapsed.Seconds()
	f.since = time.Time{}
	return fast
}

// readFairly parks what is new and starts entries by turns. It is one step of the reader's, while turns are on.
func (c *Consumer) readFairly(ctx context.Context) error {
	free := c.places.take(ctx, c.Slots+c.spare(), -1)
	if free > 0 {
		if free = c.takeOver(ctx, free); free == 0 {
			return nil
		}
	}
	defer func() { c.places.back(free) }()
	parked, err := 0, error(nil)
	if c.fair.left < parkMost && time.Since(c.fair.looked) >= lookPause/2 {
		if parked, err = c.park(ctx); err != nil {
			return err
		}
		if parked < parkAtOnce {
			c.fair.looked = time.Now()
		}
		c.fair.left += int64(parked)
	}
	taken := 0
	if free > 0 {
		if taken, err = c.takeTurns(ctx, free); err != nil {
			return err
		}
		free -= taken
		if c.fair.left == 0 && parked == 0 {
			c.fair.on = false
			return nil
		}
	}
	if taken == 0 && parked < parkAtOnce {
		c.places.await(ctx, lookPause)
	}
	return nil
}

// park reads what is new, at most so much at a time, and puts it behind what its tenants have waiting.
func (c *Consumer) park(ctx context.Context) (parked int, err error) {
	entries, err := c.readEntries(ctx, parkAtOnce, -1)
	if err != nil || len(entries) == 0 {
		return 0, err
	}
	lowest, highest := entries[0].ID, entries[len(entries)-1].ID
	args := make([]any, 0, 6+3*len(entries))
	args = append(args, c.Group, c.Name, commit.Parked, c.names.TenantPrefix, lowest, highest)
	var atOnce []*Entry
	for _, e := range entries {
		tenant, cost := c.Fair.Tenant(e)
		if cost == 0 {
			atOnce = append(atOnce, e)
			continue
		}
		args = append(args, e.ID, clip(tenant), min(cost, costMost))
	}
	c.places.beyond(len(atOnce))
	c.lane++
	c.start(atOnce...)
	call(c.Hooks.Read, len(entries))
	if len(atOnce) == len(entries) {
		return 0, nil
	}
	// Where the answer is lost, so is what was read, or it is parked: the look at what is our own finds out.
	if err := parkScript.Run(ctx, c.Redis, c.turnKeys(), args...).Err(); err != nil {
		return 0, fmt.Errorf("consumer: park: %w", err)
	}
	return len(entries) - len(atOnce), nil
}

// takeTurns starts parked entries, at most as many as there are free places.
func (c *Consumer) takeTurns(ctx context.Context, free int) (taken int, err error) {
	running := c.held.byTenant(c.Fair.Tenant)
	args := make([]any, 0, 7+2*len(running))
	args = append(args, c.Group, c.Name, commit.Parked, c.names.TenantPrefix, free, c.most(), turnCost)
	for _, tenant := range slices.Sorted(maps.Keys(running)) {
		args = append(args, tenant, running[tenant])
	}
	answer, err := turnScript.Run(ctx, c.Redis, c.turnKeys(), args...).Slice()
	if err != nil {
		return 0, fmt.Errorf("consumer: take turns: %w", err)
	}
	if len(answer) != 2 {
		return 0, fmt.Errorf("consumer: take turns: unexpected answer of %d parts", len(answer))
	}
	c.fair.left, _ = answer[0].(int64)
	found, err := claimed(answer[1])
	if err != nil {
		return 0, err
	}
	c.lane++
	c.start(found...)
	return len(found), nil
}

func (c *Consumer) turnKeys() []string {
	return []string{c.Stream, c.names.Tenants, c.names.Credit, c.names.Absent}
}

// byTenant counts what is held by whose it is.
func (h *holdings) byTenant(of func(*Entry) (string, int)) map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	count := make(map[string]int)
	for _, x := range h.byID {
		if !x.known {
			tenant, _ := of(x.entry)
			x.tenant, x.known = clip(tenant), true
		}
		count[x.tenant]++
	}
	return count
}

// clip bounds a tenant's name as a key has it.
func clip(tenant string) string {
	if len(tenant) <= tenantLongest {
		return tenant
	}
	return tenant[:tenantLongest-8] + "~" + strconv.Itoa(len(tenant))
}
