package models

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

func TestDecodesEveryProducerShape(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		payload string
		check   func(t *testing.T, r *Request)
	}{
		"envelope with loose types": {
			`{"eventName":"insights","eventData":{"routing_key":"u1","company_id":9007199254740993123,"monitor_id":"7","export_xlsx":"true","is_live_dashboard":1,"request_timestamp":"1700000000","selected_widgets":"one","filters":"{\"channel\":[\"a\"]}","page_number":"3","own_key":{"a":1}},"selected_widgets":["two","one"]}`,
			func(t *testing.T, r *Request) {
				t.Helper()
				equal(t, "company_id", r.CompanyID, "9007199254740993123")
				equal(t, "monitor_id", r.MonitorID, "7")
				equal(t, "widgets", strings.Join(r.SelectedWidgets, ","), "one,two")
				equal(t, "filters", string(r.Filters), `{"channel":["a"]}`)
				equal(t, "extra", extra(r, "own_key"), `{"a":1}`)
				if !r.ExportXLSX || !r.IsLiveDashboard || r.PageNumber != 3 || r.RequestTimestamp.Unix() != 1700000000 {
					t.Errorf("loose types: %+v", r)
				}
			},
		},
		"camelCase": {
			`{"eventName":"fedi_data","eventData":{"startDate":1030838400,"endDate":1033430400,"monitorId":5,"routingKey":"k","pageName":"P","productName":"Dashboards","widgetsNames":["a"],"dbName":"db1","pageNumber":2,"manualTopics":["x"]}}`,
			func(t *testing.T, r *Request) {
				t.Helper()
				equal(t, "start", r.StartDate, "1030838400")
				equal(t, "routing_key", r.RoutingKey, "k")
				equal(t, "page", r.PageName, "P")
				equal(t, "product", r.Product, "Dashboards")
				equal(t, "widgets", strings.Join(r.SelectedWidgets, ","), "a")
				equal(t, "tenant", r.Tenant(), "db1")
				equal(t, "extra", extra(r, "manual_topics"), `["x"]`)
			},
		},
		"snake_case wins over camelCase": {
			`{"eventName":"x","eventData":{"routingKey":"camel","routing_key":"snake"}}`,
			func(t *testing.T, r *Request) { t.Helper(); equal(t, "routing_key", r.RoutingKey, "snake") },
		},
		"flat customer care": {
			`{"job_id":"j1","page_name":"Engagements","widgets_names":["a","b"],"widget_names_mapping":{"a":"Label A"},"company_id":12,"company_time_zone":"Asia/Riyadh","start_date":1,"end_date":2,"filters":"{}","product":"PUBLIC_API"}`,
			func(t *testing.T, r *Request) {
				t.Helper()
				if !r.CustomerCare || r.Filters != nil {
					t.Errorf("customer care: %+v", r)
				}
				equal(t, "company", r.CompanyID, "12")
				equal(t, "zone", r.TimeZone, "Asia/Riyadh")
				equal(t, "label", r.WidgetNames["a"], "Label A")
				equal(t, "product", r.Product, "PUBLIC_API")
			},
		},
		"eventData in a string": {
			`{"eventName":"insights","eventData":"{\"routing_key\":\"s\"}"}`,
			func(t *testing.T, r *Request) { t.Helper(); equal(t, "routing_key", r.RoutingKey, "s") },
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := Decoder{}.Decode(c.payload)
			if err != nil {
				t.Fatal(err)
			}
			c.check(t, r)
		})
	}
}

func extra(r *Request, name string) string {
	raw, _ := r.ExtraOf(name)
	return string(raw)
}

func equal(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %q, want %q", what, got, want)
	}
}

