package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill-redisstream/pkg/redisstream"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/dispatch"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/sink/buffer"
	"github.com/go-dispatcher/dispatcher/internal/sink/care"
	"github.com/go-dispatcher/dispatcher/internal/sink/deadletter"
	"github.com/go-dispatcher/dispatcher/internal/sink/stream"
	"github.com/go-dispatcher/dispatcher/internal/strategies"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// The work is the same for all: take one 680-byte JSON request, parse it, build 1 KB of JSON, write it to one of 100 output
// streams, acknowledge. The input is there before the clock starts; it stops when every output exists and nothing is
// pending.
const (
	requests = 20_000
	outputs  = 100
	rounds   = 3
)

// BenchmarkMessages runs Dispatcher and Watermill in turn on the same Redis, and reports the ratio of their medians.
func BenchmarkMessages(b *testing.B) {
	addr := testenv.Redis(b)
	rdb := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, Protocol: 2})
	defer rdb.Close()
	for b.Loop() {
		var ours, theirs []float64
		for round := range rounds {
			ours = append(ours, dispatcherRound(b, rdb, round))
			for _, subscribers := range subscriberCounts() {
				theirs = append(theirs, watermillRound(b, rdb, round, subscribers))
			}
		}
		o, t := median(ours), best(theirs)
		b.ReportMetric(o, "dispatcher-msg/s")
		b.ReportMetric(t, "watermill-msg/s")
		b.ReportMetric(o/t, "ratio")
	}
}

func payload(i int) []byte {
	raw, err := json.Marshal(map[string]any{
		"eventName": "custom_projects",
		"eventData": map[string]any{
			"page_name": strategies.EchoPage, "routing_key": fmt.Sprintf("out-%d", i%outputs), "queue_name": "bench",
			"company_id": 4711, "monitor_id": 90_000 + i, "request_timestamp": time.Now().Unix(),
			"start_date": "2026-01-01", "end_date": "2026-01-31", "language": "en", "product": "Bench",
			"selected_widgets": []string{"Echo"},
			"filters":          map[string]any{"channel": []string{"a", "b", "c"}, "language": []string{"en", "ar"}},
			"padding":          strings.Repeat("x", 260),
		},
	})
	if err != nil {
		panic(err)
	}
	return raw
}

// kilobyte is the strategy of the benchmark: its data is 1 KB of JSON.
type kilobyte struct{}

type data struct {
	Kind, Status, Page, Tenant string
	Text                       string
	Values                     []int
}

func answer(page, tenant string) data {
	return data{Kind: "echo", Status: "ok", Page: page, Tenant: tenant, Text: strings.Repeat("y", 700), Values: []int{1, 2, 3, 5, 8, 13, 21, 34, 55, 89}}
}

func (kilobyte) Widgets(req *models.Request) []string { return req.SelectedWidgets }

func (kilobyte) Run(ctx context.Context, req *models.Request, out strategies.Pusher) error {
	for _, w := range req.SelectedWidgets {
		if err := out.Push(ctx, w, answer(req.PageName, req.Tenant())); err != nil {
			return err
		}
	}
	return nil
}

func dispatcherRound(b *testing.B, rdb *redis.Client, round int) float64 {
	prefix := fmt.Sprintf("bench:d:%d:%d:", round, time.Now().UnixNano())
	defer clean(b, rdb, prefix)
	fill(b, rdb, prefix+"in", func(i int) []any { return []any{"payload", payload(i)} })
	registry := strategies.NewRegistry()
	if err := registry.Register(strategies.Key{Page: strategies.EchoPage}, kilobyte{}); err != nil {
		b.Fatal(err)
	}
	handler := dispatch.New(dispatch.Options{
		Events: models.NewEvents(), Pages: func() dispatch.Pages { return dispatch.Fixed{registry} },
		Sinks:       dispatch.Sinks{Stream: &stream.Sink{Prefix: prefix + "out:"}, Buffer: buffer.Sink{}, Care: care.Sink{}},
		DeadLetters: deadletter.Sink{Stream: prefix + "dead"}, StaleAfter: time.Hour, Now: time.Now,
		Log: slog.New(slog.DiscardHandler),
	})
	var done atomic.Int64
	finished := make(chan struct{})
	c := consumer.New(consumer.Options{
		Redis: rdb, Stream: prefix + "in", Group: "g", Name: "c", Slots: 512, Timeout: time.Hour, Handler: handler,
		Hooks: consumer.Hooks{Committed: func(string) {
			if done.Add(1) == requests {
				close(finished)
			}
		}},
	})
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	begin := time.Now()
	go func() { ended <- c.Run(ctx) }()
	<-finished
	elapsed := time.Since(begin)
	if n := rdb.XLen(b.Context(), prefix+"in").Val(); n != 0 {
		b.Fatalf("%d requests are left", n)
	}
	check(b, rdb, prefix+"out:")
	cancel()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
	return requests / elapsed.Seconds()
}

func watermillRound(b *testing.B, rdb *redis.Client, round, subscribers int) float64 {
	prefix := fmt.Sprintf("bench:w:%d:%d:", round, time.Now().UnixNano())
	defer clean(b, rdb, prefix)
	client := redis.NewClient(&redis.Options{Addr: rdb.Options().Addr, PoolSize: 2*subscribers + 10})
	defer client.Close()
	publisher, err := redisstream.NewPublisher(redisstream.PublisherConfig{Client: client}, watermill.NopLogger{})
	if err != nil {
		b.Fatal(err)
	}
	marshaller := redisstream.DefaultMarshallerUnmarshaller{}
	fill(b, rdb, prefix+"in", func(i int) []any {
		values, err := marshaller.Marshal(prefix+"in", message.NewMessage(watermill.NewUUID(), payload(i)))
		if err != nil {
			b.Fatal(err)
		}
		var list []any
		for k, v := range values {
			list = append(list, k, v)
		}
		return list
	})
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	var done atomic.Int64
	finished := make(chan struct{})
	var begin time.Time
	begin = time.Now()
	for range subscribers {
		sub, err := redisstream.NewSubscriber(redisstream.SubscriberConfig{Client: client, ConsumerGroup: "g", OldestId: "0"}, watermill.NopLogger{})
		if err != nil {
			b.Fatal(err)
		}
		defer sub.Close()
		messages, err := sub.Subscribe(ctx, prefix+"in")
		if err != nil {
			b.Fatal(err)
		}
		go func() {
			for m := range messages {
				var in struct {
					EventData struct {
						PageName   string `json:"page_name"`
						RoutingKey string `json:"routing_key"`
						CompanyID  int    `json:"company_id"`
					} `json:"eventData"`
				}
				if err := json.Unmarshal(m.Payload, &in); err != nil {
					panic(err)
				}
				raw, err := json.Marshal(map[string]any{"eventName": "EchoPage__Echo", "eventData": answer(in.EventData.PageName, fmt.Sprint(in.EventData.CompanyID))})
				if err != nil {
					panic(err)
				}
				if err := publisher.Publish(prefix+"out:"+in.EventData.RoutingKey, message.NewMessage(m.UUID, raw)); err != nil {
					panic(err)
				}
				m.Ack()
				if done.Add(1) == requests {
					close(finished)
				}
			}
		}()
	}
	<-finished
	elapsed := time.Since(begin)
	check(b, rdb, prefix+"out:")
	return requests / elapsed.Seconds()
}
