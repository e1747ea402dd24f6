package plan

import (
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/models"
)

// TestAPageWithGapsReadsTheRowBefore: the first page has none before it; the one more at the end says whether there is another page.
func TestAPageWithGapsReadsTheRowBefore(t *testing.T) {
	t.Parallel()
	cat := posts(t)
	page := cat.Pages["EngagementsSingleInteractionDMHistoryPage"]
	for _, c := range []struct {
		number        int
		lead          bool
		offset, limit int
	}{{1, false, 0, 101}, {2, true, 99, 102}, {7, true, 599, 102}} {
		req := &models.Request{CompanyID: "1", StartDate: "2002-09-01", EndDate: "2002-09-30", PageNumber: c.number, SelectedWidgets: []string{"messages"}}
		req.Extra = []models.Member{{Name: "interaction_id", Value: []byte(`"a"`)}}
		p, err := Build(req, page, cat, at(t, "2003-01-01T00:00:00Z"))
		if err != nil {
			t.Fatal(err)
		}
		w := p.Widgets[0]
		if q := w.Steps[0].Query; w.Lead != c.lead || q.Offset != c.offset || q.Limit != c.limit {
			t.Errorf("page %d: lead %v, offset %d, limit %d", c.number, w.Lead, q.Offset, q.Limit)
		}
	}
}

// TestATreeIsReadInTheOrderOfTime: with the names of its rows and of those that they answer, bounded, and with the number of all.
func TestATreeIsReadInTheOrderOfTime(t *testing.T) {
	t.Parallel()
	cat := posts(t)
	req := &models.Request{CompanyID: "1", StartDate: "2002-09-01", EndDate: "2002-09-30", PageNumber: 3, SelectedWidgets: []string{"reply_tree"}}
	req.Extra = []models.Member{{Name: "post_id", Value: []byte(`"a"`)}}
	p, err := Build(req, cat.Pages["SinglePostPage"], cat, at(t, "2003-01-01T00:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	q := p.Widgets[0].Steps[0].Query
	if !q.Rows || !q.Total || q.Limit != 200 || q.Offset != 0 || q.Order[0].Name != ColumnTime || q.Order[0].Desc || q.Where == nil {
		t.Errorf("asked by %+v", q)
	}
	if q.Select[1].Field.Column != "id" || q.Select[2].Field.Column != "reply_to" {
		t.Errorf("columns %+v", q.Select)
	}
}