func TestBadRequestsHaveTheirReason(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ payload, reason string }{
		"empty":          {"  ", ReasonEmptyPayload},
		"not JSON":       {`{"eventName": x}`, ReasonBadJSON},
		"cut off":        {`{"eventName":"a","eventData":{`, ReasonBadJSON},
		"goes on":        {`{"eventName":"a","eventData":{}} {}`, ReasonBadJSON},
		"duplicate key":  {`{"eventName":"a","eventData":{"routing_key":"x","routing_key":"y"}}`, ReasonBadJSON},
		"not an object":  {`[]`, ReasonNotObject},
		"no eventData":   {`{"eventName":"a"}`, ReasonNoEventData},
		"null eventData": {`{"eventName":"a","eventData":null}`, ReasonNoEventData},
		"wrong type":     {`{"eventName":"a","eventData":{"routing_key":["x"]}}`, ReasonBadType},
		"wrong boolean":  {`{"eventName":"a","eventData":{"export_xlsx":"maybe"}}`, ReasonBadType},
		"invalid UTF-8":  {"{\"eventName\":\"\xff\"}", ReasonBadUTF8},
		"too deep":       {strings.Repeat("[", 65), ReasonTooDeep},
		"too large":      {`{"a":"` + strings.Repeat("x", DefaultMaxBytes) + `"}`, ReasonTooLarge},
		"too many keys":  {`{"eventName":"a","eventData":{` + numbered(maxKeys+1, `"k%d":1`) + `}}`, ReasonTooLarge},
		"widgets":        {`{"eventName":"a","eventData":{"selected_widgets":[` + numbered(maxKeys+1, `"w%d"`) + `]}}`, ReasonTooLarge},
		"deep in a text": {`{"eventName":"a","eventData":{"filters":"` + strings.Repeat("[", 65) + strings.Repeat("]", 65) + `"}}`, ReasonTooDeep},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Decoder{}.Decode(c.payload)
			if err == nil || fault.ClassOf(err) != fault.Reject || fault.ReasonOf(err) != c.reason {
				t.Fatalf("got %v, want reason %s", err, c.reason)
			}
		})
	}
}

// numbered returns n numbered items, separated by commas.
func numbered(n int, format string) string {
	items := make([]string, n)
	for i := range items {
		items[i] = fmt.Sprintf(format, i)
	}
	return strings.Join(items, ",")
}

func TestFaultyRequestStillTellsWhoAsked(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{
		`{"eventName":"a","eventData":{"routing_key":"u1","export_xlsx":"maybe"}}`,
		`{"eventName":"a","eventData":{"routing_key":"u1","queue_name":"q`,
		`{"eventName":"a","eventData":{"routing_key":"u1","queue_name":"q","queue_name":"q"}}`,
		`{"eventName":"a","eventData":{"routing_key":"u1"}} x`,
		`{"eventName":"a","eventData":{"routing_key":"u1",` + numbered(maxKeys, `"k%d":1`) + `}}`,
	} {
		r, err := Decoder{}.Decode(payload)
		if err == nil || r == nil || r.RoutingKey != "u1" {
			t.Errorf("%.80s: got %+v, %v", payload, r, err)
		}
	}
}

func TestEventsEnrichAsTheContractSays(t *testing.T) {
	t.Parallel()
	cases := []struct{ event, sent, page, product, source string }{
		{"insights", "x", "ResearchInsightsPage", "", ""},
		{"fedi_private_data", "", "ResearchSingleDataSourceInsightsPage", "", "Fediprivate"},
		{"fedi_data", "Own", "Own", "", ""},
		{"custom_dashboard_go_dispatcher", "CustomDashboard", "CustomDashboard", "Dashboards", ""},
		{"engagements_go_dispatcher", "", "EngagementsProductPage", "", ""},
		{"engagements_go_dispatcher", "engagements_logs_data", "EngagementsSlasPage", "", ""},
		{"unified_json", "engagements_page", "UnifiedPostPage", "", ""},
		{"staci.calc.export_request", "P", "P", "", ""},
	}
	events := NewEvents()
	for _, c := range cases {
		r := &Request{EventName: c.event, PageName: c.sent}
		if err := events.Enrich(r, nil); err != nil {
			t.Fatalf("%s: %v", c.event, err)
		}
		if r.PageName != c.page || r.Product != c.product || r.DataSourceName != c.source {
			t.Errorf("%s: %q %q %q", c.event, r.PageName, r.Product, r.DataSourceName)
		}
	}
	if n := len(events.Names()); n != 32 {
		t.Errorf("%d events, want the contract's 32", n)
	}
	if err := events.Enrich(&Request{EventName: "nope"}, func(string) bool { return false }); fault.ReasonOf(err) != ReasonUnknownEvent {
		t.Errorf("unknown event: %v", err)
	}
}

