package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
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
	Filters  string   `help:"Filters as JSON, or as @FILE." placeholder:"JSON"`
	Metrics  string   `help:"Widgets that the request describes for a custom page, as JSON, or as @FILE." placeholder:"JSON"`
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
	for key, text := range map[string]string{"filters": a.Filters, "metrics": a.Metrics} {
		raw, err := flagJSON(key, text)
		if err != nil {
			return nil, err
		}
		if raw != nil {
			data[key] = raw
		}
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

// flagJSON returns the JSON that a flag says, or that the file holds which it names; nil for nothing.
func flagJSON(flag, text string) (json.RawMessage, error) {
	if path, ok := strings.CutPrefix(text, "@"); ok {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("--%s: %w", flag, err)
		}
		if !json.Valid(data) {
			return nil, fmt.Errorf("--%s: %s is not JSON", flag, path)
		}
		return data, nil
	}
	if text == "" {
		return nil, nil
	}
	if !json.Valid([]byte(text)) {
		return nil, fmt.Errorf("--%s is not JSON: %s", flag, text)
	}
	return json.RawMessage(text), nil
}

// sent returns a request as a file holds it; - is the standard input.
func sent(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(file)
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
