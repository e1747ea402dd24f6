package app

import (
	"log/slog"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
	"github.com/go-dispatcher/dispatcher/internal/warm"
)

// Two consumers with a schedule have the pages computed that users open, under the documented rights, before anybody asks; it costs the pages' tenant nothing of its budget.
func TestPagesAreWarmAtTheirTimes(t *testing.T) {
	t.Parallel()
	server := newRoles(t)
	data, catalog := visits(t, chargedCatalog, "company,at\n7,2026-01-02 10:00:00\n")
	consumer := server.as("consumer", "change-consumer")
	opened := warm.NewRecorder(consumer, commit.NamesOf("go_dispatcher:requests"), 20, slog.New(slog.DiscardHandler))
	opened.Remember(&models.Request{EventName: "custom_projects", PageName: "Shared", CompanyID: "7", StartDate: "2026-01-01", EndDate: "2026-01-07"}, time.Now(), nil)
	if err := opened.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"c1", "c2"} {
		run(t, settings(server.addr, map[string]string{
			"APP_REDIS_USERNAME": "consumer", "APP_REDIS_PASSWORD": "change-consumer", "APP_DISPATCHER_CONSUMER_NAME": name, "APP_DISPATCHER_CATALOG": catalog, "APP_DISPATCHER_DATA": data,
			"APP_DISPATCHER_TENANT_BUDGET_ROWS": "7000", "APP_DISPATCHER_WARM_EVERY": "2", "APP_DISPATCHER_WARM_AT": "00:00 Asia/Riyadh",
		}))
	}
	testenv.Eventually(t, 5*time.Minute, "the page is computed", func() (bool, string) {
		n := consumer.Exists(t.Context(), "go_dispatcher:requests:pages:last").Val()
		return shared(t, consumer) == 1 && n == 1, ""
	})
	s := site{t, redis.NewClient(&redis.Options{Addr: server.addr, Username: "operator", Password: "change-operator", Protocol: 2})}
	t.Cleanup(func() { _ = s.rdb.Close() })
	for _, page := range []string{"Kept", "Shared"} { // which would cost what a minute allows, each
		text, err := s.ask(t.Context(), page, page, "2026-01-01", "2026-01-07")
		if err != nil || text == "" {
			t.Errorf("%s is refused: %v", page, err)
		}
	}
}
