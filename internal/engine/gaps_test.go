package engine_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
)

// TestGapsHoldAcrossPages: whether the pages are asked for by numbers or by cursors, their gaps and replies are those of all rows at once.
func TestGapsHoldAcrossPages(t *testing.T) {
	t.Parallel()
	p := newPage(t, `
      all: {kind: feed, dimensions: [channel, published_at, author, id], sort: [channel, published_at], gaps: {by: author, within: channel}, page_size: 10000}
      some: {kind: feed, dimensions: [channel, published_at, author, id], sort: [channel, published_at], gaps: {by: author, within: channel}, page_size: 37}
`)
	columns := []string{"id", catalog.ColumnGap, catalog.ColumnRepliesTo}
	request := func(widget string, extra ...models.Member) *models.Request {
		req := september(extra...)
		req.SelectedWidgets, req.EndDate = []string{widget}, "2002-09-07"
		return req
	}
	all := p.ask(t, request("all"))["all"]
	want := make(map[string][]any)
	for _, name := range columns {
		want[name] = columnOf(t, all, name)
	}
	n := len(want["id"])
	if n < 100 || n%37 == 0 {
		t.Fatalf("%d rows", n)
	}
	nulls := 0
	for _, gap := range want[catalog.ColumnGap] {
		if gap == nil {
			nulls++
		}
	}
	if channels := len(slices.Compact(slices.Clone(columnOf(t, all, "channel")))); nulls != channels || channels < 2 { // the first of each
		t.Errorf("%d rows without a gap, of %d channels", nulls, channels)
	}
	read := func(next func(page int, d *format.Data) *models.Request) {
		got := make(map[string][]any)
		var d *format.Data
		for page := 1; page < 100; page++ {
			req := next(page, d)
			if req == nil {
				break
			}
			d = p.ask(t, req)["some"]
			for _, name := range columns {
				got[name] = append(got[name], columnOf(t, d, name)...)
			}
		}
		for _, name := range columns {
			if !slices.Equal(got[name], want[name]) {
				t.Errorf("column %s of the pages is %v, want %v", name, got[name], want[name])
			}
		}
	}
	read(func(page int, _ *format.Data) *models.Request {
		if (page-1)*37 >= n {
			return nil
		}
		req := request("some")
		req.PageNumber = page
		return req
	})
	read(func(page int, before *format.Data) *models.Request {
		if page == 1 {
			return request("some")
		}
		if before.Paging.NextCursor == nil || *before.Paging.NextCursor == "" {
			return nil
		}
		cursor, err := json.Marshal(before.Paging.NextCursor)
		if err != nil {
			t.Fatal(err)
		}
		return request("some", models.Member{Name: "cursor", Value: cursor})
	})
}

// TestAnotherOrderHasNoGaps: sorted otherwise by the request, rows have no gaps, and it is said.
func TestAnotherOrderHasNoGaps(t *testing.T) {
	t.Parallel()
	p := newPage(t, `
      some: {kind: feed, dimensions: [published_at, author, words], sort: [published_at], gaps: {by: author}, page_size: 5}
`)
	d := p.ask(t, september(models.Member{Name: "sort", Value: []byte(`"-words"`)}))["some"]
	if gaps := columnOf(t, d, catalog.ColumnGap); slices.ContainsFunc(gaps, func(v any) bool { return v != nil }) || len(gaps) != 5 {
		t.Errorf("gaps %v", gaps)
	}
	if !slices.ContainsFunc(d.Notices, func(n format.Notice) bool { return n.Code == "gaps" }) {
		t.Errorf("notices %v", d.Notices)
	}
}
