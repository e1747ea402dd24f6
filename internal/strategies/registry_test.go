package strategies

import (
	"context"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/strategies/key"
)

// named is a strategy that only has a name.
type named string

func (named) Widgets(*models.Request) []string                   { return nil }
func (named) Run(context.Context, *models.Request, Pusher) error { return nil }

func TestLookupFollowsTheContract(t *testing.T) {
	t.Parallel()
	r := NewRegistry()
	for _, k := range []Key{
		{Product: "Alerts", Page: "P", Notification: "N"}, {Product: "Alerts", Page: "TrendingAlert"}, {Product: "Dashboards", Page: "P"}, {Page: "P"}, {Page: "Default"},
	} {
		if err := r.Register(k, named(k.String())); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ product, page, notification, want string }{
		{"Alerts", "P", "N", "Alerts/P/N"},
		{"Alerts", "X", "TrendingAlert", "Alerts/TrendingAlert/"},
		{"Dashboards", "P", "", "Dashboards/P/"},
		{"Dashboards", "P", "TrendingAlert", "Dashboards/P/"},
		{"Other", "P", "", "/P/"},
		{"", "", "", "/Default/"},
		{"Alerts", "X", "", ""},
	} {
		s, ok := Lookup(c.product, c.page, c.notification, r)
		if got, _ := s.(named); ok != (c.want != "") || string(got) != c.want {
			t.Errorf("%v: found %q", c, got)
		}
	}
	if err := r.Register(Key{Page: "P"}, named("x")); err == nil {
		t.Error("a key can be taken twice")
	}
	if err := r.Register(Key{Product: "P"}, named("x")); err == nil {
		t.Error("a key needs no page")
	}
}

// TestTheGatewayKnowsWhatIsWrittenInGo: it links no strategy, and refuses pages that nobody serves.
func TestTheGatewayKnowsWhatIsWrittenInGo(t *testing.T) {
	t.Parallel()
	r := NewRegistry()
	if err := RegisterAll(r); err != nil {
		t.Fatal(err)
	}
	known := key.ByHand()
	for _, k := range known {
		if _, ok := r.Find(k); !ok {
			t.Errorf("key.ByHand names %v, which the registration file does not register", k)
		}
	}
	if len(known) != len(r.byKey) {
		t.Errorf("the registration file registers %d strategies, key.ByHand names %d", len(r.byKey), len(known))
	}
}

// pushed collects what a strategy sends.
type pushed struct{ widgets []string }

func (p *pushed) Sent(w string) bool { return w == "sent-before" }
func (p *pushed) Push(_ context.Context, w string, _ any) error {
	p.widgets = append(p.widgets, w)
	return nil
}
func (*pushed) Written() <-chan struct{} { return nil }

func (p *pushed) Fail(context.Context, string, error) error { return nil }

func TestEchoAnswersEachAskedWidgetThatWasNotSent(t *testing.T) {
	t.Parallel()
	p := &pushed{}
	if err := (Echo{}).Run(t.Context(), &models.Request{SelectedWidgets: []string{"a", "sent-before", "b"}}, p); err != nil {
		t.Fatal(err)
	}
	if len(p.widgets) != 2 || p.widgets[0] != "a" || p.widgets[1] != "b" {
		t.Errorf("pushed %v", p.widgets)
	}
}
