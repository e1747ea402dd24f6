package app

import (
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/source/singleflight/lease"
	"github.com/go-dispatcher/dispatcher/internal/warm"
)

const keptCatalog = `version: 1
sources: {files: {kind: duckdb}}
datasets:
  visits:
    source: files
    files: visits.csv
    time: {field: at}
    tenant: {parameter: company_id, field: company}
    keep: {closed_after: 1h}
    changes: {measures: [visits]}
    measures: {visits: {agg: count}}
  shared: {source: files, files: visits.csv, time: {field: at}, tenant: {parameter: company_id, field: company}, share: {fresh_for: 10m}, changes: {measures: [visits]}, measures: {visits: {agg: count}}}
pages:
  Cached: {widgets: {days: {dataset: visits, kind: timeseries, measures: [visits], grain: day}, all: {dataset: shared, kind: stat, measures: [visits]}}}
`

// Consumers share, keep and remember under the documented rights, and an operator looks at all of it, forgets it and has it computed anew, and can do nothing else to it.
func TestRolesOfWhatIsSharedAndKept(t *testing.T) {
	t.Parallel()
	server := newRoles(t)
	data, catalog := visits(t, keptCatalog, "company,at\n7,2026-01-02 10:00:00\n7,2026-01-03 10:00:00\n")
	env := settings(server.addr, map[string]string{
		"APP_REDIS_USERNAME": "consumer", "APP_REDIS_PASSWORD": "change-consumer", "APP_DISPATCHER_CATALOG": catalog, "APP_DISPATCHER_DATA": data, "APP_DISPATCHER_KEEP_DIR": t.TempDir(),
	})
	run(t, env) // which fails where something is denied
	c, err := config.Load(func(name string) (string, bool) { v, ok := env[name]; return v, ok }, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	input, names := c.Stream.Input, commit.NamesOf(c.Stream.Input)
	producer, gateway, operator := server.as("producer", "change-producer"), server.as("gateway", "change-gateway"), server.as("operator", "change-operator")
	answers := Answers(operator, c)
	ask := func(key string) {
		t.Helper()
		payload := fmt.Sprintf(`{"eventName":"custom_projects","eventData":{"page_name":"Cached","routing_key":%q,"company_id":"7","start_date":"2026-01-01","end_date":"2026-01-07"}}`, key)
		if err := producer.XAdd(t.Context(), &redis.XAddArgs{Stream: input, Values: []string{"payload", payload}}).Err(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a page", func() bool { return gateway.XLen(t.Context(), "go_dispatcher:out:"+key).Val() == 3 })
	}
	shared := func() int {
		t.Helper()
		held, err := answers.Stats(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, h := range held {
			n += h.Answers
		}
		return n
	}
	ask("first")
	eventually(t, "what was computed is shared", func() bool { return shared() > 0 })
	eventually(t, "what is kept is said", func() bool {
		kept, err := KeptDays(t.Context(), operator, input, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return kept.Datasets["visits"].Entries > 0 && len(kept.Disk) == 1
	})
	var pages []*warm.Page
	eventually(t, "the page is remembered", func() bool {
		if pages, err = warm.Pages(t.Context(), operator, names, "", 10, time.Now()); err != nil {
			t.Fatal(err)
		}
		return len(pages) == 1
	})
	for _, p := range []Purge{{Dataset: "visits", Tenant: "7"}, {Dataset: "visits"}, {}} {
		if err := PurgeKept(t.Context(), operator, input, p); err != nil {
			t.Errorf("the operator cannot purge %+v: %v", p, err)
		}
	}
	found, err := answers.Find(t.Context(), lease.Which{Dataset: "shared", Tenant: "7"})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := answers.Forget(t.Context(), found); err != nil || n == 0 || shared() != 0 {
		t.Errorf("the operator forgot %d answers: %v", n, err)
	}
	payload, err := pages[0].Payload("w1", "warm", time.Now(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if err := operator.XAdd(t.Context(), &redis.XAddArgs{Stream: input + ":refresh", Values: []any{"payload", payload}}).Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the warm-up ends", func() bool {
		read, err := operator.XRead(t.Context(), &redis.XReadArgs{Streams: []string{"go_dispatcher:out:warm", "0"}, Count: 10, Block: -1}).Result()
		return err == nil && len(read) == 1
	})
	eventually(t, "what was warmed up is shared", func() bool { return shared() > 0 }) // which is written after the page has ended
	for name, forbidden := range map[string]error{
		"an operator that takes a lease": operator.Get(t.Context(), names.AskedPrefix+"x").Err(),
		"an operator that writes counts": operator.ZAdd(t.Context(), names.Asked, redis.Z{Member: "x"}).Err(),
		"a gateway that purges":          gateway.HSet(t.Context(), names.Purges, "visits", "x").Err(),
		"a producer that reads answers":  producer.ZRange(t.Context(), names.AnswersPrefix+"1:index", 0, -1).Err(),
	} {
		if forbidden == nil || !redis.HasErrorPrefix(forbidden, "NOPERM") {
			t.Errorf("%s: %v", name, forbidden)
		}
	}
}
