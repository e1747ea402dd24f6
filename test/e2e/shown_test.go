package e2e

import (
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// TestUnknownAndSyntheticAreShown asks for posts whose authors have an unknown number of followers, all of them generated. Wherever the
// answer is shown (as JSON, in a terminal, a report, a workbook, a file of rows) their reach is unknown and not 0, and the page says that it is synthetic.
func TestUnknownAndSyntheticAreShown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.start("consumer", "c1")
	s.send(`{"eventName":"fedi_interactions","eventData":{"routing_key":"u","company_id":1,"page_name":"FediInteractionsPage","start_date":"2002-09-01","end_date":"2002-09-30",` +
		`"selected_widgets":["count","posts"],"filters":{"followers":{"exists":false}}}}`)
	s.settled(time.Minute)
	const synthetic = "These numbers are computed from generated data."

	t.Run("JSON", func(t *testing.T) {
		t.Parallel()
		messages := s.messages("u")
		if len(messages) != 3 {
			t.Fatalf("%d messages", len(messages))
		}
		for _, m := range messages[:2] {
			if !strings.Contains(m.raw, `{"severity":"info","code":"synthetic","text":"`+synthetic+`"}`) {
				t.Errorf("%s does not say that it is synthetic: %.300s", m.event, m.raw)
			}
			column := map[string]string{"FediInteractionsPage__count": "reach", "FediInteractionsPage__posts": "followers"}[m.event]
			if got, ok := cell(m.data, column); !ok || got != nil {
				t.Errorf("%s: %s is %v", m.event, column, got)
			}
		}
	})
	t.Run("terminal", func(t *testing.T) {
		t.Parallel()
		out := s.dispatcher(t, "tail", "u")
		followers := regexp.MustCompile(`(?m)(?:user-\d+|[a-z]+-account)\s+–\s`)
		if !regexp.MustCompile(`–\s+Reach`).MatchString(out) || len(followers.FindAllString(out, -1)) != 8 || strings.Count(out, synthetic) != 2 {
			t.Errorf("tail:\n%s", out)
		}
	})
	file := func(t *testing.T, name string) []byte {
		t.Helper()
		path := filepath.Join(t.TempDir(), name)
		s.dispatcher(t, "report", "FediInteractionsPage", "--start", "2002-09-01", "--end", "2002-09-30", "--widgets", "count", "--filters", `{"followers":{"exists":false}}`, "--out", path)
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	t.Run("report", func(t *testing.T) {
		t.Parallel()
		page := string(file(t, "u.html"))
		if !regexp.MustCompile(`Reach</bdi></span>\s*<span class="value">–<`).MatchString(page) || !strings.Contains(page, `<span class="badge synthetic">synthetic</span>`) {
			t.Errorf("the report:\n%s", page)
		}
	})
	t.Run("workbook", func(t *testing.T) {
		t.Parallel()
		book := testenv.Workbook(t, file(t, "u.xlsx"))
		at := slices.IndexFunc(book, func(s testenv.Sheet) bool { return s.Name == "Posts found" })
		if at < 0 {
			t.Fatalf("the workbook: %v", book)
		}
		rows := book[at].Rows
		column := slices.Index(rows[1], "Reach")
		if column < 0 || len(rows) != 3 || column < len(rows[2]) && rows[2][column] != "" || rows[2][0] == "" {
			t.Errorf("the sheet: %v", rows)
		}
		for _, sheet := range book {
			if !slices.ContainsFunc(sheet.Rows, func(row []string) bool { return strings.Contains(strings.Join(row, " "), synthetic) }) {
				t.Errorf("sheet %s does not say that it is synthetic: %v", sheet.Name, sheet.Rows)
			}
		}
	})
	t.Run("rows", func(t *testing.T) {
		t.Parallel()
		rows, err := csv.NewReader(strings.NewReader(string(file(t, "u.csv")))).ReadAll()
		if err != nil || len(rows) != 2 || rows[0][3] != "reach" || rows[1][3] != "" || rows[1][0] == "" {
			t.Errorf("%v: %v", err, rows)
		}
	})
}

// dispatcher runs the command line and returns what it prints.
func (s *site) dispatcher(t *testing.T, arguments ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(binaries, "dispatcher"), arguments...)
	cmd.Env = append(slices.Clone(s.env), "APP_DISPATCHER_CONSUMER_NAME=cli")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("dispatcher %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
	return string(out)
}

// TestALargerTableIsSynthetic loads the posts as they are, and more of them, and answers a page by the catalog that the command prints.
func TestALargerTableIsSynthetic(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for rows, want := range map[string]bool{"0": false, "10000": true} {
		dir := t.TempDir()
		load := exec.CommandContext(t.Context(), filepath.Join(binaries, "dispatcher"), "data", "load", "--store", "duckdb", "--file", filepath.Join(dir, "rows.db"), "--tables", "posts,authors", "--rows", rows)
		load.Env = s.env
		printed, err := load.Output()
		if err != nil {
			t.Fatal(err)
		}
		catalog := filepath.Join(dir, "catalog.yaml")
		if err := os.WriteFile(catalog, printed, 0o600); err != nil {
			t.Fatal(err)
		}
		page := filepath.Join(dir, "page.html")
		on := &site{t: t, env: append(slices.Clone(s.env), "APP_DISPATCHER_CATALOG="+catalog)}
		on.dispatcher(t, "report", "ResearchInsightsPage", "--start", "2002-09-01", "--end", "2002-09-30", "--widgets", "total_posts", "--out", page)
		made, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(made), `class="badge synthetic"`); got != want || strings.Contains(string(made), ">1,240<") == want {
			t.Errorf("--rows %s: synthetic is %v, want %v:\n%s", rows, got, want, made)
		}
	}
}
