package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// message is what Dispatcher says of a widget, as far as it is compared.
type message struct {
	EventName string `json:"eventName"`
	EventData struct {
		Status string          `json:"status"`
		Error  json.RawMessage `json:"error"`
		Schema struct {
			Fields []struct {
				Name string `json:"name"`
			} `json:"fields"`
		} `json:"schema"`
		Data struct {
			Values []row `json:"values"`
		} `json:"data"`
	} `json:"eventData"`
}

// framesOf reads the widgets' columns as rows.
func framesOf(messages []redis.XMessage) (answers, error) {
	all := make(answers)
	for _, raw := range messages {
		text, _ := raw.Values["payload"].(string)
		var m message
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			return nil, err
		}
		_, name, _ := strings.Cut(m.EventName, "__")
		if name == "Complete" {
			continue
		}
		if m.EventData.Status != "ok" {
			return nil, fmt.Errorf("%s: %s %s", m.EventName, m.EventData.Status, m.EventData.Error)
		}
		all[name] = m.rows(name)
	}
	return all, nil
}

// rows are the widget's columns that others have, too: its fields also say what changed, and of how many a ratio is.
func (m message) rows(widget string) (rows []row) {
	at := make(map[string]int)
	for i, f := range m.EventData.Schema.Fields {
		at[f.Name] = i
	}
	columns := map[string][]string{
		"total_flights": {"flights", "flights_previous"}, "on_time": {"on_time", "on_time_previous"},
		"average_delay": {"average_delay", "average_delay_previous"}, "delay_p90": {"delay_p90", "delay_p90_previous"},
		"flights_by_day": {"time", "flights", "late_flights"}, "delay_by_day": {"time", "average_delay", "on_time"},
		"top_origins": {"origin", "flights", "average_delay", "on_time"}, "late_destinations": {"destination", "late_flights", "flights", "on_time"},
		"delay_by_hour": {"weekday", "hour", "average_delay"}, "delay_histogram": {"from", "flights"}, "distance_histogram": {"from", "flights"},
		"late_routes": {"origin", "destination", "late_flights", "flights", "on_time", "average_delay"},
	}[widget]
	for i := range m.EventData.Data.Values[at[columns[0]]] {
		r := make(row, len(columns))
		for j, name := range columns {
			r[j] = m.EventData.Data.Values[at[name]][i]
		}
		if r = meant(widget, r); r != nil {
			rows = append(rows, r)
		}
	}
	return rows
}

// meant writes what a row says as the statements do; nil where it is of an empty bucket.
func meant(widget string, r row) row {
	switch widget {
	case "flights_by_day", "delay_by_day":
		ms, _ := r[0].(float64)
		r[0] = time.UnixMilli(int64(ms)).UTC().Format(time.DateOnly)
	case "delay_by_hour":
		if r[2] == nil {
			return nil
		}
		day, _ := r[0].(float64)
		r[0] = day + 1 // Monday is 1 in ISO 8601
	case "delay_histogram", "distance_histogram":
		if r[1] == 0.0 {
			return nil
		}
		if r[0] == nil {
			r[0] = -70.0 // below all bins
		}
	}
	return r
}
