package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/models"
)

const echo = `{"eventName":"custom_projects","eventData":{"page_name":"EchoPage"},"selected_widgets":["a","b"]}`

// TestARequestIsAnswered: from the door to the last widget, with the real worker.
func TestARequestIsAnswered(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.worker()
	got := s.submit("one", echo)
	if got.RoutingKey != "web:1:r:"+got.RequestID || got.Status != "queued" || got.Links.Self != "/v1/requests/"+got.RequestID {
		t.Fatalf("%+v", got)
	}
	st := s.becomes("one", got.RequestID, "complete")
	if st.Page != "EchoPage" || len(st.Widgets) != 2 || st.Widgets["a"].Status == "" || st.Complete["request_id"] != got.RequestID {
		t.Errorf("%+v", st)
	}
	var message struct {
		Event   string `json:"eventName"`
		Request string `json:"request_id"`
	}
	s.call("one", http.MethodGet, got.Links.Self+"/widgets/a", "").read(t, http.StatusOK, &message)
	if message.Event != "EchoPage__a" || message.Request != got.RequestID {
		t.Errorf("%+v", message)
	}
	if a := s.call("one", http.MethodGet, got.Links.Self+"/widgets/nothing", ""); a.status != http.StatusNotFound {
		t.Errorf("%+v", a)
	}
	stream := s.prefix + "out:" + got.RoutingKey
	if ttl := s.rdb.TTL(t.Context(), stream).Val(); ttl <= 59*time.Minute || ttl > time.Hour {
		t.Errorf("the stream is kept for %v", ttl)
	}
	// A request whose results are kept no longer.
	if err := s.rdb.Del(t.Context(), stream).Err(); err != nil {
		t.Fatal(err)
	}
	s.becomes("one", got.RequestID, "gone")
	if a := s.call("one", http.MethodGet, got.Links.Events, ""); a.status != http.StatusOK || a.body != got.RoutingKey+" "+got.RequestID {
		t.Errorf("events: %+v", a)
	}
}

// TestAStreamIsShared: requests on one stream have their own messages alone.
func TestAStreamIsShared(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.worker()
	body := `{"eventName":"custom_projects","eventData":{"page_name":"EchoPage","routing_key":"web:1:shared"},"selected_widgets":[%q]}`
	first, second := s.submit("one", fmt.Sprintf(body, "x")), s.submit("one", fmt.Sprintf(body, "y"))
	for id, widget := range map[string]string{first.RequestID: "x", second.RequestID: "y"} {
		st := s.becomes("one", id, "complete")
		if _, own := st.Widgets[widget]; !own || len(st.Widgets) != 1 {
			t.Errorf("%+v", st)
		}
	}
}

// TestRejectedRequestsFail: what consumers refuse is said in the state.
func TestRejectedRequestsFail(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.worker()
	got := s.submit("one", `{"eventName":"insights","eventData":{"start_date":"2002-09-30","end_date":"2002-09-01"},"selected_widgets":["volume"]}`)
	st := s.becomes("one", got.RequestID, "failed")
	if e, _ := st.Complete["error"].(map[string]any); e["code"] != models.ReasonBadRange {
		t.Errorf("%+v", st)
	}
}

