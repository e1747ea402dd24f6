package strategies

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/locale"
	"github.com/go-dispatcher/dispatcher/internal/models"
)

// UnifiedWidget is the one message of a request for a page as one JSON (event unified_json), after the double underscore.
const UnifiedWidget = "Unified"

// maxUnified bounds the JSON of the widgets of such a message: readers take it in one piece.
const maxUnified = 8 << 20

// UnifiedData is the data of that message.
type UnifiedData struct {
	Kind     string `json:"kind"`
	Status   string `json:"status"` // ok, empty, or partial: some widgets failed or are partial
	Title    string `json:"title"`
	Language string `json:"language,omitempty"`
	// Range is the page's, with its zone; widgets may have others.
	Range *format.Range `json:"range,omitempty"`
	// AsOf is that of the oldest widget.
	AsOf       time.Time `json:"as_of,omitzero"`
	AgeSeconds int64     `json:"age_seconds"`
	// Order lists the ids of Widgets as the page has them: the keys of an object have no order.
	Order []string `json:"order"`
	// Widgets is an object of what each widget's own message would hold: its data, or its error.
	Widgets jsontext.Value `json:"widgets"`
	// Notices are those of the widgets that concern the page: synthetic data.
	Notices []format.Notice `json:"notices,omitempty"`

	content map[string]any // by widget
}

// Content returns the widgets without their ages and costs.
func (d *UnifiedData) Content() (content any, asOf time.Time) { return d.content, d.AsOf }

// unified answers event unified_json by one message, whatever else by one a widget.
type unified struct{ *Page }

func isUnified(req *models.Request) bool { return req.Event() == "unified_json" }

// Widgets returns the one message, else the page's.
func (u *unified) Widgets(req *models.Request) []string {
	if isUnified(req) {
		return []string{UnifiedWidget}
	}
	return u.Page.Widgets(req)
}

// Run computes the page as ever and sends its widgets together. A page of widgets that have all failed fails as the first of them did.
func (u *unified) Run(ctx context.Context, req *models.Request, out Pusher) error {
	if !isUnified(req) {
		return u.Page.Run(ctx, req, out)
	}
	if out.Sent(UnifiedWidget) {
		return nil
	}
	got := gathered{results: make(map[string]result)}
	if err := u.Page.Run(ctx, req, &got); err != nil {
		return err
	}
	data := UnifiedData{
		Kind: "page", Status: "empty", Title: u.page.Label.In(req.Language, u.page.Key.Page), Language: req.Language, Order: u.Page.Widgets(req),
	}
	if failed := data.fill(&got); failed != nil {
		return out.Fail(ctx, UnifiedWidget, failed)
	}
	return out.Push(ctx, UnifiedWidget, &data)
}

// gathered keeps what a page pushes.
type gathered struct {
	mu      sync.Mutex
	results map[string]result
}

// result is a widget's data or its error.
type result struct {
	data any
	err  error
}

// Sent is never: nothing of the page has left.
func (*gathered) Sent(string) bool { return false }

// Push keeps a widget's data.
func (g *gathered) Push(_ context.Context, widget string, data any) error {
	return g.keep(widget, result{data: data})
}

// Fail keeps a widget's error.
func (g *gathered) Fail(_ context.Context, widget string, err error) error {
	return g.keep(widget, result{err: err})
}

// Written has nothing to say: nothing is on its way.
func (*gathered) Written() <-chan struct{} { return nil }

func (g *gathered) keep(widget string, r result) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.results[widget] = r
	return nil
}

// fill takes in the widgets in their order, and returns the first one's error where all of them have failed.
func (d *UnifiedData) fill(got *gathered) (failed error) {
	d.Widgets = append(d.Widgets, '{')
	d.content = make(map[string]any, len(d.Order))
	good := 0
	for _, id := range d.Order {
		r, ok := got.results[id]
		if !ok {
			r.err = fault.New(fault.Permanent, "no_result", "the widget's strategy sent no result", nil)
		}
		raw, err := r.encode(maxUnified - len(d.Widgets))
		if err == nil {
			good++
			d.take(r.data)
			d.content[id] = contentOf(r.data)
		} else {
			d.Status = "partial"
			if failed == nil {
				failed = err
			}
			raw = models.ErrorData(fault.ReasonOf(err), fault.SafeTextIn(err, locale.Base(d.Language)))
			d.content[id] = fault.ReasonOf(err)
		}
		if len(d.Widgets) > 1 {
			d.Widgets = append(d.Widgets, ',')
		}
		d.Widgets, _ = jsontext.AppendQuote(d.Widgets, id) // what is no UTF-8 was refused with the request
		d.Widgets = append(append(d.Widgets, ':'), raw...)
	}
	d.Widgets = append(d.Widgets, '}')
	if good > 0 {
		return nil
	}
	return failed
}

func contentOf(data any) any {
	if c, ok := data.(Content); ok {
		data, _ = c.Content()
	}
	return data
}

// encode returns the data's JSON of at most so many bytes.
func (r result) encode(most int) ([]byte, error) {
	if r.err != nil {
		return nil, r.err
	}
	raw, err := models.Marshal(r.data)
	switch {
	case err != nil:
		return nil, fault.New(fault.Permanent, "encoding_failed", "", fmt.Errorf("encode a widget: %w", err))
	case len(raw) > most:
		return nil, fault.New(fault.Permanent, "message_too_large",
			"the page's one message would have more than "+strconv.Itoa(maxUnified)+" bytes; ask for this widget alone by selected_widgets", nil)
	}
	return raw, nil
}

// take notes what a widget's data says of the page.
func (d *UnifiedData) take(data any) {
	w, ok := data.(*format.Data)
	if !ok {
		if d.Status == "empty" {
			d.Status = "ok"
		}
		return
	}
	switch {
	case w.Status == "partial":
		d.Status = "partial"
	case w.Status != "empty" && d.Status == "empty":
		d.Status = "ok"
	}
	if d.Range == nil {
		d.Range = w.Range
	}
	if d.AsOf.IsZero() || w.AsOf.Before(d.AsOf) {
		d.AsOf, d.AgeSeconds = w.AsOf, w.AgeSeconds
	}
	if len(d.Notices) == 0 && slices.ContainsFunc(w.Notices, func(n format.Notice) bool { return n.Code == "synthetic" }) {
		text := catalog.Labels{
			"en": "Some of these numbers are computed from generated data: those of the widgets that say so.",
			"ar": "بعض هذه الأرقام محسوبة من بيانات مولّدة: أرقام العناصر التي تذكر ذلك.",
		}.In(d.Language, "")
		d.Notices = []format.Notice{{Severity: "info", Code: "synthetic", Text: text}}
	}
}
