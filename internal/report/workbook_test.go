package report_test

import (
	"bytes"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/report"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

func workbook(t *testing.T, r *report.Report) []testenv.Sheet {
	t.Helper()
	var out bytes.Buffer
	if err := report.WriteWorkbook(&out, r); err != nil {
		t.Fatal(err)
	}
	return testenv.Workbook(t, out.Bytes())
}

// TestWorkbook: numbers are numbers, times are on the report's clock, what is not known is empty, and the cover says what is missing.
func TestWorkbook(t *testing.T) {
	t.Parallel()
	total := int64(40)
	table := data("table", "Posts", []format.Field{
		field("at", "time", ""), field("channel", "dimension", "Channel"), in(field("wait", "measure", "Wait"), "s"), in(field("rate", "ratio", "Rate"), "percentunit"),
		field("id", "measure", "Id"), field("is_other", "other", ""),
	}, []any{day(1).UnixMilli(), time.Date(1800, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli(), nil}, []any{"=1+1", nil, nil}, []any{1.5, nil, int64(0)}, []any{0.25, nil, nil},
		[]any{int64(1) << 60, int64(7), int64(-8)}, []any{false, false, true})
	table.Schema.Fields[1].Config.NoValue = "(none)"
	table.Paging = &format.Paging{Page: 1, PageSize: 3, Total: &total}
	table.Notices = []format.Notice{{Code: "synthetic", Text: "Generated, not real: wait."}}
	book := workbook(t, &report.Report{
		Title: "Insights", Language: "en", Range: &format.Range{From: day(1), To: day(5), Zone: "Asia/Riyadh"}, Made: day(6), Filters: []byte(`{"channel":["a"]}`),
		Widgets: []report.Widget{{ID: "posts", Data: table}, {ID: "gone", Title: "Gone", Error: "The store does not answer.", Code: "source_unavailable"}},
	})
	if len(book) != 2 || book[0].Name != "Cover" || book[1].Name != "Posts" {
		t.Fatalf("sheets: %+v", book)
	}
	want := [][]string{
		{"Posts", "truncated: 3 of 40 rows", "Generated, not real: wait."},
		{"Time (Asia/Riyadh)", "Channel", "Wait (s)", "Rate (%)", "Id"},
		{"46082.125", "=1+1", "1.5", "25", "1152921504606846976"},
		{"1800-01-01T03:06:52+03:06", "(none)", "", "", "7"},
		{"", "all others", "0", "", "-8"},
	}
	for i, row := range want {
		if got := book[1].Rows[i]; !slices.Equal(got, row) {
			t.Errorf("row %d: %q, not %q", i, got, row)
		}
	}
	numbers := map[[2]int]bool{{2, 0}: true, {2, 2}: true, {2, 3}: true, {3, 4}: true, {4, 2}: true, {4, 4}: true}
	if !reflect.DeepEqual(book[1].Numbers, numbers) || book[1].Formulas != 0 {
		t.Errorf("numbers are at %v, and %d formulas", book[1].Numbers, book[1].Formulas)
	}
	var cover strings.Builder
	for _, r := range book[0].Rows {
		cover.WriteString(strings.Join(r, "|") + "\n")
	}
	for _, line := range []string{"Report|Insights\n", "Time zone|Asia/Riyadh\n", "Filters|channel: a\n", "Posts|Posts|ok|3|46085.1875|truncated: 3 of 40 rows|Generated, not real: wait.\n", "Gone||failed|||The store does not answer.\n"} {
		if !strings.Contains(cover.String(), line) {
			t.Errorf("the cover has no line %q:\n%s", line, cover.String())
		}
	}
}

// TestWorkbookOfEveryKind: each kind of widget has a sheet with all its rows, in both languages.
func TestWorkbookOfEveryKind(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"en", "ar"} {
		for name, w := range fixtures() {
			book := workbook(t, &report.Report{Language: language, Widgets: []report.Widget{w}})
			if w.Data == nil {
				if len(book) != 1 {
					t.Errorf("%s: a sheet without data", name)
				}
				continue
			}
			if got := len(book[1].Rows) - 2; got != w.Rows() || book[1].RightToLeft != (language == "ar") || book[0].RightToLeft != book[1].RightToLeft {
				t.Errorf("%s in %s: %d rows of %d, right to left: %v", name, language, got, w.Rows(), book[1].RightToLeft)
			}
		}
	}
}

// TestSheetNames: whatever a title is, its sheet has a name that Excel takes, and no two have the same.
func TestSheetNames(t *testing.T) {
	t.Parallel()
	one := data("table", "", []format.Field{field("n", "measure", "N")}, []any{int64(1)})
	titles := []string{"", "a", "A", "a", "'quoted'", "[a]:*?/\\b", strings.Repeat("x", 40), strings.Repeat("x", 41), strings.Repeat("😀", 20), "History", "Cover", "a\x00\x1fb\n", "  '  "}
	r := &report.Report{Language: "en"}
	for _, title := range titles {
		d := *one
		d.Title = title
		r.Widgets = append(r.Widgets, report.Widget{Data: &d})
	}
	book := workbook(t, r)
	if len(book) != len(titles)+1 {
		t.Fatalf("%d sheets for %d widgets", len(book), len(titles))
	}
	seen := make(map[string]bool)
	for _, s := range book {
		key := strings.ToLower(s.Name)
		if units := len(utf16.Encode([]rune(s.Name))); units == 0 || units > 31 || strings.ContainsAny(s.Name, "[]:*?/\\\x00") || strings.Trim(s.Name, "'") != s.Name || seen[key] || key == "history" {
			t.Errorf("a sheet is called %q", s.Name)
		}
		seen[key] = true
	}
}

// TestWorkbookTexts: a text of any letters and any length is in its cell as far as a cell goes, and is never a formula.
func TestWorkbookTexts(t *testing.T) {
	t.Parallel()
	texts := []any{"=HYPERLINK(\"http://x\")", "+1", "-1", "@a", "＝1+1", "<script>&\"'", "a\u202eb", "line\nline", strings.Repeat("é", 40_000), "مرحبا", "_x000D_"}
	d := data("table", "Texts", []format.Field{field("t", "dimension", "Text"), field("n", "measure", "N")}, texts, make([]any, len(texts)))
	for i := range d.Data.Values[1] {
		d.Data.Values[1][i] = int64(i)
	}
	book := workbook(t, &report.Report{Language: "en", Widgets: []report.Widget{{ID: "w", Data: d}}})
	if book[1].Formulas != 0 {
		t.Errorf("%d formulas", book[1].Formulas)
	}
	for i, v := range texts {
		want, _ := v.(string)
		got := book[1].Rows[i+2]
		if len(want) > 40_000 {
			want = strings.Repeat("é", 32_767)
		}
		if got[0] != want && got[0] != strings.ReplaceAll(want, "_x000D_", "_x005F_x000D_") || got[1] != strconv.Itoa(i) {
			t.Errorf("%.40q became %.40q", want, got[0])
		}
	}
}

// TestWorkbookOfManyRows: what one sheet cannot hold goes on in the next one, with the same heads, and no row is lost.
func TestWorkbookOfManyRows(t *testing.T) {
	t.Parallel()
	const most, more = 1_048_576 - 2, 5
	numbers := make([]any, most+more)
	for i := range numbers {
		numbers[i] = int64(i)
	}
	w := report.Widget{ID: "w", Data: data("feed", "Posts", []format.Field{field("n", "measure", "N")}, numbers)}
	book := workbook(t, &report.Report{Language: "en", Widgets: []report.Widget{w}})
	if len(book) != 3 || book[1].Name != "Posts" || book[2].Name != "Posts (2)" {
		t.Fatalf("%d sheets", len(book))
	}
	first, second := book[1].Rows, book[2].Rows
	if len(first) != most+2 || len(second) != more+2 || first[len(first)-1][0] != "1048573" || second[2][0] != "1048574" || second[1][0] != first[1][0] || second[0][0] != first[0][0] {
		t.Errorf("%d and %d lines; the second sheet begins with %v", len(first), len(second), second[:3])
	}
}

// TestWorkbookTooWide: more columns than a sheet has are an error that says what to do.
func TestWorkbookTooWide(t *testing.T) {
	t.Parallel()
	fields, values := make([]format.Field, 16_385), make([][]any, 16_385)
	for i := range fields {
		fields[i], values[i] = field("n", "measure", "N"), []any{int64(i)}
	}
	w := report.Widget{ID: "w", Data: data("table", "Wide", fields, values...)}
	if err := report.WriteWorkbook(io.Discard, &report.Report{Widgets: []report.Widget{w}}); fault.ReasonOf(err) != "export_too_large" || !strings.Contains(fault.SafeText(err), "csv") {
		t.Errorf("%v", err)
	}
}
