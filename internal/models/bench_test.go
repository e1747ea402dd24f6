package models

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// realistic is a request of 700 bytes as a producer sends it.
const realistic = `{"eventName":"aggregate_dashboard_go_dispatcher","eventData":{"queue_name":"dashboards","routing_key":"company:4711:user-77.account",` +
	`"request_timestamp":1790000000,"page_name":"AccountPage","product":"Dashboards","company_schema":"tenant_4711","company_id":4711,"monitor_id":"90017",` +
	`"start_date":"2026-01-01","end_date":"2026-01-31","language":"en","data_source":"twitter","data_source_name":"Twitter","stream_tech":"REDIS STREAM",` +
	`"is_live_dashboard":false,"export_xlsx":"false","selected_widgets":["volume","authors","engagement","sentiment_over_time"],` +
	`"filters":{"channel":["twitter","news"],"language":["en","ar"],"sentiment":["negative"]},"timezone":"Asia/Riyadh","user_id":"u-77",` +
	`"metrics":[],"trace":"4bf92f3577b34da6a3ce929d0e0e4736"}}`

// kilobyte is an event's data of one kilobyte.
func kilobyte() map[string]any {
	values := make([]any, 60)
	for i := range values {
		values[i] = i * 1234567
	}
	return map[string]any{"kind": "timeseries", "status": "ok", "title": "Volume", "text": strings.Repeat("z", 300), "values": values}
}

// BenchmarkJSONPath decodes a request and encodes a message: ours, checked for duplicate keys, UTF-8, depth and
// size, against encoding/json, which checks none of them, in one run. The ratio is ours to theirs.
func BenchmarkJSONPath(b *testing.B) {
	data, err := Marshal(kilobyte())
	if err != nil {
		b.Fatal(err)
	}
	req, err := Decoder{}.Decode(realistic)
	if err != nil {
		b.Fatal(err)
	}
	payload, branding := []byte(realistic), NewBranding([2]string{"project_name_en", "Example"})
	ours := func() {
		if _, err := (Decoder{}).Decode(realistic); err != nil {
			b.Fatal(err)
		}
		e := NewEnvelope(req, "AccountPage__volume", data, branding)
		e.AppendJSON(nil)
	}
	type envelope struct {
		EventName  string          `json:"eventName"`
		EventData  json.RawMessage `json:"eventData"`
		MonitorID  string          `json:"monitor_id,omitempty"`
		DataSource string          `json:"data_source,omitempty"`
		StreamTech string          `json:"stream_tech,omitempty"`
		QueueName  string          `json:"queue_name,omitempty"`
		Language   string          `json:"language,omitempty"`
		Project    string          `json:"project_name_en,omitempty"`
	}
	theirs := func() {
		var in struct {
			EventName string         `json:"eventName"`
			EventData map[string]any `json:"eventData"`
		}
		if err := json.Unmarshal(payload, &in); err != nil {
			b.Fatal(err)
		}
		if _, err := json.Marshal(envelope{"AccountPage__volume", data, "90017", "twitter", "REDIS STREAM", "dashboards", "en", "Example"}); err != nil {
			b.Fatal(err)
		}
	}
	const turns = 2000
	var mine, other time.Duration
	rounds := 0
	for b.Loop() {
		begin := time.Now()
		for range turns {
			ours()
		}
		mine += time.Since(begin)
		begin = time.Now()
		for range turns {
			theirs()
		}
		other += time.Since(begin)
		rounds++
	}
	per := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / float64(rounds*turns) / 1000 }
	b.ReportMetric(per(mine), "ours-µs")
	b.ReportMetric(per(other), "encoding/json-µs")
	b.ReportMetric(float64(mine)/float64(other), "ratio")
}
