package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

const movingCatalog = `version: 1
sources: {files: {kind: duckdb}}
datasets:
  visits:
    source: files
    files: visits.csv
    time: {field: at}
    tenant: {parameter: company_id, field: company}
    keep: {closed_after: 1h}
    dimensions: {place: {}}
    measures: {visits: {agg: count}}
  busy: {like: visits}
pages:
  Moving: {widgets: {places: {dataset: visits, kind: breakdown, dimensions: [place], measures: [visits], top: 2}}}
  Busy: {widgets: {places: {dataset: busy, kind: breakdown, dimensions: [place], measures: [visits]}}}
`

// visits is a folder with a file of visits, and a catalog of pages over it.
func visits(t *testing.T, pages, rows string) (data, catalog string) {
	t.Helper()
	data, catalog = t.TempDir(), filepath.Join(t.TempDir(), "catalog.yaml")
	if err := errors.Join(
		os.WriteFile(filepath.Join(data, "visits.csv"), []byte(rows), 0o600),
		os.WriteFile(catalog, []byte(pages), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	return data, catalog
}

// shared is how many answers the input stream's consumers share. Each is when it has been given, not before.
func shared(t *testing.T, rdb redis.Cmdable) int64 {
	t.Helper()
	return rdb.ZCard(t.Context(), commit.NamesOf("go_dispatcher:requests").AnswersPrefix+"1:index").Val()
}

// site is a worker with pages over a file, asked through a Redis of its own.
type site struct {
	t   *testing.T
	rdb *redis.Client
}

// ask has a page computed, and returns the message of its widget.
func (s site) ask(ctx context.Context, key, page, from, to string) (string, error) {
	payload := fmt.Sprintf(`{"eventName":"custom_projects","eventData":{"page_name":%q,"routing_key":%q,"company_id":"7","start_date":%q,"end_date":%q}}`, page, key, from, to)
	if err := s.rdb.XAdd(ctx, &redis.XAddArgs{Stream: "go_dispatcher:requests", Values: []string{"payload", payload}}).Err(); err != nil {
		return "", err
	}
	after, text := "0", ""
	for {
		read, err := s.rdb.XRead(ctx, &redis.XReadArgs{Streams: []string{"go_dispatcher:out:" + key, after}, Block: time.Minute}).Result()
		if err != nil {
			return "", err
		}
		for _, m := range read[0].Messages {
			after = m.ID
			if m.Values["eventName"] == page+"__Complete" {
				return text, nil
			}
			text, _ = m.Values["payload"].(string)
		}
	}
}

// A consumer that is never idle divides what it keeps of days all the same, so that a range that moves on finds its days.
func TestUpkeepOfABusyConsumer(t *testing.T) {
	t.Parallel()
	rows := []string{"company,at,place"}
	for day := range 31 {
		rows = append(rows, fmt.Sprintf("7,2026-01-%02d 10:00:00,%c", day+1, 'a'+day%3))
	}
	data, catalog := visits(t, movingCatalog, strings.Join(rows, "\n")+"\n")
	server := testenv.StartRedis(t)
	run(t, settings(server.Addr, map[string]string{"APP_DISPATCHER_CATALOG": catalog, "APP_DISPATCHER_DATA": data, "APP_DISPATCHER_KEEP_UPKEEP_AFTER": "1"}))
	s := site{t, redis.NewClient(&redis.Options{Addr: server.Addr, Protocol: 2})}
	t.Cleanup(func() { _ = s.rdb.Close() })

	busy, rest := context.WithCancel(t.Context())
	var users sync.WaitGroup
	for i := range 3 {
		users.Go(func() {
			pace := time.NewTicker(20 * time.Millisecond)
			defer pace.Stop()
			for n := 0; busy.Err() == nil; n++ {
				<-pace.C
				now := time.Now()
				if _, err := s.ask(busy, fmt.Sprintf("busy-%d-%d", i, n), "Busy", now.AddDate(0, 0, -5).Format(time.DateOnly), now.Format(time.DateOnly)); err != nil && busy.Err() == nil {
					t.Error(err)
					return
				}
			}
		})
	}
	defer users.Wait()
	defer rest()
	moving := func(from, to int) (text string) {
		t.Helper()
		text, err := s.ask(t.Context(), fmt.Sprintf("moving-%d", from), "Moving", fmt.Sprintf("2026-01-%02d", from), fmt.Sprintf("2026-01-%02d", to))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	moving(1, 15)
	moving(2, 16) // for much the same days, so that they are kept: the second, and the others together
	testenv.Eventually(t, 5*time.Minute, "they are divided", func() (bool, string) {
		kept, err := KeptDays(t.Context(), s.rdb, "go_dispatcher:requests", time.Now())
		return err == nil && kept.Datasets["visits"].Entries == 2+5, fmt.Sprint(kept, err) // two answers, and days 2, 3 to 16, 3, 4, 5 to 16
	})
	var widget struct {
		Data struct {
			Stats struct {
				Sources []struct {
					Kept int `json:"kept_days"`
				} `json:"sources"`
			} `json:"stats"`
		} `json:"eventData"`
	}
	if text := moving(4, 18); json.Unmarshal([]byte(text), &widget) != nil || len(widget.Data.Stats.Sources) != 1 || widget.Data.Stats.Sources[0].Kept != 13 {
		t.Errorf("two days on, of 15 days 13 should be kept: %s", text)
	}
}
