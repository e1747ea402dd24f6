package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// TestAPageBeyondItsBudget: a page that would read too much is rejected, and its requester is told what it would read and what would be cheaper; a shorter range is answered.
func TestAPageBeyondItsBudget(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	write(t, filepath.Join(data, "visits.csv"), "company,at,place\n7,2026-01-02 10:00:00,north\n")
	catalog := filepath.Join(t.TempDir(), "catalog.yaml")
	write(t, catalog, strings.NewReplacer("share: {fresh_for: 10m, stale_for: 1m}", "rows_per_day: 1000", "    dataset: visits\n", "    dataset: visits\n    budget: {rows: 20000}\n").Replace(cacheCatalog))
	s := newSiteOn(t, testenv.Redis(t), "APP_DISPATCHER_CATALOG="+catalog, "APP_DISPATCHER_DATA="+data)
	s.start("consumer", "c1")
	request := func(key, until string) string {
		return fmt.Sprintf(`{"eventName":"custom_projects","eventData":{"page_name":"Cached","routing_key":%q,"company_id":"7","start_date":"2026-01-01","end_date":%q}}`, key, until)
	}
	for key, until := range map[string]string{"long": "2026-01-30", "short": "2026-01-05"} {
		s.send(request(key, until))
	}
	for _, key := range []string{"long", "short"} {
		s.eventually(time.Minute, "a page", func() (bool, string) { n := s.rdb.XLen(t.Context(), s.output(key)).Val(); return n == 4, fmt.Sprint(n) })
	}
	for _, m := range s.messages("long") {
		if !strings.Contains(m.raw, `"code":"too_expensive"`) || !strings.Contains(m.raw, "may read 20000; cheaper would be a range of ") {
			t.Errorf("%s", m.raw)
		}
	}
	for _, m := range s.messages("short") {
		if strings.Contains(m.raw, "too_expensive") {
			t.Errorf("%s", m.raw)
		}
	}
	letters := s.rdb.XRange(t.Context(), s.rejected(), "-", "+").Val()
	if len(letters) != 1 || letters[0].Values["reason"] != "too_expensive" {
		t.Errorf("dead letters: %v", letters)
	}
	file := filepath.Join(t.TempDir(), "long.json")
	write(t, file, request("x", "2026-01-30"))
	if text := s.dispatcher(t, "catalog", "explain", catalog, "--data", data, "--file", file); !strings.Contains(text, "it would be refused: the page would read about ") {
		t.Errorf("explain says:\n%s", text)
	}
}
