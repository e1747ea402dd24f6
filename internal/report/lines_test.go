package report_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/report"
)

// batches are three rows in two parts, with a failure after them where there is one.
func batches(failure error) report.Widget {
	fields := []format.Field{field("at", "time", ""), field("channel", "dimension", "Channel"), field("posts", "measure", "Posts"), field("rate", "ratio", "Rate"), field("is_other", "other", "")}
	fields[2].Labels = map[string]string{"team": "=a"}
	first := data("table", "T", fields, []any{day(1).Add(1500 * time.Millisecond).UnixMilli(), nil}, []any{"=1+1", "a,\"b\"\n"}, []any{int64(1) << 60, int64(-5)}, []any{0.25, nil}, []any{false, true})
	second := data("table", "T", fields, []any{nil}, []any{nil}, []any{nil}, []any{1e21}, []any{nil})
	var rest iter.Seq2[*format.Data, error] = func(yield func(*format.Data, error) bool) {
		if yield(second, nil) && failure != nil {
			yield(nil, failure)
		}
	}
	return report.Widget{ID: "w", Data: first, Rest: rest}
}

func TestCSV(t *testing.T) {
	t.Parallel()
	w := batches(nil)
	var out bytes.Buffer
	if err := report.WriteCSV(&out, &w); err != nil {
		t.Fatal(err)
	}
	got, err := csv.NewReader(&out).ReadAll()
	want := [][]string{
		{"at", "channel", "posts{team==a}", "rate", "is_other"}, {"2026-03-01T00:00:01.5Z", "'=1+1", "1152921504606846976", "0.25", "false"},
		{"", "a,\"b\"\n", "-5", "", "true"}, {"", "", "", "1e+21", ""},
	}
	if err != nil || !slices.EqualFunc(got, want, slices.Equal[[]string]) || w.Rows() != 3 {
		t.Errorf("%v, %d rows: %q", err, w.Rows(), got)
	}
}

// TestNoFormulas: whatever a spreadsheet would run as a formula is a text in CSV, in full-width signs too.
func TestNoFormulas(t *testing.T) {
	t.Parallel()
	texts := []any{"=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠a"}
	harmless := []any{"a=1", "１", "\xff=1", "ー1"}
	w := report.Widget{ID: "w", Data: data("table", "T", []format.Field{field("text", "dimension", "")}, slices.Concat(texts, harmless))}
	var out bytes.Buffer
	if err := report.WriteCSV(&out, &w); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(lines) != 1+len(texts)+len(harmless) {
		t.Fatalf("%v: %q", err, lines)
	}
	for i, v := range slices.Concat(texts, harmless) {
		if got := strings.HasPrefix(lines[1+i][0], "'"); got != (i < len(texts)) {
			t.Errorf("%q is written as %q", v, lines[1+i][0])
		}
	}
}

func TestJSONLines(t *testing.T) {
	t.Parallel()
	w := batches(nil)
	var out bytes.Buffer
	if err := report.WriteLines(&out, &w); err != nil {
		t.Fatal(err)
	}
	want := `{"at":"2026-03-01T00:00:01.5Z","channel":"=1+1","posts{team==a}":1152921504606846976,"rate":0.25,"is_other":false}
{"at":null,"channel":"a,\"b\"\n","posts{team==a}":-5,"rate":null,"is_other":true}
{"at":null,"channel":null,"posts{team==a}":null,"rate":1e+21,"is_other":null}
`
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
}

// TestRowsThatFail: an export whose rows end in an error is that error, in every format, never a shorter file.
func TestRowsThatFail(t *testing.T) {
	t.Parallel()
	failure := errors.New("the store is gone")
	for name, write := range map[string]func(w *report.Widget) error{
		"csv":     func(w *report.Widget) error { return report.WriteCSV(&bytes.Buffer{}, w) },
		"lines":   func(w *report.Widget) error { return report.WriteLines(&bytes.Buffer{}, w) },
		"parquet": func(w *report.Widget) error { return report.WriteParquet(&bytes.Buffer{}, &report.Report{}, w) },
		"xlsx": func(w *report.Widget) error {
			return report.WriteWorkbook(&bytes.Buffer{}, &report.Report{Widgets: []report.Widget{*w}})
		},
	} {
		w := batches(failure)
		if err := write(&w); !errors.Is(err, failure) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRowsOfAllBatches: a workbook has the rows that follow, and its cover counts them.
func TestRowsOfAllBatches(t *testing.T) {
	t.Parallel()
	r := &report.Report{Language: "en", Widgets: []report.Widget{batches(nil)}}
	book := workbook(t, r)
	last := book[0].Rows[len(book[0].Rows)-1]
	if len(book[1].Rows) != 2+3 || last[3] != "3" || r.Widgets[0].Rows() != 3 {
		t.Errorf("%d lines; the cover says %v", len(book[1].Rows), last)
	}
}
