package plan

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

const pagedPages = `
version: 1
sources: {local: {kind: duckdb}}
datasets:
  posts:
    source: local
    files: posts.parquet
    time: {field: at}
    tenant: {parameter: company_id, field: company}
    limits: {rows: 2000}
    dimensions: {at: {type: time}, author: {}, likes: {type: int}, tags: {multi: true}}
    measures: {volume: {agg: count}}
pages:
  P:
    dataset: posts
    widgets:
      feed: {kind: feed, dimensions: [at, author, likes, tags], sort: [-at], page_size: 2}
      other: {kind: feed, dimensions: [at, author, likes, tags], sort: [-at], page_size: 2}
      words: {kind: feed, dimensions: [at, author, likes], sort: [-at], sortable: {date: at, engagement: likes}}
      table: {kind: table, dimensions: [author], measures: [volume], page_size: 2, total: true}
  Own: {dataset: posts, parameters: {sort: {dimension: author}}, widgets: {feed: {kind: feed, dimensions: [at, author], sort: [-at]}}}
`

// pagedAt plans one widget of the page above at a time.
func pagedAt(t *testing.T, page, widget string, now time.Time, keys map[string]any) *Widget {
	t.Helper()
	cat, err := catalog.Load(fstest.MapFS{"c.yaml": {Data: []byte(pagedPages)}}, "c.yaml")
	if err != nil {
		t.Fatal(err)
	}
	data := map[string]any{"company_id": "7", "start_date": "2002-09-01", "end_date": "2002-09-30", "selected_widgets": widget}
	maps.Copy(data, keys)
	raw, err := json.Marshal(map[string]any{"eventName": "e", "eventData": data})
	if err != nil {
		t.Fatal(err)
	}
	req, err := models.Decoder{}.Decode(string(raw))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Build(req, cat.Pages[page], cat, now)
	if err != nil {
		t.Fatal(err)
	}
	return &p.Widgets[0]
}

func noon(day int) time.Time { return time.Date(2002, 9, day, 12, 0, 0, 0, time.UTC) }

// rowsOf is a frame of posts: their times, authors and likes.
func rowsOf(t *testing.T, rows ...[]any) *frame.Frame {
	t.Helper()
	b, err := frame.NewBuilder(frame.Field{Name: "at", Kind: frame.Time}, frame.Field{Name: "author", Kind: frame.String}, frame.Field{Name: "likes", Kind: frame.Int})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := b.Append(r...); err != nil {
			t.Fatal(err)
		}
	}
	return b.Frame()
}

