package strategies

import (
	"context"

	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/strategies/key"
)

// EchoPage is the page that Echo serves.
const EchoPage = key.Echo

// Echo answers a request with what it understood of it: an example of a strategy written in Go, and a
// way to see that requests come through without asking any store.
type Echo struct{}

var _ Strategy = Echo{}

// EchoData is the data of Echo's widget.
type EchoData struct {
	Kind      string   `json:"kind"`
	Status    string   `json:"status"`
	EventName string   `json:"event_name"`
	Page      string   `json:"page"`
	Product   string   `json:"product,omitempty"`
	Tenant    string   `json:"tenant,omitempty"`
	Widgets   []string `json:"widgets,omitempty"`
	Start     string   `json:"start_date,omitempty"`
	End       string   `json:"end_date,omitempty"`
}

const echoWidget = "Echo"

// Widgets returns the asked widgets, or "Echo".
func (Echo) Widgets(req *models.Request) []string {
	if len(req.SelectedWidgets) > 0 {
		return req.SelectedWidgets
	}
	return []string{echoWidget}
}

// Run pushes the same data for every asked widget.
func (e Echo) Run(ctx context.Context, req *models.Request, out Pusher) error {
	data := EchoData{
		Kind: "echo", Status: "ok",
		EventName: req.EventName, Page: req.PageName, Product: req.Product, Tenant: req.Tenant(),
		Widgets: req.SelectedWidgets, Start: req.StartDate, End: req.EndDate,
	}
	for _, w := range e.Widgets(req) {
		if out.Sent(w) {
			continue
		}
		if err := out.Push(ctx, w, data); err != nil {
			return err
		}
	}
	return nil
}
