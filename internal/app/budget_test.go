package app

import (
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

const chargedCatalog = `version: 1
sources: {files: {kind: duckdb}}
datasets:
  kept:
    source: files
    files: visits.csv
    time: {field: at}
    tenant: {parameter: company_id, field: company}
    rows_per_day: 1000
    keep: {closed_after: 1h}
    measures: {visits: {agg: count}}
  shared: {source: files, files: visits.csv, time: {field: at}, tenant: {parameter: company_id, field: company}, rows_per_day: 1000, share: {fresh_for: 10m}, measures: {visits: {agg: count}}}
pages:
  Kept: {widgets: {days: {dataset: kept, kind: timeseries, measures: [visits], grain: day}}}
  Shared: {widgets: {all: {dataset: shared, kind: stat, measures: [visits]}}}
`

// A tenant's budget pays for what is computed, once: not for days that are kept, nor for an answer that is shared, while what would be computed is refused.
func TestABudgetPaysForWhatIsComputed(t *testing.T) {
	t.Parallel()
	server := testenv.StartRedis(t)
	data, catalog := visits(t, chargedCatalog, "company,at\n7,2026-01-02 10:00:00\n8,2026-01-03 10:00:00\n")
	run(t, settings(server.Addr, map[string]string{"APP_DISPATCHER_CATALOG": catalog, "APP_DISPATCHER_DATA": data, "APP_DISPATCHER_TENANT_BUDGET_ROWS": "7000"}))
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr, Protocol: 2})
	t.Cleanup(func() { _ = rdb.Close() })
	asked := 0
	refused := func(page, tenant, from, to string) bool {
		t.Helper()
		asked++
		key := fmt.Sprint(asked)
		payload := fmt.Sprintf(`{"eventName":"custom_projects","eventData":{"page_name":%q,"routing_key":%q,"company_id":%q,"start_date":%q,"end_date":%q}}`, page, key, tenant, from, to)
		before := rdb.XLen(t.Context(), "go_dispatcher:deadletters").Val()
		if err := rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: "go_dispatcher:requests", Values: []string{"payload", payload}}).Err(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a page", func() bool { return rdb.XLen(t.Context(), "go_dispatcher:out:"+key).Val() == 2 })
		letters := rdb.XRange(t.Context(), "go_dispatcher:deadletters", "-", "+").Val()
		return len(letters) > int(before) && letters[len(letters)-1].Values["reason"] == "too_expensive"
	}
	for i, c := range []struct {
		page, tenant, from string
		refused            bool
	}{
		{"Kept", "7", "2026-01-01", false},
		{"Kept", "7", "2026-01-01", false}, // the answer
		{"Kept", "7", "2026-01-03", false}, // days of it
		{"Kept", "7", "2025-12-24", true},  // eight days more, and a budget is seven
		{"Shared", "7", "2025-12-31", true},
		{"Shared", "8", "2026-01-01", false},
		{"Shared", "8", "2026-01-01", false},
		{"Kept", "8", "2025-12-31", true},
	} {
		if got := refused(c.page, c.tenant, c.from, "2026-01-07"); got != c.refused {
			t.Errorf("%d, %+v: refused is %v", i, c, got)
		}
		if c.page == "Shared" && !c.refused {
			eventually(t, "its answer is shared", func() bool { return shared(t, rdb) == 1 })
		}
	}
	// Each of these pages is a whole budget, which comes back in a minute: a machine that needs longer for one asks for the next.
	day := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	eventually(t, "one is refused that would be computed", func() bool {
		day = day.AddDate(0, 0, 7)
		return refused("Kept", "9", day.Format(time.DateOnly), day.AddDate(0, 0, 6).Format(time.DateOnly))
	})
}
