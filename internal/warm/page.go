package warm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
)

// reference is the time at which all remembered pages are asked: a range up to today is one up to that day, whenever it was asked for.
//
//nolint:gochecknoglobals // a constant
var reference = time.Date(2001, 1, 1, 12, 0, 0, 0, time.UTC)

// mostBytes bounds what is remembered of a page.
const mostBytes = 8 << 10

// sorting are the keys besides the contract's that decide which rows a page shows, whatever its catalog.
func sorting() []string { return []string{"page_size", "limit", "sort", "sort_by", "order"} }

// canonical is a page as it is remembered: the request without who reads the answer and when it was asked for. Of keys that the contract does not name it has those alone that decide the answer. False says that it is too long.
func canonical(req *models.Request, asked time.Time, parameters []string) (string, bool) {
	data := make(map[string]any)
	for key, value := range map[string]string{
		"page_name": req.PageName, "product": req.Product, "company_id": req.CompanyID, "company_schema": req.CompanySchema, "dbName": req.DBName, "monitor_id": req.MonitorID,
		"timezone": req.TimeZone, "language": req.Language, "data_source": req.DataSource, "data_source_name": req.DataSourceName, "compare_with": req.CompareWith,
	} {
		if value != "" {
			data[key] = value
		}
	}
	start, end := plan.Roll(req, asked, reference)
	for key, date := range map[string]string{"start_date": start, "end_date": end} {
		if date != "" {
			data[key] = date
		}
	}
	if len(req.SelectedWidgets) > 0 {
		widgets := slices.Clone(req.SelectedWidgets)
		slices.Sort(widgets)
		data["selected_widgets"] = slices.Compact(widgets)
	}
	raw := map[string][]byte{"filters": req.Filters, "metrics": req.Metrics}
	for _, key := range append(sorting(), parameters...) {
		if value, ok := req.ExtraOf(key); ok {
			raw[key] = value
		}
	}
	for key, text := range raw {
		if len(text) == 0 {
			continue
		}
		value, err := ordered(text)
		if err != nil {
			return "", false
		}
		data[key] = value
	}
	page, err := json.Marshal(map[string]any{"eventName": req.EventName, "eventData": data})
	return string(page), err == nil && len(page) <= mostBytes
}

// ordered reads JSON so that it is written with its keys in order, and its numbers as they were.
func ordered(text []byte) (value any, err error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	err = dec.Decode(&value)
	return value, err
}

// Page is a page that somebody has waited for, as it would be asked for now.
type Page struct {
	Tenant string `json:"tenant"`
	Name   string `json:"page"`
	Start  string `json:"start_date,omitempty"`
	End    string `json:"end_date,omitempty"`
	// Asked is about how often it was asked for; a week later it counts half as much.
	Asked float64 `json:"asked"`

	event string
	data  map[string]any
}

// read makes a page of what is remembered, as it would be asked for at a time.
func read(tenant, text string, asked float64, now time.Time) (*Page, error) {
	req, err := models.Decoder{}.Decode(text)
	if err != nil {
		return nil, fmt.Errorf("warm: a remembered page: %w", err)
	}
	var envelope struct {
		Event string         `json:"eventName"`
		Data  map[string]any `json:"eventData"`
	}
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.UseNumber()
	if err := dec.Decode(&envelope); err != nil {
		return nil, fmt.Errorf("warm: a remembered page: %w", err)
	}
	p := &Page{Tenant: tenant, Name: req.PageName, Asked: asked, event: envelope.Event, data: envelope.Data}
	p.Start, p.End = plan.Roll(req, reference, now)
	for key, date := range map[string]string{"start_date": p.Start, "end_date": p.End} {
		if date != "" {
			p.data[key] = date
		}
	}
	return p, nil
}

// Payload is the page as a request that warms up: its closing message alone goes to a routing key, whose stream is kept for so long after it.
func (p *Page) Payload(id, routingKey string, now time.Time, kept time.Duration) ([]byte, error) {
	data := map[string]any{
		"warm_up": true, "request_id": id, "routing_key": routingKey, "request_timestamp": now.Unix(), "output_ttl": int(kept / time.Second),
	}
	maps.Copy(data, p.data)
	return json.Marshal(map[string]any{"eventName": p.event, "eventData": data})
}
