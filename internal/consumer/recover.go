package consumer

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// scanCount is how many pending entries one look examines.
const scanCount = 200

// tidy is what every member of a group does for it now and then: take over what was left behind, put
// delayed requests back, remove consumers that are gone.
func (c *Consumer) tidy(ctx context.Context) {
	c.lookForPause(ctx)
	if err := c.moveDue(ctx); err != nil && ctx.Err() == nil {
		c.Log.LogAttrs(ctx, slog.LevelWarn, "delayed requests were not put back", slog.Any("error", err))
	}
	c.recheckForeign.Store(true)
	_ = c.checkAlone(ctx) // what was known holds until the next look
	c.removeGone(ctx)
	c.mendLines(ctx)
	c.forgetWithdrawals(ctx)
}

// claim takes over entries, at most as many as there are free slots, and starts them.
func (c *Consumer) claim(ctx context.Context, free int, own bool) (taken int, err error) {
	cursor, later := "-", false
	for taken < free {
		next, left, found, err := c.claimOnce(ctx, cursor, free-taken, own)
		if err != nil {
			return taken, err
		}
		c.start(found...)
		taken += len(found)
		later = later || left
		if next == "" {
			break
		}
		cursor = "(" + next
	}
	c.suspectsWait.Store(later)
	if company, _ := c.held.leftBehind(c.Lease); later && !company {
		c.lookAgain() // what they waited for has ended meanwhile
	}
	call(c.Hooks.Claimed, taken)
	return taken, nil
}

func (c *Consumer) claimOnce(ctx context.Context, cursor string, want int, own bool) (next string, later bool, found []*Entry, err error) {
	company, suspect := c.held.leftBehind(c.Lease)
	args := []any{
		c.Group, c.Name, c.Lease.Milliseconds(), c.ClaimMinIdle.Milliseconds(), cursor, scanCount, want, flag(own),
		c.suspectFrom(), c.DeliveryLimit, flag(company), flag(suspect), commit.Parked,
	}
	for _, id := range c.held.ids() {
		args = append(args, id)
	}
	answer, err := claimScript.Run(ctx, c.Redis, []string{c.Stream, c.names.Consumers, c.names.Tenants}, args...).Slice()
	if err != nil {
		return "", false, nil, fmt.Errorf("consumer: claim: %w", err)
	}
	if len(answer) != 4 {
		return "", false, nil, fmt.Errorf("consumer: claim: unexpected answer of %d parts", len(answer))
	}
	next, _ = answer[0].(string)
	left, _ := answer[1].(int64)
	if parked, _ := answer[3].(int64); parked == 1 && c.Fair.Tenant != nil {
		c.fair.on = true
	}
	found, err = claimed(answer[2])
	return next, left == 1, found, err
}

// claimed reads entries as scripts return what they have claimed.
func claimed(answer any) (found []*Entry, err error) {
	rows, _ := answer.([]any)
	for _, row := range rows {
		parts, _ := row.([]any)
		if len(parts) < 2 {
			return nil, fmt.Errorf("consumer: claim: unexpected row %v", row)
		}
		id, _ := parts[0].(string)
		deliveries, _ := parts[1].(int64)
		var fields []string
		if len(parts) > 2 {
			fields = texts(parts[2])
		}
		e := newEntry(id, fields, deliveries)
		e.gone = len(parts) == 2
		found = append(found, e)
	}
	return found, nil
}

// moveDue puts delayed requests whose time has come back on the stream.
func (c *Consumer) moveDue(ctx context.Context) error {
	members, err := c.Redis.ZRangeByScore(ctx, c.names.Delayed, &redis.ZRangeBy{
		Min: "-inf", Max: strconv.FormatInt(time.Now().UnixMilli(), 10), Count: scanCount,
	}).Result()
	if err != nil {
		return fmt.Errorf("consumer: read delayed requests: %w", err)
	}
	for _, member := range members {
		_, fields, err := commit.UnpackFields(member)
		if err != nil {
			return err
		}
		args := []any{member}
		for _, f := range commit.Fold(fields) {
			args = append(args, f)
		}
		if err := moveScript.Run(ctx, c.Redis, []string{c.names.Delayed, c.Stream}, args...).Err(); err != nil {
			return fmt.Errorf("consumer: put a request back: %w", err)
		}
	}
	return nil
}

// removeGone removes consumers whose heartbeat stopped long ago, where nothing is pending for them.
func (c *Consumer) removeGone(ctx context.Context) {
	beats, err := c.Redis.HGetAll(ctx, c.names.Consumers).Result()
	if err != nil {
		return // nothing is lost by a consumer that stays listed
	}
	long := time.Now().Add(-10 * max(c.Lease, time.Minute)).UnixMilli()
	for name, seen := range beats {
		if at, err := strconv.ParseFloat(seen, 64); err != nil || int64(at) > long || name == c.Name {
			continue
		}
		_ = removeScript.Run(ctx, c.Redis, []string{c.Stream, c.names.Consumers}, c.Group, name, seen).Err()
	}
}

// suspectDeliveries is how often an entry has been handed out when it may be what ends the workers: the first time it had company, and so it
// had when all that its worker left behind was taken over together. From then on it is served without that company, so that one which ends its worker
// again takes no other one along to the delivery limit.
const suspectDeliveries = 3

func (c *Consumer) suspectFrom() int { return min(suspectDeliveries, c.DeliveryLimit) }

// lookAgain has the reader look for what was left behind, before it reads on.
func (c *Consumer) lookAgain() {
	c.recheckOwn.Store(true)
	c.recheckForeign.Store(true)
}

// flag is a truth as a script takes it.
func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