func TestAge(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	old := now.Add(-3 * time.Hour)
	export := &Request{EventName: "staci.fedi.dispatcher", ExportXLSX: true, RequestTimestamp: old}
	if r := fault.ReasonOf(CheckAge(export, now, now, time.Hour)); r != ReasonExportTimeout {
		t.Errorf("export: %s", r)
	}
	if r := fault.ReasonOf(CheckAge(&Request{RequestTimestamp: old}, now, now, time.Hour)); r != ReasonStale {
		t.Errorf("stale: %s", r)
	}
	if err := CheckAge(&Request{}, now.Add(-time.Minute), now, time.Hour); err != nil {
		t.Errorf("fresh: %v", err)
	}
}

func TestEnvelopeLeavesEmptyFieldsOut(t *testing.T) {
	t.Parallel()
	r := &Request{MonitorID: "5", Language: "en"}
	e := NewEnvelope(r, "P__W", []byte(`{"a":1}`), NewBranding([2]string{"project_name_en", "X\"Y"}, [2]string{"legal_name", ""}))
	got := string(e.AppendJSON(nil))
	want := `{"eventName":"P__W","eventData":{"a":1},"monitor_id":"5","language":"en","project_name_en":"X\"Y"}`
	equal(t, "envelope", got, want)
}

func TestEnvelopeSaysWhichRequestItAnswers(t *testing.T) {
	t.Parallel()
	e := NewEnvelope(&Request{RequestID: "r-\"1", JobID: "j", Language: "en"}, "P__W", []byte(`{}`), NewBranding([2]string{"legal_name", "X"}))
	equal(t, "envelope", string(e.AppendJSON(nil)), `{"eventName":"P__W","eventData":{},"job_id":"j","language":"en","request_id":"r-\"1","legal_name":"X"}`)
	equal(t, "live event", string(e.AppendLiveJSON(nil, "k")), `{"eventName":"P__W","eventData":{},"queue_name":"","routing_key":"k","legal_name":"X"}`)
}

func TestCompareWith(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{`"prior_year"`: CompareYear, `" none "`: CompareNone, `"prior_period"`: ComparePeriod, `""`: "", `null`: ""} {
		for _, key := range []string{"compare_with", "compareWith"} {
			if r, err := (Decoder{}).Decode(`{"eventName":"a","eventData":{"` + key + `":` + text + `}}`); err != nil || r.CompareWith != want {
				t.Errorf("%s %s: %+v, %v", key, text, r, err)
			}
		}
	}
	for text, reason := range map[string]string{`"last_week"`: ReasonBadValue, `true`: ReasonBadValue, `["none"]`: ReasonBadType} {
		if r, err := (Decoder{}).Decode(`{"eventName":"a","eventData":{"compare_with":` + text + `}}`); fault.ReasonOf(err) != reason || r.CompareWith != "" {
			t.Errorf("%s: %+v, %v", text, r, err)
		}
	}
}

func TestOutputTTL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{`3600`: 3600, `"60"`: 60, `0`: 0, `""`: 0, `604800`: MaxOutputTTL} {
		if r, err := (Decoder{}).Decode(`{"eventName":"a","eventData":{"output_ttl":` + text + `}}`); err != nil || r.OutputTTL != want {
			t.Errorf("%s: %+v, %v", text, r, err)
		}
	}
	for text, reason := range map[string]string{`604801`: ReasonBadValue, `-1`: ReasonBadValue, `"soon"`: ReasonBadType} {
		if r, err := (Decoder{}).Decode(`{"eventName":"a","eventData":{"output_ttl":` + text + `}}`); fault.ReasonOf(err) != reason || r.OutputTTL != 0 {
			t.Errorf("%s: %+v, %v", text, r, err)
		}
	}
}
