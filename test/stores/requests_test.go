package stores

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"pgregory.net/rapid"
)

// drawMoment draws an instant: around one of the anchors, between two milliseconds at times.
func drawMoment(t *rapid.T) time.Time {
	a := rapid.SampledFrom(anchors()).Draw(t, "anchor")
	at := a.at.Add(time.Duration(rapid.Int64Range(-48, 48).Draw(t, "halves")) * 30 * time.Minute)
	switch oneOf(t, "fine", "", "", "", "ms", "us", "s") {
	case "ms":
		at = at.Add(time.Duration(rapid.Int64Range(-1, 1).Draw(t, "ms")) * time.Millisecond)
	case "us":
		at = at.Add(time.Duration(rapid.Int64Range(-2, 2).Draw(t, "us")) * 250 * time.Microsecond)
	case "s":
		at = at.Add(time.Duration(rapid.Int64Range(-90, 90).Draw(t, "s")) * time.Second)
	}
	return at.UTC()
}

func zones() []string {
	return []string{
		"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago", "Africa/Casablanca", "Pacific/Apia",
		"Asia/Riyadh", "America/Sao_Paulo", "Africa/Monrovia", "",
	}
}

// request is a drawn request: its payload as a producer sends it, and when it is asked.
type request struct {
	payload string
	now     time.Time
}

func drawRequest(t *rapid.T) request {
	data := map[string]any{"company_id": oneOf(t, "company", "acme", "acme", "acme", "acme", "acme2", "a.b:c-d_e", "nobody"), "page_name": "P"}
	a := rapid.SampledFrom(anchors()).Draw(t, "anchor")
	zone := a.zone
	if often(t, "another zone", 4) {
		zone = rapid.SampledFrom(zones()).Draw(t, "zone")
	}
	if zone != "" {
		data[oneOf(t, "zone key", "timezone", "company_time_zone", "timeZone")] = zone
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	from, to := drawRange(t, a.at.In(loc))
	if from != nil {
		data["start_date"] = from
	}
	if to != nil {
		data["end_date"] = to
	}
	if rapid.Bool().Draw(t, "filtered") {
		data["filters"] = drawFilters(t)
	}
	if often(t, "paged", 3) {
		data["page_number"] = rapid.SampledFrom([]any{1, 2, "3", 100}).Draw(t, "page")
	}
	if often(t, "language", 2) {
		data["language"] = oneOf(t, "language", "en", "ar", "xx")
	}
	if text, ok := data["filters"]; ok && often(t, "filters as text", 2) {
		raw, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		data["filters"] = string(raw)
	}
	payload, err := json.Marshal(map[string]any{"eventName": "explore_go_dispatcher", "eventData": data})
	if err != nil {
		t.Fatal(err)
	}
	now := rapid.SampledFrom([]time.Time{time.Date(2039, 6, 1, 12, 0, 0, 0, time.UTC), a.at, a.at.Add(36 * time.Hour)}).Draw(t, "now")
	return request{string(payload), now}
}

// drawRange draws the two ends as a producer writes them, around a moment.
func drawRange(t *rapid.T, around time.Time) (from, to any) {
	switch oneOf(t, "range", "days", "days", "days", "times", "times", "unix", "wide", "none", "elsewhere") {
	case "days":
		back, forth := rapid.IntRange(0, 40).Draw(t, "back"), rapid.IntRange(0, 40).Draw(t, "forth")
		return around.AddDate(0, 0, -back).Format(time.DateOnly), around.AddDate(0, 0, forth).Format(time.DateOnly)
	case "times":
		begin := around.Add(-time.Duration(rapid.Int64Range(0, 96).Draw(t, "back")) * 30 * time.Minute)
		end := around.Add(time.Duration(rapid.Int64Range(1, 96).Draw(t, "forth")) * 30 * time.Minute)
		layout := oneOf(t, "layout", "2006-01-02 15:04:05", "2006-01-02T15:04", time.RFC3339, "2006-01-02T15:04:05.000001Z07:00", "2006-01-02 23:59:59")
		return begin.Format(layout), end.Format(layout)
	case "unix":
		begin := max(0, around.Unix()-rapid.Int64Range(0, 200_000).Draw(t, "back"))
		end := around.Unix() + rapid.Int64Range(1, 200_000).Draw(t, "forth")
		if often(t, "milliseconds", 4) && begin > 200_000_000 {
			return begin*1000 + 1, fmt.Sprint(end*1000 + 999)
		}
		return strconv.FormatInt(begin, 10), end
	case "wide":
		years := rapid.IntRange(1, 9).Draw(t, "years")
		return around.AddDate(-years, 0, 0).Format(time.DateOnly), around.AddDate(years, 0, 0).Format(time.DateOnly)
	case "elsewhere":
		return "1961-05-05", "1961-06-06"
	}
	return nil, nil
}
