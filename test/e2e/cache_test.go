package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

const cacheCatalog = `version: 1
sources: {files: {kind: duckdb}}
datasets:
  visits:
    source: files
    files: visits.csv
    time: {field: at}
    tenant: {parameter: company_id, field: company}
    share: {fresh_for: 10m, stale_for: 1m}
    dimensions: {place: {}}
    measures: {visits: {agg: count}}
pages:
  Cached:
    dataset: visits
    widgets:
      total: {kind: stat, measures: [visits]}
      days: {kind: timeseries, measures: [visits], grain: day}
      places: {kind: breakdown, dimension: place, measures: [visits]}
`

const threeVisits = "company,at,place\n7,2026-01-02 10:00:00,north\n7,2026-01-03 10:00:00,south\n8,2026-01-03 11:00:00,south\n"

// newVisits is a site of a catalog over visits, which are in the folder data.
func newVisits(t *testing.T, catalog, visits string) (s *site, data string) {
	t.Helper()
	data = t.TempDir()
	write(t, filepath.Join(data, "visits.csv"), visits)
	path := filepath.Join(t.TempDir(), "catalog.yaml")
	write(t, path, catalog)
	return newSiteOn(t, testenv.Redis(t), "APP_DISPATCHER_CATALOG="+path, "APP_DISPATCHER_DATA="+data), data
}

// openingVisits is a request for all of the page of a company's visits.
func openingVisits(company, key string) string {
	return fmt.Sprintf(`{"eventName":"custom_projects","eventData":{"page_name":"Cached","routing_key":%q,"company_id":%q,"start_date":"2026-01-01","end_date":"2026-01-07"}}`, key, company)
}

// openVisits asks for it, and waits until it is answered.
func (s *site) openVisits(company, key string) {
	s.t.Helper()
	s.send(openingVisits(company, key))
	s.eventually(time.Minute, "a page", func() (bool, string) {
		n := s.rdb.XLen(s.t.Context(), s.output(key)).Val()
		return n == 4, fmt.Sprint(n)
	})
}

// perVisitsPage is how many answers a page of visits is made of.
const perVisitsPage = 3

// shared waits until so many answers are: each is shared when it has been given.
func (s *site) shared(answers int64) {
	s.t.Helper()
	s.eventually(time.Minute, "what was computed is shared", func() (bool, string) {
		n := s.rdb.ZCard(s.t.Context(), commit.NamesOf(s.input()).AnswersPrefix+"1:index").Val()
		return n == answers, fmt.Sprint(n)
	})
}

// TestSharedAnswersAreShownAndPurged: what one consumer computed another hands out; the commands say so, and forget it, of one tenant or of all.
func TestSharedAnswersAreShownAndPurged(t *testing.T) {
	t.Parallel()
	s, _ := newVisits(t, cacheCatalog, threeVisits)
	first := s.start("consumer", "c1")
	caches := func(company, key string) map[string]int {
		t.Helper()
		s.openVisits(company, key)
		out := make(map[string]int)
		for _, m := range s.messages(key)[:3] {
			for _, word := range []string{"hit", "stale", "miss", "derived"} {
				out[word] += strings.Count(m.raw, fmt.Sprintf(`"cache":%q`, word))
			}
		}
		return out
	}
	files := make(map[string]string)
	for _, company := range []string{"7", "8"} {
		files[company] = filepath.Join(t.TempDir(), company+".json")
		write(t, files[company], openingVisits(company, "x"))
	}
	// explained counts what would come of a company's page.
	explained := func(company string) map[string]int {
		t.Helper()
		out := make(map[string]int)
		for line := range strings.Lines(s.dispatcher(t, "--json", "cache", "explain", "--file", files[company])) {
			var x struct {
				Cache string `json:"cache"`
			}
			if err := json.Unmarshal([]byte(line), &x); err != nil {
				t.Fatal(err)
			}
			out[x.Cache]++
		}
		return out
	}
	if x := explained("7"); x["miss"] < 2 || len(x) != 1 {
		t.Errorf("before anybody asked: %v", x)
	}
	if c := caches("7", "a"); c["miss"]+c["derived"] != 3 || c["hit"] != 0 {
		t.Errorf("the first page: %v", c)
	}
	caches("8", "b")
	s.shared(2 * perVisitsPage)
	first.kill()
	s.start("consumer", "c2") // which has computed nothing
	if c := caches("7", "c"); c["hit"] != 3 {
		t.Errorf("the same page by another consumer: %v", c)
	}
	if x := explained("7"); x["hit"] < 2 || len(x) != 1 {
		t.Errorf("after it was asked: %v", x)
	}
	if text := s.dispatcher(t, "cache", "explain", "--file", files["7"]); !strings.Contains(text, "visits on files") || !strings.Contains(text, "old, handed out for") {
		t.Errorf("explain says:\n%s", text)
	}
	if text := s.dispatcher(t, "cache", "stats"); !strings.Contains(text, "visits") || !strings.Contains(text, "2 ") {
		t.Errorf("stats say:\n%s", text)
	}
	if text := s.dispatcher(t, "cache", "purge", "--tenant", "7"); !strings.Contains(text, "say --yes") || explained("7")["hit"] == 0 {
		t.Errorf("without --yes: %s", text)
	}
	s.dispatcher(t, "cache", "purge", "--dataset", "visits", "--tenant", "7", "--yes")
	if of7, of8 := explained("7"), explained("8"); of7["miss"] < 2 || len(of7) != 1 || of8["hit"] < 2 || len(of8) != 1 {
		t.Errorf("one tenant's were purged: %v, %v", of7, of8)
	}
	if c := caches("7", "d"); c["miss"]+c["derived"] != 3 {
		t.Errorf("after a purge: %v", c)
	}
	if text := s.dispatcher(t, "--json", "cache", "purge", "--page", "Cached", "--from", "2026-01-02", "--to", "2026-01-03", "--zone", "Asia/Riyadh", "--yes"); !strings.Contains(text, `"of":[{"dataset":"visits","from":"2026-01-01T21:00:00Z","to":"2026-01-03T21:00:00Z"}]`) {
		t.Errorf("some days of a page: %s", text)
	}
	s.dispatcher(t, "cache", "purge", "--yes")
	if of7, of8 := explained("7"), explained("8"); of7["hit"]+of8["hit"] != 0 {
		t.Errorf("all were purged: %v, %v", of7, of8)
	}
	if text := s.dispatcher(t, "--json", "cache", "stats"); !strings.Contains(text, `"datasets":[]`) {
		t.Errorf("stats of nothing: %s", text)
	}
}

