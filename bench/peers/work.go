package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The unit of work is the same for all: take one JSON request of about 680 bytes, parse it, build 1 KB of JSON, write it to
// one of a hundred output streams, acknowledge.
const outputs = 100

const page = "EchoPage"

// payload is request number i; its number comes back in the answer as the tenant.
func payload(i, outputs int) []byte {
	raw, err := json.Marshal(map[string]any{
		"eventName": "custom_projects",
		"eventData": map[string]any{
			"page_name": page, "routing_key": fmt.Sprintf("out-%d", i%outputs), "queue_name": "bench",
			"company_id": i, "monitor_id": 90_000 + i, "request_timestamp": time.Now().Unix(),
			"start_date": "2026-01-01", "end_date": "2026-01-31", "language": "en", "product": "Bench",
			"selected_widgets": []string{"Echo"},
			"filters":          map[string]any{"channel": []string{"a", "b", "c"}, "language": []string{"en", "ar"}},
			"padding":          strings.Repeat("x", 320),
		},
	})
	if err != nil {
		panic(err) // a map of plain values
	}
	return raw
}

// request is what every peer reads of it with encoding/json: all of it, as Dispatcher does, since who serves a page needs its dates and filters too.
type request struct {
	EventName string `json:"eventName"`
	EventData struct {
		PageName         string              `json:"page_name"`
		RoutingKey       string              `json:"routing_key"`
		QueueName        string              `json:"queue_name"`
		CompanyID        int                 `json:"company_id"`
		MonitorID        int                 `json:"monitor_id"`
		RequestTimestamp int64               `json:"request_timestamp"`
		StartDate        string              `json:"start_date"`
		EndDate          string              `json:"end_date"`
		Language         string              `json:"language"`
		Product          string              `json:"product"`
		SelectedWidgets  []string            `json:"selected_widgets"`
		Filters          map[string][]string `json:"filters"`
		Padding          string              `json:"padding"`
	} `json:"eventData"`
}

// data is the answer: with its envelope about 1 KB of JSON.
type data struct {
	Kind, Status, Page, Tenant string
	Text                       string
	Values                     []int
}

func answer(page, tenant string) data {
	return data{Kind: "echo", Status: "ok", Page: page, Tenant: tenant, Text: strings.Repeat("y", 820), Values: []int{1, 2, 3, 5, 8, 13, 21, 34, 55, 89}}
}

// output is the answer in its envelope.
type output struct {
	EventName string `json:"eventName"`
	EventData data   `json:"eventData"`
	MonitorID int    `json:"monitor_id"`
	QueueName string `json:"queue_name"`
	Language  string `json:"language"`
}

const event = page + "__Echo"

// serve is the work of a peer between reading and writing: the routing key and the output.
func serve(raw []byte) (key string, out []byte, err error) {
	var in request
	if err := json.Unmarshal(raw, &in); err != nil {
		return "", nil, err
	}
	d := &in.EventData
	out, err = json.Marshal(output{
		EventName: event, EventData: answer(d.PageName, strconv.Itoa(d.CompanyID)), MonitorID: d.MonitorID, QueueName: d.QueueName, Language: d.Language,
	})
	return d.RoutingKey, out, err
}

// entry is an output as it stands on its stream, for readers of Dispatcher's answers. Watermill's publisher has fields of its own.
func entry(key string, out []byte) []any {
	return []any{"payload", out, "eventName", event, "routing_key", key}
}

// numberOf finds the request's number in an output, whatever encloses it.
func numberOf(out string) (n int, ok bool) {
	const mark = `"Tenant":"`
	at := strings.Index(out, mark)
	if at < 0 {
		return 0, false
	}
	_, err := fmt.Sscanf(out[at+len(mark):], "%d", &n)
	return n, err == nil
}