func TestStatesBeforeTheEnd(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	got := s.submit("one", echo)
	if st := s.state("one", got.RequestID); st.Status != "queued" {
		t.Errorf("%+v", st)
	}
	if err := s.rdb.XGroupCreate(t.Context(), s.input(), "g", "0").Err(); err != nil {
		t.Fatal(err)
	}
	if err := s.rdb.Do(t.Context(), "XREADGROUP", "GROUP", "g", "c", "STREAMS", s.input(), ">").Err(); err != nil {
		t.Fatal(err)
	}
	if st := s.state("one", got.RequestID); st.Status != "running" {
		t.Errorf("%+v", st)
	}
	s.call("one", http.MethodDelete, got.Links.Self, "").read(t, http.StatusAccepted, new(any))
	list := s.entries()
	if want := `{"eventName":"cancel_request","eventData":{"cancel_request":"` + got.RequestID + `"}}`; list[len(list)-1] != want {
		t.Errorf("%v", list)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	got := s.submit("one", echo)
	s.call("one", http.MethodDelete, got.Links.Self, "").read(t, http.StatusAccepted, new(any))
	if err := s.rdb.XTrimMaxLen(t.Context(), s.input(), 1).Err(); err != nil { // the message overtakes the request
		t.Fatal(err)
	}
	s.worker()
	eventually(t, "the message is served", func() bool { // one that is read with it may be served before it
		return s.rdb.XLen(t.Context(), commit.NamesOf(s.input()).Withdrawn).Val() == 1
	})
	again := s.rdb.XAdd(t.Context(), xadd(s.input(), fmt.Sprintf(`{"eventName":"custom_projects","eventData":{"page_name":"EchoPage","company_id":"1","request_id":%q,"routing_key":%q}}`, got.RequestID, got.RoutingKey)))
	if err := again.Err(); err != nil {
		t.Fatal(err)
	}
	s.becomes("one", got.RequestID, "cancelled")
}

// TestIdempotency: however often and however concurrently a request is sent under one key, it is on the stream once; another one under that key is refused.
func TestIdempotency(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var mu sync.Mutex
	ids := map[string]int{}
	var all sync.WaitGroup
	for i := range 16 {
		body := echo
		if i%2 == 1 {
			body = strings.ReplaceAll(echo, ",", " ,\n")
		}
		all.Go(func() {
			got := s.submit("one", body, "Idempotency-Key", "k")
			mu.Lock()
			defer mu.Unlock()
			ids[got.RequestID]++
		})
	}
	all.Wait()
	if len(ids) != 1 || len(s.entries()) != 1 {
		t.Errorf("ids %v, %d entries", ids, len(s.entries()))
	}
	other := strings.Replace(echo, `"b"`, `"c"`, 1)
	if a := s.call("one", http.MethodPost, "/v1/requests", other, "Idempotency-Key", "k"); a.status != http.StatusUnprocessableEntity {
		t.Errorf("%+v", a)
	}
	// Another tenant's key of the same name is another key.
	two := s.submit("two", other, "Idempotency-Key", "k")
	if ids[two.RequestID] > 0 || len(s.entries()) != 2 {
		t.Errorf("%+v, %d entries", two, len(s.entries()))
	}
	if a := s.call("one", http.MethodPost, "/v1/requests", echo, "Idempotency-Key", strings.Repeat("k", 256)); a.status != http.StatusBadRequest {
		t.Errorf("%+v", a)
	}
}

// TestWhatConsumersGet: the tenant, the id and the stream are the gateway's, under one spelling each, and the rest is as it was sent.
func TestWhatConsumersGet(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	got := s.submit("schemas", `{"eventName":"insights","eventData":{"companyId":1,"company_id":"1","monitorId":"7","own":{"k":[1.10]},"filters":"{}"},"selected_widgets":"volume"}`)
	var sent struct {
		Event   string                     `json:"eventName"`
		Data    map[string]json.RawMessage `json:"eventData"`
		Widgets json.RawMessage            `json:"selected_widgets"`
	}
	if err := json.Unmarshal([]byte(s.entries()[0]), &sent); err != nil {
		t.Fatal(err)
	}
	delete(sent.Data, "request_timestamp")
	want := map[string]string{
		"company_id": `"1"`, "company_schema": `"acme"`, "dbName": `"acme_db"`, "monitorId": `"7"`, "own": `{"k":[1.10]}`, "filters": `"{}"`,
		"request_id": `"` + got.RequestID + `"`, "routing_key": `"web:1:r:` + got.RequestID + `"`, "output_ttl": "3600",
	}
	for key, value := range want {
		if string(sent.Data[key]) != value {
			t.Errorf("%s is %s, want %s", key, sent.Data[key], value)
		}
	}
	if len(sent.Data) != len(want) || sent.Event != "insights" || string(sent.Widgets) != `"volume"` {
		t.Errorf("%s", s.entries()[0])
	}
}
