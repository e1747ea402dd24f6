package commit

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

//go:embed commit.lua
var scriptText string

//nolint:gochecknoglobals // a compiled script is a constant
var script = redis.NewScript(sharedText + scriptText)

// call runs the script once for a batch, first on the backend for what belongs there.
func (c *Committer) call(ctx context.Context, batch []*pending) ([]string, error) {
	subs := make([]*Submission, len(batch))
	for i, p := range batch {
		subs[i] = &p.sub
	}
	if c.o.Backend != nil {
		var err error
		if subs, err = c.backendFirst(ctx, subs); err != nil {
			return nil, err
		}
	}
	step := func() ([]string, error) {
		if c.o.Cluster {
			return c.onCluster(ctx, subs)
		}
		return c.run(ctx, c.o.Redis, subs)
	}
	answers, err := step()
	if err != nil && strings.HasPrefix(err.Error(), "NOGROUP") {
		if err := c.o.OnNoGroup(ctx); err != nil {
			return nil, err
		}
		return step()
	}
	return answers, err
}

// run runs the script on one server.
func (c *Committer) run(ctx context.Context, on redis.Cmdable, subs []*Submission) ([]string, error) {
	lowest, highest := entries(subs)
	e := encoder{args: make([]any, 0, 10+len(subs)*8)}
	e.add(c.o.Group, c.o.Consumer, flag(c.o.DeleteFinished == nil || c.o.DeleteFinished()),
		c.o.Names.DonePrefix, c.o.Names.LedgerPrefix,
		max(1, int64(c.o.Window/time.Second)), max(1, int64(c.o.LedgerTTL/time.Second)),
		lowest, highest, len(subs))
	for _, s := range subs {
		e.submission(s)
	}
	e.close()
	keys := []string{c.o.Names.Stream, c.o.Names.Delayed, c.o.Names.Marks}
	if c.o.Cluster {
		keys = append(keys, c.o.Names.Absent)
	}
	var reply *redis.Cmd
	if c.o.Durability.On() && on == c.o.Redis {
		reply = c.runDurably(ctx, keys, e.args)
	} else {
		reply = script.Run(ctx, on, keys, e.args...)
	}
	others, err := reply.Slice()
	if err != nil {
		return nil, err
	}
	return answersOf(others, len(subs))
}

// answersOf reads the script's answers, of which those that are not "done" come with their numbers.
func answersOf(others []any, submissions int) ([]string, error) {
	answers := make([]string, submissions)
	for i := range answers {
		answers[i] = string(Done)
	}
	for i := 0; i+1 < len(others); i += 2 {
		n, isNumber := others[i].(int64)
		text, isText := others[i+1].(string)
		if !isNumber || !isText || n < 1 || n > int64(submissions) {
			return nil, fmt.Errorf("commit: the answer %v to %v of %d submissions", others[i+1], others[i], submissions)
		}
		answers[n-1] = text
	}
	return answers, nil
}
