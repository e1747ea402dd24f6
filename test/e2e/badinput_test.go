package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// insights is a request for real widgets; %s adds to or replaces keys of eventData.
func insights(key, more string) string {
	if more != "" {
		more = "," + more
	}
	return fmt.Sprintf(`{"eventName":"insights","eventData":{"routing_key":%q,"company_id":"1",`+
		`"start_date":"2002-09-01","end_date":"2002-09-30","request_timestamp":%d%s}}`, key, time.Now().Unix(), more)
}

// TestBadInputIsDeadLetteredOnceAndAnswered sends one request of each fault. Each must end in the dead letters once,
// byte for byte, with its own reason; the requester hears where a routing key is known; the worker goes on.
func TestBadInputIsDeadLetteredOnceAndAnswered(t *testing.T) {
	t.Parallel()
	s := newSite(t, "APP_DISPATCHER_MAX_REQUEST_BYTES=65536")
	old := time.Now().Add(-3 * time.Hour).Unix()
	cases := []struct {
		name, reason string
		payload      string
		answered     bool
	}{
		{"not-json", "bad_json", `{"eventName": insights}`, false},
		{"cut-off", "bad_json", `{"eventName":"insights","eventData":{"routing_key":"cut`, false},
		{"empty", "empty_payload", ``, false},
		{"not-an-object", "not_an_object", `[1,2,3]`, false},
		{"no-event-data", "no_event_data", `{"eventName":"insights"}`, false},
		{"unknown-event", "unknown_event", `{"eventName":"insight","eventData":{"routing_key":"unknown-event","company_id":"1"}}`, true},
		{"unknown-page", "unknown_page", `{"eventName":"custom_projects","eventData":{"page_name":"NoSuchPage","routing_key":"unknown-page","company_id":"1"}}`, true},
		{"stale", "stale_request", fmt.Sprintf(`{"eventName":"insights","eventData":{"routing_key":"stale","company_id":"1","request_timestamp":%d}}`, old), true},
		{"export-timeout", "export_xlsx_timeout", fmt.Sprintf(`{"eventName":"fedi_listener_go_dispatcher","eventData":{"routing_key":"export-timeout","export_xlsx":true,"company_id":"1","request_timestamp":%d}}`, old), true},
		{"bad-date", "bad_date", `{"eventName":"insights","eventData":{"routing_key":"bad-date","company_id":"1","start_date":"yesterday","end_date":"2002-09-30"}}`, true},
		{"end-before-start", "bad_range", `{"eventName":"insights","eventData":{"routing_key":"end-before-start","company_id":"1","start_date":"2002-09-30","end_date":"2002-09-01"}}`, true},
		{"unknown-member", "unknown_member", insights("unknown-member", `"filters":{"chanel":["ilug"]}`), true},
		{"unknown-operator", "unknown_operator", insights("unknown-operator", `"filters":[{"member":"channel","operator":"like","values":["x"]}]`), true},
		{"wrong-type", "bad_value", insights("wrong-type", `"filters":{"replies":["many"]}`), true},
		{"missing-tenant", "missing_tenant", `{"eventName":"insights","eventData":{"routing_key":"missing-tenant","start_date":"2002-09-01","end_date":"2002-09-30"}}`, true},
		{"forbidden-name", "forbidden_name", `{"eventName":"insights","eventData":{"routing_key":"forbidden-name","company_id":"1'; DROP TABLE posts","start_date":"2002-09-01","end_date":"2002-09-30"}}`, true},
		{"too-large", "too_large", insights("too-large", `"padding":"`+strings.Repeat("x", 70_000)+`"`), false},
		{"too-deep", "too_deep", insights("too-deep", `"filters":`+strings.Repeat("[", 200)+strings.Repeat("]", 200)), false},
		{"invalid-utf8", "invalid_utf8", "{\"eventName\":\"insights\",\"eventData\":{\"routing_key\":\"bad\xff\"}}", false},
		{"stream-tech", "bad_value", insights("stream-tech", `"stream_tech":"PIGEON"`), false},
	}
	s.start("consumer", "c1")
	ids := map[string]string{}
	for _, c := range cases {
		ids[s.send(c.payload)] = c.name
	}
	noPayload, err := s.rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: s.input(), Values: []string{"other", "va\xfflue"}}).Result()
	if err != nil {
		t.Fatal(err)
	}
	s.send(insights("after", `"selected_widgets":["volume"]`))
	s.settled(60 * time.Second)

	letters := map[string][]redis.XMessage{}
	for _, l := range s.rdb.XRange(t.Context(), s.rejected(), "-", "+").Val() {
		id, _ := l.Values["message_id"].(string)
		letters[id] = append(letters[id], l)
	}
	byName := map[string][]redis.XMessage{}
	for id, name := range ids {
		byName[name] = letters[id]
	}
	for _, c := range cases {
		got := byName[c.name]
		if len(got) != 1 {
			t.Errorf("%s: %d dead letters, want 1", c.name, len(got))
			continue
		}
		if got[0].Values["reason"] != c.reason {
			t.Errorf("%s: reason %v, want %s (error: %v)", c.name, got[0].Values["reason"], c.reason, got[0].Values["error"])
		}
		if got[0].Values["payload"] != c.payload {
			t.Errorf("%s: the payload is not what came:\n%q", c.name, got[0].Values["payload"])
		}
		if !c.answered {
			continue
		}
		answers := s.messages(c.name)
		closing := 0
		for _, a := range answers {
			if strings.HasSuffix(a.event, "__Complete") {
				closing++
				e, _ := a.data["error"].(map[string]any)
				if e["code"] != c.reason || e["message"] == "" {
					t.Errorf("%s: closing message %s", c.name, a.raw)
				}
			} else if a.data["status"] != "error" {
				t.Errorf("%s: a widget of a rejected request has %s", c.name, a.raw)
			}
		}
		if closing != 1 {
			t.Errorf("%s: %d closing messages, want 1", c.name, closing)
		}
	}
	got := letters[noPayload]
	if len(got) != 1 || got[0].Values["reason"] != "no_payload" || got[0].Values["original:other"] != "va\xfflue" {
		t.Errorf("entry without payload: %v", got)
	}
	if n := len(s.messages("after")); n != 2 {
		t.Errorf("the request after the bad ones got %d messages, want a widget and the closing message", n)
	}
}
