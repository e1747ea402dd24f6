package cli

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/go-dispatcher/dispatcher/internal/alert"
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/schedule"
)

// alertsFile is a file of scheduled alerts.
type alertsFile struct {
	Alerts []scheduledAlert `yaml:"alerts"`
}

// scheduledAlert is an alert that is asked for again and again. Times are written as in 5m.
type scheduledAlert struct {
	Alert   string `yaml:"alert"`
	Every   string `yaml:"every"`
	Delay   string `yaml:"delay"`
	CatchUp int    `yaml:"catch_up"`
	// Always has what does not fire delivered, too.
	Always     bool   `yaml:"always"`
	RoutingKey string `yaml:"routing_key"`
	StreamTech string `yaml:"stream_tech"`
	CompanyID  string `yaml:"company_id"`
	Monitor    string `yaml:"monitor_id"`
	Language   string `yaml:"language"`
	Filters    any    `yaml:"filters"`
	// EventData are further keys of the request: company_schema, alert_threshold.
	EventData map[string]any `yaml:"event_data"`
}

const (
	defaultEvery   = 5 * time.Minute
	defaultCatchUp = 12
)

// readAlerts reads a file strictly: an unknown key is an error that says where it is.
func readAlerts(path string) ([]scheduledAlert, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the schedule: %w", err)
	}
	var file alertsFile
	if err := yaml.UnmarshalWithOptions(text, &file, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(file.Alerts) == 0 {
		return nil, fmt.Errorf("%s has no alerts", path)
	}
	return file.Alerts, nil
}

// job checks a scheduled alert and makes its requests.
func (a *scheduledAlert) job(cat *catalog.Catalog) (schedule.Job, error) {
	page, err := alertPage(cat, a.Alert)
	if err != nil {
		return schedule.Job{}, err
	}
	name := page.Key.Page
	if a.RoutingKey == "" {
		return schedule.Job{}, fmt.Errorf("alert %s has no routing_key: nobody could read it", name)
	}
	j := schedule.Job{Every: defaultEvery, CatchUp: defaultCatchUp}
	if j.Every, err = span("every", a.Every, defaultEvery, time.Second); err != nil {
		return j, fmt.Errorf("alert %s: %w", name, err)
	}
	if j.Delay, err = span("delay", a.Delay, 0, 0); err != nil {
		return j, fmt.Errorf("alert %s: %w", name, err)
	}
	if a.CatchUp < 0 || a.CatchUp > 1000 {
		return j, fmt.Errorf("alert %s: catch_up is from 1 to 1000 times, not %d", name, a.CatchUp)
	} else if a.CatchUp > 0 {
		j.CatchUp = a.CatchUp
	}
	data := a.request(page)
	named, err := json.Marshal(data) // keys in order: the same alert has the same name in every scheduler
	if err != nil {
		return j, fmt.Errorf("alert %s: %w", name, err)
	}
	j.Key = alert.ID(string(named))
	j.Payload = func(tick time.Time) ([]byte, error) {
		data := maps.Clone(data)
		data["end_date"] = tick.UTC().Format(time.RFC3339)
		data["request_timestamp"] = time.Now().Unix() // when it goes out, whatever time it is about
		data["request_id"] = "alert-" + alert.ID(j.Key, tick.UTC().Format(time.RFC3339Nano))
		return json.Marshal(map[string]any{"eventName": "alert_data", "eventData": data})
	}
	return j, nil
}

// request is what all requests of the alert have in common.
func (a *scheduledAlert) request(page *catalog.Page) map[string]any {
	data := make(map[string]any)
	maps.Copy(data, a.EventData)
	for key, value := range map[string]string{
		"product": page.Key.Product, "page_name": page.Key.Page, "page_alert_notification": page.Key.Page, "routing_key": a.RoutingKey,
		"stream_tech": a.StreamTech, "company_id": a.CompanyID, "monitor_id": a.Monitor, "language": a.Language,
	} {
		if value != "" {
			data[key] = value
		}
	}
	if a.Filters != nil {
		data["filters"] = a.Filters
	}
	if !a.Always {
		data["alert_only_fired"] = true
	}
	return data
}

// span reads a time; it is otherwise where the text is empty, and no less than least.
func span(key, text string, otherwise, least time.Duration) (time.Duration, error) {
	if text == "" {
		return otherwise, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < least || d%time.Second != 0 {
		return 0, fmt.Errorf("%s: %q is no time of whole seconds such as 5m", key, text)
	}
	return d, nil
}
