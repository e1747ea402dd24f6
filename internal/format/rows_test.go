package format_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// treeOf makes a tree of rows "id>parent", one an hour.
func treeOf(t *testing.T, depth int, total int64, rows ...string) format.Input {
	t.Helper()
	w := widget(catalog.TreeKind)
	w.Spec.Measures, w.Page, w.PageSize = nil, 1, max(200, len(rows))
	w.Spec.Tree = catalog.Tree{Depth: depth}
	w.Spec.Dimensions = []*catalog.Dimension{{Name: "text", Label: catalog.Labels{"en": "Text"}, Mask: true}}
	values := make([][]any, len(rows))
	for i, row := range rows {
		id, parent, answers := strings.Cut(row, ">")
		values[i] = []any{day(1).Add(time.Duration(i) * time.Hour), id, nil, "says " + id + "@example.com", total}
		if answers {
			values[i][2] = parent
		}
	}
	return format.Input{Widget: w, Sources: map[plan.Role]string{plan.Main: "s"}, Results: map[plan.Role]*source.Result{plan.Main: result(t, []frame.Field{
		{Name: plan.ColumnTime, Kind: frame.Time}, {Name: plan.ColumnID, Kind: frame.String}, {Name: plan.ColumnParent, Kind: frame.String},
		{Name: "text", Kind: frame.String}, {Name: query.ColumnTotal, Kind: frame.Int},
	}, values...)}}
}

func treeInput(t *testing.T) format.Input {
	t.Helper()
	return treeOf(t, 2, 40, "post", "a>post", "b>post", "aa>a", "lost>gone", "aaa>aa", "x>y", "y>x", "ab>a")
}

// TestTrees: rows hang under what they answer, in the order of their time; what is missing, goes round in circles or has no root is put where a reader finds it.
func TestTrees(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rows    []string
		want    string // id:depth:parent
		notices string
	}{
		"in order":          {[]string{"p", "b>p", "a>p", "b1>b", "a1>a", "b2>b"}, "p:0: b:1:p b1:2:b b2:2:b a:1:p a1:2:a", ""},
		"an orphan":         {[]string{"p", "a>gone", "b>a"}, "p:0: a:1:p b:2:a", "orphans"},
		"without its root":  {[]string{"a>gone", "b>a", "c>other"}, "a:0: b:1:a c:1:a", "orphans"},
		"several roots":     {[]string{"p", "q", "a>q", "b>gone"}, "p:0: q:0: a:1:q b:0:", "orphans"},
		"itself":            {[]string{"p", "a>a", "b>a"}, "p:0: a:1:p b:2:a", "cycle"},
		"a circle":          {[]string{"p", "a>c", "b>a", "c>b", "d>b"}, "p:0: a:1:p b:2:a c:3:b d:3:b", "cycle"},
		"nothing but it":    {[]string{"a>b", "b>a"}, "a:0: b:1:a", "cycle"},
		"two circles":       {[]string{"p", "a>b", "b>a", "c>d", "d>c", "e>d"}, "p:0: a:1:p b:2:a c:1:p d:2:c e:3:d", "cycle"},
		"answers the later": {[]string{"a>p", "p"}, "p:0: a:1:p", ""},
		"a name twice":      {[]string{"p", "a>p", "a>p", "b>a"}, "p:0: a:1:p b:2:a a:1:p", ""},
		"one row":           {[]string{"p"}, "p:0:", ""},
	} {
		d, err := format.Widget(treeOf(t, 10, int64(len(c.rows)), c.rows...))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i, id := range columnOf(t, d, catalog.ColumnNode) {
			parent := columnOf(t, d, catalog.ColumnParent)[i]
			if parent == nil {
				parent = ""
			}
			got = append(got, fmt.Sprintf("%v:%v:%v", id, columnOf(t, d, catalog.ColumnDepth)[i], parent))
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s: %s, want %s", name, text, c.want)
		}
		var codes []string
		for _, n := range d.Notices {
			codes = append(codes, n.Code)
		}
		if text := strings.Join(codes, " "); text != c.notices {
			t.Errorf("%s: notices %q, want %q", name, text, c.notices)
		}
	}
}

// TestADeepTree: a chain as long as a page has rows is walked, and cut at its depth.
func TestADeepTree(t *testing.T) {
	t.Parallel()
	rows := []string{"n0"}
	for i := 1; i < 10_000; i++ {
		rows = append(rows, fmt.Sprintf("n%d>n%d", i, i-1))
	}
	d, err := format.Widget(treeOf(t, 7, 10_000, rows...))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(columnOf(t, d, catalog.ColumnNode)); n != 8 || d.Status != "partial" {
		t.Errorf("%d rows, status %s", n, d.Status)
	}
}

// feedOf is a page of three messages of two threads, after one of the page before where lead says so.
func feedOf(t *testing.T, lead bool) format.Input {
	t.Helper()
	w := widget(catalog.Feed)
	thread, sender := &catalog.Dimension{Name: "thread"}, &catalog.Dimension{Name: "sender", Label: catalog.Labels{"en": "Sender"}}
	w.Spec.Measures, w.Page, w.PageSize, w.Lead = nil, 2, 3, lead
	w.Spec.Dataset.Time = &query.TimeField{Column: "at"}
	w.Spec.Dimensions = []*catalog.Dimension{thread, {Name: "at", Field: query.Field{Column: "at", Type: query.Time}}, sender}
	w.Spec.Sort = []query.Order{{Name: "thread"}, {Name: "at"}}
	w.Spec.Gaps = &catalog.Gaps{By: sender, Within: thread}
	return format.Input{Widget: w, Sources: map[plan.Role]string{plan.Main: "s"}, Results: map[plan.Role]*source.Result{plan.Main: result(t,
		[]frame.Field{{Name: "thread", Kind: frame.String}, {Name: "at", Kind: frame.Time}, {Name: "sender", Kind: frame.String}},
		[]any{"t1", day(1), "customer"}, []any{"t1", day(1).Add(90 * time.Second), "agent"}, []any{"t1", day(1).Add(91500 * time.Millisecond), "agent"}, []any{"t2", day(2), "customer"})}}
}

