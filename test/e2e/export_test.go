package e2e

import (
	"strings"
	"testing"
	"time"

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
