package strategies

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
)

// MembersKey is the key of a request that asks for the values of a filter member in place of the page's widgets.
const MembersKey = "member_values"

// Bounds of what is listed.
const (
	membersUsual = 50
	membersMost  = 1000
	searchMost   = 200
)

// asksMember is what the key holds.
type asksMember struct {
	Member string `json:"member"`
	Search string `json:"search"`
	Limit  int    `json:"limit"`
}

// memberOf reads the key. A producer's own key of the same name, which holds something else, is none of ours.
func memberOf(req *models.Request) (m asksMember, ok bool) {
	raw, ok := req.ExtraOf(MembersKey)
	if !ok || json.Unmarshal(raw, &m) != nil || m.Member == "" {
		return m, false
	}
	if m.Limit <= 0 {
		m.Limit = membersUsual
	}
	m.Limit = min(m.Limit, membersMost)
	return m, true
}

// members answers a request for the values of a filter member by one widget, and whatever else as it is answered otherwise.
type members struct {
	*Page
	otherwise Strategy
}

// Widgets returns the one widget, where the request asks for it.
func (m *members) Widgets(req *models.Request) []string {
	if _, ok := memberOf(req); ok {
		return []string{catalog.ValuesWidget}
	}
	return m.otherwise.Widgets(req)
}

// Kept leaves the values of filter members out: they are looked for as somebody types.
func (m *members) Kept(req *models.Request) (parameters []string, ok bool) {
	if _, ok := memberOf(req); ok {
		return nil, false
	}
	return m.Page.Kept(req)
}

// Run computes it as a page of that widget alone, with the request's own range, zone, parameters and filters.
func (m *members) Run(ctx context.Context, req *models.Request, out Pusher) error {
	asked, ok := memberOf(req)
	if !ok {
		return m.otherwise.Run(ctx, req, out)
	}
	search := strings.TrimSpace(asked.Search)
	if len(search) > searchMost {
		return fault.New(fault.Reject, models.ReasonBadValue, "a search has at most 200 bytes", nil)
	}
	listed, err := m.page.Values(asked.Member, search, asked.Limit)
	if err != nil {
		return fault.New(fault.Reject, models.ReasonUnknownMember, err.Error(), nil)
	}
	alone, whole := *m.Page, *req
	alone.page = listed
	whole.SelectedWidgets, whole.Metrics = nil, nil
	return alone.Run(ctx, &whole, out)
}
