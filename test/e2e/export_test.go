package e2e

import (
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // reads Parquet

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// TestExport asks for a page as a workbook: one message with a link to a file that holds the page's numbers, and all rows of its feed.
func TestExport(t *testing.T) {
	t.Parallel()
	s := newSite(t, reportStorage(t)...)
	s.start("consumer", "c1")
	for language, sheets := range map[string]struct{ cover, posts, latest string }{"en": {"Cover", "Posts", "Latest posts"}, "ar": {"الغلاف", "المنشورات", "أحدث المنشورات"}} {
		key := "export-" + language
		s.send(insights(key, `"export_xlsx":"true","exporter_id":"e7","language":"`+language+`"`))
		s.settled(2 * time.Minute)
		messages := s.messages(key)
		if len(messages) != 2 || messages[0].event != "ResearchInsightsPage__Export" || messages[1].event != "ResearchInsightsPage__Complete" {
			t.Fatalf("an export is one message and the closing one, not %v", messages)
		}
		answer := messages[0]
		if answer.data["kind"] != "export" || answer.data["status"] != "ok" || !strings.Contains(answer.raw, `"exporter_id":"e7"`) {
			t.Errorf("answer: %s", answer.raw)
		}
		book := make(map[string]testenv.Sheet)
		rows := 0
		for _, sheet := range testenv.Workbook(t, fetch(t, answer.data, "xlsx", "exports", xlsxType)) {
			book[sheet.Name] = sheet
			if sheet.Formulas > 0 || sheet.RightToLeft != (language == "ar") {
				t.Errorf("%s: %d formulas, right to left: %v", sheet.Name, sheet.Formulas, sheet.RightToLeft)
			}
			if sheet.Name != sheets.cover {
				rows += len(sheet.Rows) - 2
			}
		}
		if len(book) != insightsWidgets+1 || len(book[sheets.cover].Rows) < insightsWidgets {
			t.Errorf("%d sheets, and a cover of %d lines", len(book), len(book[sheets.cover].Rows))
		}
		if got := book[sheets.posts].Rows; len(got) != 3 || got[2][0] != "1240" {
			t.Errorf("%s: %v", sheets.posts, got)
		}
		if got := len(book[sheets.latest].Rows); got != 1240+2 { // a page of the widget has 50
			t.Errorf("%s has %d rows", sheets.latest, got)
		}
		if answer.data["rows"] != float64(rows) {
			t.Errorf("the message counts %v rows, the workbook has %d", answer.data["rows"], rows)
		}
	}
}

// TestExportOfFailedWidgets: the cover says what could not be computed; without a place for files the answer says what to set.
func TestExportOfFailedWidgets(t *testing.T) {
	t.Parallel()
	s := newSite(t, reportStorage(t)...)
	s.start("consumer", "c1")
	s.send(insights("some", `"export_xlsx":true,"selected_widgets":["total_posts","no_such_widget"]`))
	s.settled(time.Minute)
	answer := s.messages("some")[0]
	if answer.data["status"] != "partial" || !strings.Contains(answer.raw, `{"widget":"no_such_widget","status":"error","code":"unknown_widget"}`) {
		t.Errorf("answer: %s", answer.raw)
	}
	book := testenv.Workbook(t, fetch(t, answer.data, "xlsx", "exports", xlsxType))
	if last := book[0].Rows[len(book[0].Rows)-1]; len(book) != 2 || last[0] != "no_such_widget" || last[2] != "failed" {
		t.Errorf("%d sheets; the cover ends in %v", len(book), last)
	}
	s = newSite(t)
	s.start("consumer", "c1")
	s.send(insights("nowhere", `"export_xlsx":true`))
	s.settled(time.Minute)
	if answer := s.messages("nowhere")[0]; answer.event != "ResearchInsightsPage__Export" || !strings.Contains(answer.raw, `"code":"storage_config"`) {
		t.Errorf("without a place: %s %s", answer.event, answer.raw)
	}
}

// TestExportOfFiles: calc_export gives a file a widget, with the same numbers as the page.
func TestExportOfFiles(t *testing.T) {
	t.Parallel()
	s := newSite(t, reportStorage(t)...)
	s.start("consumer", "c1")
	ask := func(key, format string) message {
		s.send(`{"eventName":"calc_export","eventData":{"routing_key":"` + key + `","company_id":"1","page_name":"ResearchInsightsPage","start_date":"2002-09-01","end_date":"2002-09-30",` +
			`"selected_widgets":["volume_over_time","latest_posts"],"export_format":"` + format + `"}}`)
		s.settled(time.Minute)
		return s.messages(key)[0]
	}
	file := func(answer message, widget int, contentType string) string {
		list, _ := answer.data["widgets"].([]any)
		if len(list) != 2 {
			t.Fatalf("answer: %s", answer.raw)
		}
		one, _ := list[widget].(map[string]any)
		return string(fetch(t, one, "file", "exports", contentType))
	}
	answer := ask("csv", "csv")
	if answer.event != "ResearchInsightsPage__Export" || answer.data["format"] != "csv" || answer.data["rows"] != float64(30+1240) {
		t.Errorf("answer: %s", answer.raw)
	}
	rows, err := csv.NewReader(strings.NewReader(file(answer, 0, "text/csv; charset=utf-8"))).ReadAll()
	if err != nil || len(rows) != 31 || rows[0][0] != "time" || rows[1][0] != "2002-09-01T00:00:00Z" {
		t.Fatalf("%v: %.300v", err, rows)
	}
	posts := 0
	for _, r := range rows[1:] {
		n, err := strconv.Atoi(r[1])
		if err != nil {
			t.Fatal(err)
		}
		posts += n
	}
	if posts != 1240 {
		t.Errorf("%d posts", posts)
	}
	lines := strings.Split(strings.TrimSuffix(file(ask("jsonl", "jsonl"), 1, "application/jsonl"), "\n"), "\n")
	if len(lines) != 1240 {
		t.Fatalf("%d lines", len(lines))
	}
	var first struct {
		At string `json:"published_at"`
	}
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil || first.At != "2002-09-30T22:29:31Z" {
		t.Errorf("%v: %s", err, lines[0])
	}
	path := filepath.Join(t.TempDir(), "volume.parquet")
	answer = ask("parquet", "parquet")
	if err := os.WriteFile(path, []byte(file(answer, 0, "application/vnd.apache.parquet")), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var days, sum int
	var begin time.Time
	if err := db.QueryRowContext(t.Context(), "SELECT count(*), sum(posts)::BIGINT, min(time) FROM read_parquet($1)", path).Scan(&days, &sum, &begin); err != nil {
		t.Fatal(err)
	}
	if answer.data["rows"] != float64(30+1240) || days != 30 || sum != 1240 || !begin.Equal(time.Date(2002, 9, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%d days with %d posts from %v; %s", days, sum, begin, answer.raw)
	}
	s.send(`{"eventName":"calc_export","eventData":{"routing_key":"odd","company_id":"1","page_name":"ResearchInsightsPage","export_format":"pdf"}}`)
	s.settled(time.Minute)
	if letters := s.rdb.XRange(t.Context(), s.rejected(), "-", "+").Val(); len(letters) != 1 || !strings.Contains(fmt.Sprint(letters), "bad_value") || !strings.Contains(fmt.Sprint(letters), "xlsx, csv, jsonl, parquet") {
		t.Errorf("an unknown format: %v", letters)
	}
}

// TestExportOfEngagements: is_export_engagements gives all rows of the inbox as a file, to be known by the exporter's and the job's id; the flat request
// of a reader that counts fields gets its widgets.
func TestExportOfEngagements(t *testing.T) {
	t.Parallel()
	s := newSite(t, reportStorage(t)...)
	s.start("consumer", "c1")
	ask := func(key, more string) message {
		s.send(`{"eventName":"engagements_go_dispatcher","eventData":{"routing_key":"` + key + `","page_name":"engagements","company_id":1,"start_date":"2002-09-01",` +
			`"end_date":"2002-09-30","exporter_id":"e9","job_id":41` + more + `}}`)
		s.settled(time.Minute)
		list := s.messages(key)
		if len(list) != 2 || list[0].event != "EngagementsProductPage__Export" || list[1].data["status"] != "complete" {
			t.Fatalf("%s: not one export and the closing message: %v", key, list)
		}
		for _, m := range list {
			if !strings.Contains(m.raw, `"exporter_id":"e9"`) || !strings.Contains(m.raw, `"job_id":"41"`) {
				t.Errorf("%s: whose export is it? %.400s", key, m.raw)
			}
		}
		if list[0].data["exporter_id"] != "e9" || list[0].data["job_id"] != "41" {
			t.Errorf("%s: %v", key, list[0].data)
		}
		return list[0]
	}
	inbox := 0
	for _, sheet := range testenv.Workbook(t, fetch(t, ask("book", `,"is_export_engagements":"1"`).data, "xlsx", "exports", xlsxType)) {
		if sheet.Name == "Interactions" {
			inbox = len(sheet.Rows) - 2
		}
	}
	lines := ask("lines", `,"is_export_engagements":true,"export_format":"jsonl","selected_widgets":["inbox"]`)
	if inbox <= 25 || lines.data["rows"] != float64(inbox) { // a page of the widget has 25
		t.Errorf("the workbook has %d interactions, the lines %v", inbox, lines.data["rows"])
	}

	company := strings.NewReplacer(":", "", "-", "").Replace(s.prefix)
	s.send(`{"job_id":"j1","company_id":"` + company + `","page_name":"engagements_analytics","widgets_names":["overview","volume"],"is_export_engagements":true,` +
		`"start_date":1030838400,"end_date":1033430400,"product":"PUBLIC_API"}`)
	s.settled(time.Minute)
	if n := s.rdb.HLen(t.Context(), "PublicApis:"+company+":ENGAGEMENTS:j1:metrics").Val(); n != 2 {
		t.Errorf("the flat request got %d fields, want 2", n)
	}
}
