package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// ask are the flags that describe a request, the same for every command that makes one.
type ask struct {
	Product  string   `help:"Product, such as Dashboards."`
	Company  string   `default:"1" help:"company_id, the tenant."`
	Start    string   `help:"Start of the range: 2002-09-01, an RFC 3339 time, or unix seconds."`
	End      string   `help:"End of the range; a plain day is included."`
	Zone     string   `help:"Time zone of days, such as Europe/Berlin."`
	Widgets  []string `help:"Only these widgets."`
	Filters  string   `help:"Filters as JSON."`
	Language string   `help:"Language of labels, en or ar."`
	Set      []string `help:"Further eventData keys, as key=JSON." placeholder:"KEY=JSON"`
}

// request makes the envelope as producers send it. more holds the keys that are not flags of every command; empty ones are
// left out.
func (a *ask) request(event string, more map[string]string, now time.Time) ([]byte, error) {
	data := map[string]any{"request_timestamp": now.Unix()}
	add := func(key, value string) {
		if value != "" {
			data[key] = value
		}
	}
	add("product", a.Product)
	add("company_id", a.Company)
	add("start_date", a.Start)
	add("end_date", a.End)
	add("timezone", a.Zone)
	add("language", a.Language)
	for key, value := range more {
		add(key, value)
	}
	if len(a.Widgets) > 0 {
		data["selected_widgets"] = a.Widgets
	}
	if a.Filters != "" {
		if !json.Valid([]byte(a.Filters)) {
			return nil, fmt.Errorf("--filters is not JSON: %s", a.Filters)
		}
		data["filters"] = json.RawMessage(a.Filters)
	}
	for _, pair := range a.Set {
		key, value, err := keyJSON(pair)
		if err != nil {
			return nil, err
		}
		data[key] = value
	}
	return json.Marshal(map[string]any{"eventName": event, "eventData": data})
}

// keyJSON reads key=JSON; what is not JSON is taken as a string.
func keyJSON(pair string) (string, any, error) {
	key, text, ok := strings.Cut(pair, "=")
	if !ok || key == "" {
		return "", nil, fmt.Errorf("--set %q is not key=JSON", pair)
	}
	if json.Valid([]byte(text)) {
		return key, json.RawMessage(text), nil
	}
	return key, text, nil
}