func next(t *testing.T, w *Widget, rows ...[]any) string {
	t.Helper()
	text, err := w.Cursor.Next(rowsOf(t, rows...), len(rows), nil)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestAPageGoesOnWhereTheLastOneEnded: after the last row by its values, but for as many rows with the same values as were shown; in the range
// of the first page, and without what has happened since.
func TestAPageGoesOnWhereTheLastOneEnded(t *testing.T) {
	t.Parallel()
	first := pagedAt(t, "P", "feed", noon(20), map[string]any{"sort": []string{"-likes", "author"}})
	if q := first.Steps[0].Query; q.Limit != 3 || q.Offset != 0 || len(q.Order) != 3 {
		t.Fatalf("%+v", q)
	}
	row := []any{noon(3), nil, int64(5)}
	cursor := next(t, first, row, row)
	// A month later, without a range: the cursor has it.
	second := pagedAt(t, "P", "feed", noon(52), map[string]any{"sort": []string{"-likes", "author"}, "cursor": cursor, "start_date": "", "end_date": ""})
	if second.Err != nil {
		t.Fatal(second.Err)
	}
	q := second.Steps[0].Query
	likes, author, at := query.Field{Column: "likes", Type: query.Int}, query.Field{Column: "author", Type: query.String}, query.Field{Column: "at", Type: query.Time}
	is := func(f query.Field, op query.Op, v ...any) query.Compare {
		c := query.Compare{Field: f, Op: op, Values: v}
		if f.Type == query.Time {
			c.Storage, c.Zone = "timestamp", "UTC"
		}
		return c
	}
	rest := query.Or{is(at, query.Lt, noon(3)), is(at, query.NotExists), query.And{is(at, query.Eq, noon(3)), query.And{}}}
	want := query.And{
		query.And{query.Or{is(likes, query.Lt, int64(5)), is(likes, query.NotExists), query.And{is(likes, query.Eq, int64(5)), query.And{is(author, query.NotExists), rest}}}},
		query.Not{Of: query.And{is(at, query.Gte, noon(20)), is(at, query.Lt, noon(52))}},
	}
	if diff := cmp.Diff(query.Filter(want), q.Where); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if q.Offset != 2 || q.Range != first.Range || second.Page != 2 {
		t.Errorf("%+v page %d", q, second.Page)
	}
	// All rows of the second page have those values, too: three more are left out on the third.
	third := pagedAt(t, "P", "feed", noon(53), map[string]any{"sort": []string{"-likes", "author"}, "cursor": next(t, second, row, row, row)})
	if third.Err != nil || third.Steps[0].Query.Offset != 5 || third.Page != 3 {
		t.Errorf("%v %+v", third.Err, third.Steps)
	}
	// A page by its number does not know how many rows before it have the same values: rows are counted off.
	numbered := pagedAt(t, "P", "feed", noon(20), map[string]any{"pageNumber": 4})
	after := pagedAt(t, "P", "feed", noon(20), map[string]any{"cursor": next(t, numbered, row, row)})
	if numbered.Steps[0].Query.Offset != 6 || after.Err != nil || after.Steps[0].Query.Offset != 8 || after.Page != 5 {
		t.Errorf("%+v, then %v %+v", numbered.Steps[0].Query, after.Err, after.Steps)
	}
}

// TestTheNewestRowsNarrowTheRange: what comes after a time lies before it, so that later partitions and objects are not read.
func TestTheNewestRowsNarrowTheRange(t *testing.T) {
	t.Parallel()
	first := pagedAt(t, "P", "feed", noon(20), nil)
	q := pagedAt(t, "P", "feed", noon(20), map[string]any{"cursor": next(t, first, []any{noon(9), "a", nil})}).Steps[0].Query
	if q.Range.From != first.Range.From || !q.Range.To.Equal(noon(9).Add(time.Second)) {
		t.Errorf("%v", q.Range)
	}
	q = pagedAt(t, "P", "feed", noon(20), map[string]any{"sort": "at", "cursor": next(t, pagedAt(t, "P", "feed", noon(20), map[string]any{"sort": "at"}), []any{noon(9), "a", nil})}).Steps[0].Query
	if q.Range.To != first.Range.To || !q.Range.From.Equal(noon(9).Add(-time.Second)) {
		t.Errorf("%v", q.Range)
	}
}

// TestZeroHasOneForm: rows whose numbers are equal are counted as such, whatever sign a store gives to nothing.
func TestZeroHasOneForm(t *testing.T) {
	t.Parallel()
	a, _ := cursorValue(math.Copysign(0, -1))
	b, _ := cursorValue(0.0)
	if string(a) != string(b) {
		t.Errorf("%s and %s", a, b)
	}
}

// TestGroupsAreCountedOff: no condition on rows says which groups come after one. The total is counted once.
func TestGroupsAreCountedOff(t *testing.T) {
	t.Parallel()
	first := pagedAt(t, "P", "table", noon(20), nil)
	total := int64(9)
	cursor, err := first.Cursor.Next(rowsOf(t, []any{noon(1), "a", nil}), 1, &total)
	if err != nil {
		t.Fatal(err)
	}
	second := pagedAt(t, "P", "table", noon(20), map[string]any{"cursor": map[string]any{"table": cursor, "feed": "c1.x"}})
	if second.Err != nil || second.Steps[0].Query.Offset != 1 || second.Steps[0].Query.Where != nil || second.Steps[0].Query.Total || *second.Cursor.Total() != 9 {
		t.Errorf("%v %+v", second.Err, second)
	}
}

// TestCursorsOfOthersAreRefused: altered anywhere, or used for another widget, tenant, order, filter or page, a cursor is refused, and clearly.
func TestCursorsOfOthersAreRefused(t *testing.T) {
	t.Parallel()
	cursor := next(t, pagedAt(t, "P", "feed", noon(20), nil), []any{noon(3), "a", int64(5)})
	if w := pagedAt(t, "P", "feed", noon(20), map[string]any{"cursor": cursor, "page_size": 50}); w.Err != nil || w.PageSize != 50 {
		t.Fatalf("its own, with another size: %v", w.Err)
	}
	for name, keys := range map[string]map[string]any{
		"tenant": {"company_id": "8"}, "order": {"sort": "likes"}, "filter": {"filters": map[string]any{"author": "a"}},
	} {
		keys["cursor"] = cursor
		w := pagedAt(t, "P", "feed", noon(20), keys)
		if fault.ReasonOf(w.Err) != ReasonCursor || fault.ClassOf(w.Err) != fault.Permanent || !strings.Contains(fault.SafeText(w.Err), "ask for the first page") {
			t.Errorf("%s: %v", name, w.Err)
		}
	}
	if w := pagedAt(t, "P", "other", noon(20), map[string]any{"cursor": cursor}); !strings.Contains(fault.SafeText(w.Err), `is of widget "feed"`) {
		t.Errorf("another widget: %v", w.Err)
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(cursor, cursorVersion))
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		for _, bit := range []byte{1, 0x20} {
			altered := slices.Clone(raw)
			altered[i] ^= bit
			w := pagedAt(t, "P", "feed", noon(20), map[string]any{"cursor": cursorVersion + base64.RawURLEncoding.EncodeToString(altered)})
			if fault.ReasonOf(w.Err) != ReasonCursor {
				t.Fatalf("byte %d altered (%s): %v", i, altered[digestBytes:], w.Err)
			}
		}
		if i > 60 {
			break // every byte costs a page
		}
	}
	for _, bad := range []any{7, "x", "c1.", "c1.!!", "c2." + cursor[3:], cursor + "A", strings.Repeat("c", 20<<10), []string{"a"}, map[string]any{"feed": 7}} {
		if w := pagedAt(t, "P", "feed", noon(20), map[string]any{"cursor": bad}); fault.ReasonOf(w.Err) != ReasonCursor {
			t.Errorf("%v: %v", bad, w.Err)
		}
	}
	if w := pagedAt(t, "P", "feed", noon(20), map[string]any{"cursor": ""}); w.Err != nil || w.Page != 1 {
		t.Errorf("none: %v", w.Err)
	}
}

