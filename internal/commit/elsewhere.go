package commit

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

//go:embed elsewhere.lua
var elsewhereText string

//nolint:gochecknoglobals // a compiled script is a constant
var elsewhereScript = redis.NewScript(elsewhereText)

// sentLasts is how long the notes of a request that has been acknowledged stay: a worker that was stopped in between may still send it.
const sentLasts = 5 * time.Minute

// refusedError is what a server said of a write that it will not take.
type refusedError string

func (e refusedError) Error() string { return string(e) }

// apart takes out of a submission what is in other slots.
func (c *Committer) apart(s *Submission) (here *Submission, there []Output) {
	here, there = part(s, func(op Op) bool { return Slot(keyOf(op)) != c.home })
	closing := 0
	for i := range there {
		here.Fresh = false      // a single write is acknowledged without a ledger, where it is the last one too
		if there[i].Key == "" { // numbered among themselves: the next attempt may have other widgets left to send before them
			there[i].Key = finishKey + strconv.Itoa(closing)
			closing++
		}
	}
	return here, there
}

func keyOf(op Op) string {
	switch op := op.(type) {
	case Append:
		return op.Stream
	case SetField:
		return op.Key
	case CountFinished:
		return op.Key
	case Round:
		return op.Key
	case Queue:
		return op.Stream
	case Pass:
		return op.Stream
	case Withdraw:
		return op.Stream
	}
	return ""
}

// writeElsewhere makes the writes of one output.
func (c *Committer) writeElsewhere(ctx context.Context, request string, o *Output) error {
	for i, op := range o.Ops {
		key := keyOf(op)
		args := []any{int64(c.o.LedgerTTL / time.Second), o.Key + "#" + strconv.Itoa(i), o.Note}
		switch op := op.(type) {
		case Append:
			args = append(args, op.TTL, "XADD")
			if op.MaxLen > 0 {
				args = append(args, "MAXLEN", "~", op.MaxLen)
			}
			args = append(args, "*")
			for _, f := range op.Fields {
				args = append(args, f)
			}
		case SetField:
			args = append(args, op.TTL, "HSET", op.Field, op.Value)
		case CountFinished:
			if announced, err := c.announced(ctx, op); err != nil || announced < float64(op.Least) {
				return err
			}
			args = append(args, op.TTL, "HINCRBY", op.CountField, 1)
		case Round, Queue, Pass, Withdraw:
			return fmt.Errorf("commit: %s is in another slot than its request", key)
		}
		answer, err := elsewhereScript.Run(ctx, c.o.Redis, []string{c.ledgerBeside(key, request), key}, args...).Text()
		if err != nil {
			return err
		}
		if text, failed := strings.CutPrefix(answer, "error: "); failed {
			return refusedError(text)
		}
		if err := c.complete(ctx, op); err != nil {
			return err
		}
	}
	return nil
}

// complete does what follows a write, as often as it is asked.
func (c *Committer) complete(ctx context.Context, op Op) error {
	switch op := op.(type) {
	case SetField:
		if op.CompleteAt == 0 {
			return nil
		}
		n, err := c.o.Redis.HLen(ctx, op.Key).Result()
		if err != nil || n < op.CompleteAt {
			return err
		}
		return c.o.Redis.Expire(ctx, op.Key, time.Duration(op.CompleteTTL)*time.Second).Err()
	case CountFinished:
		announced, err := c.announced(ctx, op)
		if err != nil {
			return err
		}
		if n, err := c.o.Redis.HGet(ctx, op.Key, op.CountField).Float64(); err != nil || n < announced {
			return ignoreNil(err)
		}
		return c.o.Redis.Set(ctx, op.StatusKey, op.DoneStatus, time.Duration(op.TTL)*time.Second).Err()
	}
	return nil
}

// announced is how many requests a buffer waits for.
func (c *Committer) announced(ctx context.Context, op CountFinished) (float64, error) {
	text, err := c.o.Redis.HGet(ctx, op.Key, "__meta__").Result()
	if err != nil {
		return 1, ignoreNil(err)
	}
	var meta struct {
		Total json.Number `json:"total_messages"`
	}
	if err := json.Unmarshal([]byte(text), &meta); err == nil {
		if total, err := meta.Total.Float64(); err == nil {
			return total, nil
		}
	}
	return 1, nil
}

// ignoreNil drops the error that says that something is not there.
func ignoreNil(err error) error {
	if errors.Is(err, redis.Nil) {
		return nil
	}
	return err
}

func (c *Committer) ledgerBeside(key, request string) string {
	return Beside(key, c.o.Names.LedgerPrefix+request)
}

// forget shortens the life of what was noted of requests that have ended.
func (c *Committer) forget(ctx context.Context, subs []*Submission, answers []string) {
	_, _ = c.o.Redis.Pipelined(ctx, func(pipe redis.Pipeliner) error { // they end by themselves in any case
		for i, s := range subs {
			if !s.Final || answers[i] != string(Done) || s.Requeue != nil {
				continue
			}
			seen := map[string]bool{}
			for _, o := range s.Outputs {
				for _, op := range o.Ops {
					key := keyOf(op)
					if Slot(key) == c.home {
						continue
					}
					if notes := c.ledgerBeside(key, s.Request); !seen[notes] {
						seen[notes] = true
						pipe.Expire(ctx, notes, sentLasts)
					}
				}
			}
		}
		return nil
	})
}