// TestPagesAreWarmedUp: what users waited for is asked for again, and computed before anybody does; nobody hears of it.
func TestPagesAreWarmedUp(t *testing.T) {
	t.Parallel()
	s, _ := newVisits(t, cacheCatalog, threeVisits)
	if text := s.dispatcher(t, "cache", "warm", "--dry-run"); !strings.Contains(text, "nobody has waited yet") {
		t.Errorf("before anybody asked: %s", text)
	}
	first := s.start("consumer", "c1")
	s.openVisits("7", "a")
	s.openVisits("7", "b")
	s.openVisits("8", "c")
	if err := first.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	<-first.done // which writes what is left to be written
	if text := s.dispatcher(t, "cache", "warm", "--dry-run"); !strings.Contains(text, "1/2  Cached of 7, 2026-01-01 to 2026-01-07, asked about 2 times\n2/2  Cached of 8, ") {
		t.Errorf("a dry run says:\n%s", text)
	}
	s.dispatcher(t, "cache", "purge", "--yes")
	s.start("consumer", "c2")
	for line := range strings.Lines(s.dispatcher(t, "--json", "cache", "warm", "--rate", "50")) {
		if !strings.Contains(line, `"status":"warm"`) || strings.Contains(line, "failed") {
			t.Error(line)
		}
	}
	if n := s.rdb.XLen(t.Context(), s.rejected()).Val(); n != 0 {
		t.Errorf("there are %d dead letters", n)
	}
	s.shared(2 * perVisitsPage)
	for company, key := range map[string]string{"7": "d", "8": "e"} {
		s.openVisits(company, key)
		for _, m := range s.messages(key)[:3] {
			if !strings.Contains(m.raw, `"cache":"hit"`) {
				t.Errorf("computed again: %s", m.raw)
			}
		}
	}
	if outputs := s.rdb.Keys(t.Context(), s.output("warm:*")).Val(); len(outputs) != 1 || s.rdb.XLen(t.Context(), outputs[0]).Val() != 2 {
		t.Errorf("warm-ups were answered to %v", outputs)
	}
}

// TestChangesEndWhatIsShared: a row that comes while an answer would be shared for minutes is in the next answers, since the store says that its rows are others.
func TestChangesEndWhatIsShared(t *testing.T) {
	t.Parallel()
	visits := "company,at,place\n7,2026-01-02 10:00:00,north\n"
	s, data := newVisits(t, strings.Replace(cacheCatalog, "    dimensions:", "    changes: {measures: [visits], every: 1s}\n    dimensions:", 1), visits)
	s.start("consumer", "c1")
	n := 0
	total := func() (value, cache string) {
		t.Helper()
		n++
		key := fmt.Sprint("u", n)
		s.send(fmt.Sprintf(`{"eventName":"custom_projects","eventData":{"page_name":"Cached","routing_key":%q,"company_id":"7","start_date":"2026-01-01","end_date":"2026-01-07","selected_widgets":["total"]}}`, key))
		s.eventually(time.Minute, "a page", func() (bool, string) { n := s.rdb.XLen(t.Context(), s.output(key)).Val(); return n == 2, fmt.Sprint(n) })
		var message struct {
			Data struct {
				Data struct {
					Values [][]any `json:"values"`
				} `json:"data"`
				Stats struct {
					Sources []struct {
						Cache string `json:"cache"`
					} `json:"sources"`
				} `json:"stats"`
			} `json:"eventData"`
		}
		raw := s.messages(key)[0].raw
		if err := json.Unmarshal([]byte(raw), &message); err != nil || len(message.Data.Stats.Sources) == 0 || len(message.Data.Data.Values) == 0 {
			t.Fatalf("%v in %s", err, raw)
		}
		return fmt.Sprint(message.Data.Data.Values[0][0]), message.Data.Stats.Sources[0].Cache
	}
	if value, cache := total(); value != "1" || cache != "miss" {
		t.Errorf("at first %s, a %s", value, cache)
	}
	s.shared(1)
	if value, cache := total(); value != "1" || cache != "hit" {
		t.Errorf("again %s, a %s", value, cache)
	}
	write(t, filepath.Join(data, "visits.csv"), visits+"7,2026-01-03 10:00:00,south\n")
	s.eventually(time.Minute, "the row that came", func() (bool, string) { value, cache := total(); return value == "2", value + ", a " + cache })
}
