package main

import (
	"encoding/json"
	"fmt"
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
			"padding":          strings.Repeat("x", 260),
		},
	})
	if err != nil {
		panic(err) // a map of plain values
	}
	return raw
}

// request is what every peer reads of it with encoding/json.
type request struct {
	EventData struct {
		PageName   string `json:"page_name"`
		RoutingKey string `json:"routing_key"`
		CompanyID  int    `json:"company_id"`
	} `json:"eventData"`
}

// data is the answer: with its envelope about 1 KB of JSON.
type data struct {
	Kind, Status, Page, Tenant string
	Text                       string
	Values                     []int
}

func answer(page, tenant string) data {
	return data{Kind: "echo", Status: "ok", Page: page, Tenant: tenant, Text: strings.Repeat("y", 700), Values: []int{1, 2, 3, 5, 8, 13, 21, 34, 55, 89}}
}

// serve is the work of a peer between reading and writing: the routing key and the output.
func serve(raw []byte) (key string, out []byte, err error) {
	var in request
	if err := json.Unmarshal(raw, &in); err != nil {
		return "", nil, err
	}
	out, err = json.Marshal(map[string]any{
		"eventName": "EchoPage__Echo",
		"eventData": answer(in.EventData.PageName, fmt.Sprint(in.EventData.CompanyID)),
	})
	return in.EventData.RoutingKey, out, err
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
