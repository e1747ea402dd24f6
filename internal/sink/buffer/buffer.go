// Package buffer delivers messages to the Redis hash that an API polls (stream_tech API), and keeps the
// status key that tells it how far the request is.
package buffer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/sink"
)

// The contract's names and times.
const (
	keyPrefix    = "PUBLISH_ENGINE::BUFFER::"
	statusPrefix = "EVENT::STATUS::"
	countField   = "__processed_count__"
	// Processing is the status while a request runs, Buffered when all of its routing key are done.
	Processing = "PROCESSING_EVENT_IN_PUBLISHER_CONTROLLER"
	Buffered   = "BUFFERED_EVENT_IN_GO_DISPATCHER_TO_REDIS"

	bufferSeconds     = 120
	processingTTL     = 20 * time.Second
	processingRenewal = processingTTL / 3
)

// Key returns the hash that holds the messages of a routing key.
func Key(routingKey string) string { return keyPrefix + routingKey }

// StatusKey returns the key that holds the status of a routing key.
func StatusKey(routingKey string) string { return statusPrefix + routingKey }

// Sink sets one field a message.
type Sink struct{}

var _ sink.Sink = Sink{}

// Name returns "buffer".
func (Sink) Name() string { return "buffer" }

// Check refuses an address without a usable routing key.
func (Sink) Check(to sink.Address) error { return models.CheckRoutingKey(to.RoutingKey) }

// Write sets the message's field and renews the hash's time to live. The end of a request that a later one has taken the place of is left out: the field
// is that one's, and who polls would take it for its end.
func (Sink) Write(m *sink.Message) []commit.Op {
	if m.Closing && m.Address.Superseded {
		return nil
	}
	return []commit.Op{commit.SetField{
		Key: Key(m.Address.RoutingKey), Field: m.Envelope.Event(), Value: m.Output(), TTL: bufferSeconds,
	}}
}

// Finish counts the request and, when it is the last one announced, sets the status. One that a later one has taken the place of counts where more than one
// is announced: where one is, that is the later one.
func (Sink) Finish(to sink.Address) []commit.Op {
	least := int64(0)
	if to.Superseded {
		least = 2
	}
	return []commit.Op{commit.CountFinished{
		Key: Key(to.RoutingKey), CountField: countField,
		StatusKey: StatusKey(to.RoutingKey), DoneStatus: Buffered, TTL: bufferSeconds, Least: least,
	}}
}

// KeepProcessing shows the status "processing" for a routing key and renews it until stop is called, which
// waits until nothing more will be written. The renewal never overwrites another status: the
// commit that sets Buffered may already have happened. So it may have for a request that is tried again: where it was
// finished before, nothing would set Buffered any more.
func KeepProcessing(ctx context.Context, rdb redis.Cmdable, routingKey string, again bool) (stop func(), err error) {
	key := StatusKey(routingKey)
	if again {
		err = renew.Run(ctx, rdb, []string{key}, Processing, processingTTL.Milliseconds()).Err()
	} else {
		err = rdb.Set(ctx, key, Processing, processingTTL).Err()
	}
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("buffer: set status: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(processingRenewal)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				// An error here costs only freshness: the next tick tries again.
				_ = renew.Run(ctx, rdb, []string{key}, Processing, processingTTL.Milliseconds()).Err()
			}
		}
	}()
	return func() { cancel(); <-done }, nil
}

//nolint:gochecknoglobals // a compiled script is a constant
var renew = redis.NewScript(`
local now = redis.call('GET', KEYS[1])
if now == false or now == ARGV[1] then
  return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return false`)