func gapsInput(t *testing.T) format.Input { t.Helper(); return feedOf(t, true) }

// TestGapsAcrossPages: with the last row of the page before in front, a page's first row has its gap; without it, it has none.
func TestGapsAcrossPages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lead          bool
		gaps, replies []any
	}{
		{true, []any{90.0, 1.5, nil}, []any{"customer", nil, nil}},
		{false, []any{nil, 90.0, 1.5}, []any{nil, "customer", nil}},
	} {
		d, err := format.Widget(feedOf(t, c.lead))
		if err != nil {
			t.Fatal(err)
		}
		if got := columnOf(t, d, catalog.ColumnGap); !slices.Equal(got, c.gaps) {
			t.Errorf("lead %v: gaps %v, want %v", c.lead, got, c.gaps)
		}
		if got := columnOf(t, d, catalog.ColumnRepliesTo); !slices.Equal(got, c.replies) {
			t.Errorf("lead %v: replies to %v, want %v", c.lead, got, c.replies)
		}
		if got := len(columnOf(t, d, "sender")); got != len(c.gaps) {
			t.Errorf("lead %v: %d rows", c.lead, got)
		}
	}
}

func cumulativeSeries(t *testing.T) format.Input {
	t.Helper()
	w := widget(catalog.Timeseries)
	w.Grain, w.Edges, w.Spec.Cumulative = catalog.Day, []time.Time{day(1), day(2), day(3), day(4), day(5)}, true
	return format.Input{Widget: w, Sources: map[plan.Role]string{plan.Main: "s"}, Results: map[plan.Role]*source.Result{
		plan.Main: result(t, []frame.Field{{Name: plan.ColumnBucket, Kind: frame.Int}, {Name: "posts", Kind: frame.Int}}, []any{int64(0), int64(2)}, []any{int64(2), int64(6)}),
	}}
}

func cumulativeBins(t *testing.T) format.Input {
	t.Helper()
	w := widget(catalog.Histogram)
	w.Spec.Cumulative, w.Spec.Bins, w.Spec.BinField = true, &query.Bins{Start: 0, Width: 3600, Count: 3}, &catalog.Dimension{Name: "age", Unit: "s"}
	return format.Input{Widget: w, Sources: map[plan.Role]string{plan.Main: "s"}, Results: map[plan.Role]*source.Result{
		plan.Main: result(t, []frame.Field{{Name: plan.ColumnBin, Kind: frame.Int}, {Name: "posts", Kind: frame.Int}},
			[]any{int64(0), int64(4)}, []any{int64(1), int64(8)}, []any{int64(3), int64(4)}),
	}}
}

// TestHalfLife: 16 replies, 4 in the first hour and 8 in the second: half of them had come after an hour and a half.
func TestHalfLife(t *testing.T) {
	t.Parallel()
	d, err := format.Widget(cumulativeBins(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Halves) != 1 || d.Halves[0] != (format.Half{Measure: "posts", At: 5400}) {
		t.Errorf("halves %v", d.Halves)
	}
	if got := columnOf(t, d, "posts_cumulative"); !slices.Equal(got, []any{int64(4), int64(12), int64(12), int64(16)}) {
		t.Errorf("so far %v", got)
	}
}

// TestListsInRows: a row's list is one text with commas for readers, and its values for files; where a table groups by it, each group has one value.
func TestListsInRows(t *testing.T) {
	t.Parallel()
	tags := &catalog.Dimension{Name: "tags", Field: query.Field{Column: "tags", Type: query.String, Multi: true}}
	stored := []any{"refund, partial" + query.ListSeparator + "bug", "one", "", nil}
	rows := make([][]any, len(stored))
	for i, v := range stored {
		rows[i] = []any{v}
	}
	for kind, want := range map[catalog.Kind]string{
		catalog.Feed:  `["refund, partial, bug","one","",null]`,
		catalog.Table: `["refund, partial\u001fbug","one","",null]`,
	} {
		w := widget(kind)
		w.Spec.Measures, w.Spec.Dimensions, w.Page, w.PageSize = nil, []*catalog.Dimension{tags}, 1, 10
		d, err := format.Widget(format.Input{Widget: w, Results: map[plan.Role]*source.Result{plan.Main: result(t, []frame.Field{{Name: "tags", Kind: frame.String}}, rows...)}})
		if err != nil {
			t.Fatal(err)
		}
		exact(t, d)
		if got, err := json.Marshal(d.Data.Values[0]); err != nil || string(got) != want {
			t.Errorf("%s: %s, want %s: %v", kind, got, want, err)
		}
		if list, ok := d.Data.Values[0][0].(format.List); ok != (kind == catalog.Feed) || ok && !slices.Equal(list.Values(), []string{"refund, partial", "bug"}) {
			t.Errorf("%s holds %#v", kind, d.Data.Values[0][0])
		}
	}
}