func TestSortsOfRequests(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		widget string
		keys   map[string]any
		want   string // names, - for descending; or what the error says
	}{
		{"feed", nil, "-at"},
		{"feed", map[string]any{"sort": "likes"}, "likes -at"},
		{"feed", map[string]any{"sort": []string{"-likes", "posts.author"}}, "-likes author -at"},
		{"feed", map[string]any{"sort": "likes desc"}, "-likes -at"},
		{"feed", map[string]any{"sort": "likes:desc"}, "-likes -at"},
		{"feed", map[string]any{"sort": map[string]any{"likes": "DESC"}}, "-likes -at"},
		{"feed", map[string]any{"order": map[string]any{"at": "asc"}}, "at"},
		{"feed", map[string]any{"sortBy": "likes"}, "-likes -at"},
		{"feed", map[string]any{"sort_by": "author"}, "author -at"},
		{"feed", map[string]any{"sort_by": "+likes", "order": "desc"}, "likes -at"},
		{"feed", map[string]any{"sort_by": "likes", "order": "asc"}, "likes -at"},
		{"feed", map[string]any{"sort": "", "order": "desc"}, "-at"},
		{"words", map[string]any{"sort_by": "engagement"}, "-likes -at"},
		{"words", map[string]any{"sort_by": "date", "order": "asc"}, "at"},
		{"words", map[string]any{"sort_by": "author"}, `sort: unknown column "author"; known: date, engagement`},
		{"table", map[string]any{"sort": "-author"}, "-author -volume"},
		{"feed", map[string]any{"sort": "tags"}, `sort: unknown column "tags"`},
		{"feed", map[string]any{"sort": "lieks"}, `did you mean likes?`},
		{"feed", map[string]any{"sort": "likes; drop table"}, `unknown column "likes;"`},
		{"feed", map[string]any{"sort": 7}, `sort is a column`},
		{"feed", map[string]any{"sort_by": "likes", "order": "up"}, `is asc or desc, not "up"`},
		{"feed", map[string]any{"sort": strings.Split("a,b,c,d,e,f,g,h,i", ",")}, `more than 8`},
	} {
		w := pagedAt(t, "P", test.widget, noon(20), test.keys)
		if w.Err != nil {
			if !strings.Contains(fault.SafeText(w.Err), test.want) || fault.ClassOf(w.Err) != fault.Permanent {
				t.Errorf("%v: %v, want %s", test.keys, w.Err, test.want)
			}
			continue
		}
		var got []string
		for _, o := range w.Steps[0].Query.Order {
			name := o.Name
			if o.Desc {
				name = "-" + name
			}
			got = append(got, name)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%v: %v, want %s", test.keys, got, test.want)
		}
	}
	// A page's own parameter of that name stays one.
	if w := pagedAt(t, "Own", "feed", noon(20), map[string]any{"sort": "nobody"}); w.Err != nil || len(w.Steps[0].Query.Order) != 1 {
		t.Errorf("%v", w.Err)
	}
}

func TestSizesOfPages(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		keys map[string]any
		want int
		note bool
	}{
		{nil, 2, false},
		{map[string]any{"page_size": 10}, 10, false},
		{map[string]any{"pageSize": "10"}, 10, false},
		{map[string]any{"limit": 10}, 10, false},
		{map[string]any{"limit": 0}, 2, false},
		{map[string]any{"limit": 100_000}, 1000, true},
		{map[string]any{"limit": -1}, 0, false},
		{map[string]any{"page_size": "ten"}, 0, false},
	} {
		w := pagedAt(t, "P", "feed", noon(20), test.keys)
		if test.want == 0 {
			if fault.ReasonOf(w.Err) != models.ReasonBadValue {
				t.Errorf("%v: %v", test.keys, w.Err)
			}
			continue
		}
		if w.Err != nil || w.PageSize != test.want || w.Steps[0].Query.Limit != test.want+1 || (len(w.Notes) > 0) != test.note {
			t.Errorf("%v: %v %+v", test.keys, w.Err, w)
		}
	}
	if w := pagedAt(t, "P", "feed", noon(20), map[string]any{"page_number": 1 << 62}); w.Steps[0].Query.Offset != 2*(maxPage-1) {
		t.Errorf("page %d", w.Page)
	}
}

// FuzzCursor: no text makes more than an error of the widget.
func FuzzCursor(f *testing.F) {
	f.Add("c1.AAAAAAAAAAAAAAAAeyJ3IjoiZmVlZCJ9")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := decode(text); err == nil && (p.Page < 1 || p.Before < 0 || p.Skip < 0 || p.genuine([]byte("x"))) {
			t.Errorf("%q: %+v", text, p)
		}
	})
}
