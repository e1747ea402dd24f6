package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// run runs a command of dispatcher at the site, and returns what it printed.
func (s *site) run(args ...string) string {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), filepath.Join(binaries, "dispatcher"), args...)
	cmd.Env = s.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("dispatcher %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// askAlert sends a request for an alert of the brand's own monitor.
func (s *site) askAlert(key, name, end string, more map[string]any) {
	s.t.Helper()
	data := map[string]any{
		"routing_key": key, "product": "Alerts", "page_name": name, "company_id": 1, "monitor_id": "monitor-own", "end_date": end,
	}
	maps.Copy(data, more)
	raw, err := json.Marshal(map[string]any{"eventName": "alert_data", "eventData": data})
	if err != nil {
		s.t.Fatal(err)
	}
	s.send(string(raw))
}

// alerts returns the alerts that a reader got, by their events.
func (s *site) alerts(key string) map[string][]message {
	out := make(map[string][]message)
	for _, m := range s.messages(key) {
		if _, ok := m.data["alert"]; ok {
			out[m.event] = append(out[m.event], m)
		} else if !strings.HasSuffix(m.event, "__Complete") {
			s.t.Errorf("%s: %s", key, m.raw)
		}
	}
	return out
}

func (m message) alert(key string) any {
	a, _ := m.data["alert"].(map[string]any)
	return a[key]
}

// TestEightAlerts asks for each alert of the contract where it fires and where it does not. The numbers are those of plain SQL over the
// model's posts.
func TestEightAlerts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.start("consumer", "c-1")
	tests := []struct {
		alert, widget, end string
		more               map[string]any
		state              string
		value              float64
		rows               int
		evidence           string // something that it shows
	}{
		{"TrendingAlert", "keywords", "2002-09-18T00:00:00Z", nil, "fired", 9, 9, `"broken"`},
		{"TrendingAlert", "keywords", "2002-09-18T00:00:00Z", map[string]any{"alert_k": 4}, "within_baseline", 9, 9, `"broken"`},
		{"NegativePostsAlert", "negative", "2002-09-12T00:00:00Z", nil, "fired", 27.0 / 62, 62, `"negative"`},
		{"NegativePostsAlert", "negative", "2002-09-19T00:00:00Z", nil, "below_threshold", 15.0 / 50, 50, ""},
		{"NegativePostsAlert", "negative", "2002-09-19T00:00:00Z", map[string]any{"alert_threshold": "0.3"}, "fired", 15.0 / 50, 50, ""},
		{"NegativePostsAlert", "negative", "2002-09-12T00:00:00Z", map[string]any{"alert_min_count": 63}, "too_few", 27.0 / 62, 62, ""},
		{"NewPostAlert", "posts", "2002-09-17T18:00:00Z", nil, "fired", 2, 2, `"social-00005532"`},
		{"NewPostAlert", "posts", "2002-09-17T00:00:00Z", nil, "too_few", 0, 0, ""},
		{"HighVolumeReachAlert", "volume", "2002-09-18T00:00:00Z", map[string]any{"alert_k": 0.5}, "fired", 3.25, 78, ""},
		{"HighVolumeReachAlert", "volume", "2002-09-18T00:00:00Z", nil, "within_baseline", 3.25, 78, ""},
		{"HighVolumeReachAlert", "volume", "2002-07-01T12:00:00Z", map[string]any{"alert_min_count": 1}, "too_little_past", math.NaN(), -1, ""},
		{"ViralTweetAlert", "posts", "2002-09-12T00:00:00Z", nil, "fired", 1, 1, `"social-00009325"`},
		{"ViralTweetAlert", "posts", "2002-09-19T00:00:00Z", nil, "too_few", 0, 0, ""},
		{"ViralTweetAlert", "posts", "2002-09-12T00:00:00Z", map[string]any{"alert_threshold": 530}, "too_few", 0, 0, ""},
		{"InfluencerAlert", "posts", "2002-09-12T00:00:00Z", nil, "fired", 2, 2, "56229"},
		{"InfluencerAlert", "posts", "2002-09-19T00:00:00Z", nil, "too_few", 0, 0, ""},
		{"VerifiedAuthorAlert", "posts", "2002-09-12T00:00:00Z", nil, "fired", 3, 3, `"social-00003560"`},
		{"VerifiedAuthorAlert", "posts", "2002-09-19T00:00:00Z", nil, "too_few", 0, 0, ""},
		{"HourlyAlertNotification", "summary", "2002-09-17T18:00:00Z", nil, "fired", 4, 4, ""},
		{"HourlyAlertNotification", "summary", "2001-09-17T18:00:00Z", nil, "nothing_happened", 0, 0, ""},
	}
	for i, test := range tests {
		s.askAlert(fmt.Sprintf("a-%d", i), test.alert, test.end, test.more)
	}
	// As the contract looks strategies up: another page name, and the alert as the notification.
	s.askAlert("by-notification", "AnyPage", "2002-09-12T00:00:00Z", map[string]any{"page_alert_notification": "ViralTweetAlert"})
	s.settled(2 * time.Minute)
	for i, test := range tests {
		name := fmt.Sprintf("%s at %s %v", test.alert, test.end, test.more)
		got := s.alerts(fmt.Sprintf("a-%d", i))[test.alert+"__"+test.widget]
		if len(got) != 1 {
			t.Errorf("%s: %d messages", name, len(got))
			continue
		}
		m := got[0]
		value, _ := m.alert("value").(float64)
		rows, _ := m.alert("rows").(float64)
		fired, _ := m.alert("fired").(bool)
		if m.alert("state") != test.state || fired != (test.state == "fired") {
			t.Errorf("%s: %v, want %s: %s", name, m.alert("state"), test.state, m.raw)
		}
		if !math.IsNaN(test.value) && math.Abs(value-test.value) > 1e-9 || test.rows >= 0 && rows != float64(test.rows) {
			t.Errorf("%s: value %v of %v rows, want %v of %d", name, value, rows, test.value, test.rows)
		}
		if test.evidence != "" && !strings.Contains(m.raw, test.evidence) {
			t.Errorf("%s: does not show %s: %s", name, test.evidence, m.raw)
		}
		if !strings.Contains(m.raw, `"code":"synthetic"`) || m.alert("reason") == "" || len(fmt.Sprint(m.alert("id"))) != 32 {
			t.Errorf("%s: %s", name, m.raw)
		}
	}
	if got := s.alerts("by-notification")["AnyPage__posts"]; len(got) != 1 || got[0].alert("fired") != true {
		t.Errorf("by notification: %v", got)
	}
	// Nine posts of "broken" against a mean of 40/14 and a σ of 1.99489: z = 3.07929.
	trend := s.alerts("a-0")["TrendingAlert__keywords"][0]
	baseline, _ := trend.alert("baseline").(map[string]any)
	if score, _ := trend.alert("score").(float64); math.Abs(score-3.0792939583696) > 1e-9 || baseline["mean"] != 40.0/14 || trend.alert("subject") != "broken" {
		t.Errorf("the trend: %s", trend.raw)
	}
	// The hour before had 5 posts, the same hour of the day before 4; the reach was 1868 after 9412.
	hour := s.alerts("a-18")["HourlyAlertNotification__summary"][0].raw
	for _, want := range []string{
		`"value":4,"previous":{"value":5,"change":-1,"change_ratio":-0.2},"day_before":{"value":4,"change":0,"change_ratio":0}`, `"value":1868,"previous":{"value":9412,`,
	} {
		if !strings.Contains(hour, want) {
			t.Errorf("the hour lacks %s: %s", want, hour)
		}
	}
}

// TestBadAlertNumbers are refused with a reason; the rule is not quietly used as it is.
func TestBadAlertNumbers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.start("consumer", "c-1")
	bad := []map[string]any{
		{"alert_threshold": "1; DROP TABLE posts"}, {"alert_threshold": map[string]any{"$gt": 0}}, {"alert_threshold": true}, {"alert_threshold": 0.5, "page_name": "ViralTweetAlert"},
		{"alert_k": 2}, {"alert_min_count": 0}, {"alert_min_count": 1.5}, {"alert_threshold": 1, "page_name": "HourlyAlertNotification"}, {"alert_k": -1, "page_name": "HighVolumeReachAlert"},
	}
	for i, more := range bad {
		s.askAlert(fmt.Sprintf("b-%d", i), "NegativePostsAlert", "2002-09-12", more)
	}
	s.settled(time.Minute)
	if n := s.rdb.XLen(t.Context(), s.rejected()).Val(); n != int64(len(bad)) {
		t.Errorf("%d dead letters, want %d", n, len(bad))
	}
	for i, more := range bad {
		messages := s.messages(fmt.Sprintf("b-%d", i))
		if len(messages) == 0 || !strings.Contains(messages[0].raw, `"bad_value"`) || !strings.Contains(messages[0].raw, "alert_") {
			t.Errorf("%v: %v", more, messages)
		}
	}
}

// TestAlertsCoolDown: what was delivered is silent for its reader, something new is told, and another reader hears of all of it.
func TestAlertsCoolDown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.start("consumer", "c-1")
	ask := func(key, name, end string, more map[string]any) message {
		t.Helper()
		before := len(s.messages(key))
		s.askAlert(key, name, end, more)
		s.settled(30 * time.Second)
		for _, m := range s.messages(key)[before:] {
			if m.data["alert"] != nil {
				return m
			}
		}
		t.Fatalf("%s: no alert at %s", key, end)
		return message{}
	}
	first := ask("reader", "NegativePostsAlert", "2002-09-12T00:00:00Z", nil)
	again := ask("reader", "NegativePostsAlert", "2002-09-12T00:00:00Z", nil)
	other := ask("another", "NegativePostsAlert", "2002-09-12T00:00:00Z", nil)
	if first.alert("fired") != true || again.alert("fired") != false || again.alert("state") != "cooling_down" || other.alert("fired") != true {
		t.Errorf("first %s\nagain %s\nother %s", first.raw, again.raw, other.raw)
	}
	if first.alert("id") != again.alert("id") || first.alert("id") != other.alert("id") {
		t.Errorf("one alert has the ids %v, %v and %v", first.alert("id"), again.alert("id"), other.alert("id"))
	}
	cooldown, _ := again.alert("cooldown").(map[string]any)
	until, err := time.Parse(time.RFC3339Nano, fmt.Sprint(cooldown["until"]))
	if left := time.Until(until); err != nil || left < 5*time.Hour || left > 6*time.Hour {
		t.Errorf("silent until %v, which is in %v", cooldown["until"], left)
	}
	stricter := ask("reader", "NegativePostsAlert", "2002-09-12T00:00:00Z", map[string]any{"alert_threshold": 0.43})
	if stricter.alert("fired") != true || stricter.alert("id") == first.alert("id") {
		t.Errorf("another threshold is another alert: %s", stricter.raw)
	}
	// At noon three posts of verified authors lie in the window, at midnight three, of which two are of the afternoon before.
	noon := ask("reader", "VerifiedAuthorAlert", "2002-09-11T12:00:00Z", nil)
	same := ask("reader", "VerifiedAuthorAlert", "2002-09-11T12:05:00Z", nil)
	night := ask("reader", "VerifiedAuthorAlert", "2002-09-12T00:00:00Z", nil)
	if noon.alert("fired") != true || same.alert("state") != "cooling_down" || night.alert("fired") != true {
		t.Errorf("noon %s\nsame %s\nnight %s", noon.raw, same.raw, night.raw)
	}
	if got := told(t, night); fmt.Sprint(got) != "[social-00002618]" {
		t.Errorf("told at night: %v, want the one post that is new", got)
	}
}

// TestOneOfManyFires: requests of one reader that are computed at the same moment, as after a downtime, fire once.
func TestOneOfManyFires(t *testing.T) {
	t.Parallel()
	const times = 12
	s := newSite(t)
	for i := range times {
		s.askAlert("reader", "NegativePostsAlert", fmt.Sprintf("2002-09-12T00:%02d:00Z", i), nil)
	}
	s.start("consumer", "c-1")
	s.start("consumer", "c-2")
	s.settled(time.Minute)
	states := make(map[any]int)
	for _, m := range s.alerts("reader")["NegativePostsAlert__negative"] {
		states[m.alert("state")]++
	}
	if states["fired"] != 1 || states["cooling_down"] != times-1 {
		t.Errorf("states: %v", states)
	}
}

// TestAKilledWorkerLosesNoAlert kills workers in the middle of it: each reader is told once, and then it is silent.
func TestAKilledWorkerLosesNoAlert(t *testing.T) {
	t.Parallel()
	const readers, kills = 60, 4
	s := newSite(t, "APP_DISPATCHER_LEASE=1000", "APP_DISPATCHER_SLOTS=8", "APP_DISPATCHER_DELIVERY_LIMIT=1000")
	for i := range readers {
		s.askAlert(fmt.Sprintf("r-%d", i), "NegativePostsAlert", "2002-09-12T00:00:00Z", nil)
	}
	told := func() (n int) {
		for i := range readers {
			n += len(s.alerts(fmt.Sprintf("r-%d", i))["NegativePostsAlert__negative"])
		}
		return n
	}
	for kill := range kills {
		p := s.start("consumer", fmt.Sprintf("c-%d", kill))
		before := told()
		s.eventually(time.Minute, "something told", func() (bool, string) { n := told(); return n > before || n == readers, fmt.Sprint(n) })
		p.kill()
	}
	s.start("consumer", "last")
	s.settled(2 * time.Minute)
	for i := range readers {
		key := fmt.Sprintf("r-%d", i)
		s.askAlert(key, "NegativePostsAlert", "2002-09-12T00:00:00Z", nil)
	}
	s.settled(2 * time.Minute)
	for i := range readers {
		got := s.alerts(fmt.Sprintf("r-%d", i))["NegativePostsAlert__negative"]
		if len(got) != 2 || got[0].alert("fired") != true || got[1].alert("state") != "cooling_down" {
			t.Errorf("reader %d: %d messages: %v", i, len(got), got)
		}
	}
}

// told returns the posts of an alert's evidence that fire.
func told(t *testing.T, m message) (ids []string) {
	t.Helper()
	var body struct {
		EventData struct {
			Schema struct{ Fields []struct{ Name string } }
			Data   struct{ Values [][]any }
		}
	}
	if err := json.Unmarshal([]byte(m.raw), &body); err != nil {
		t.Fatal(err)
	}
	columns := make(map[string][]any)
	for i, f := range body.EventData.Schema.Fields {
		columns[f.Name] = body.EventData.Data.Values[i]
	}
	for i, fired := range columns["fired"] {
		if fired == true {
			ids = append(ids, fmt.Sprint(columns["id"][i]))
		}
	}
	return ids
}

// TestSchedulersTellOnce: several schedulers at once, and again after a restart, lead to one message; what does not fire is silent.
func TestSchedulersTellOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	args := func(at string) []string {
		return strings.Fields("alerts run --once --at " + at + " --alert NegativePostsAlert --alert ViralTweetAlert --monitor monitor-own --company-id 1 --routing-key notify --every 15m")
	}
	var schedulers sync.WaitGroup
	for range 3 {
		schedulers.Go(func() { s.run(args("2002-09-12T00:07:00Z")...) })
	}
	schedulers.Wait()
	if n := s.rdb.XLen(t.Context(), s.input()).Val(); n != 2 {
		t.Errorf("three schedulers asked %d times for two alerts", n)
	}
	// A request that was asked for twice all the same, as where Redis lost what it had noted, is answered once.
	if err := s.rdb.Del(t.Context(), s.input()+":schedule").Err(); err != nil {
		t.Fatal(err)
	}
	s.run(args("2002-09-12T00:14:00Z")...)
	s.start("consumer", "c-1")
	s.start("consumer", "c-2")
	s.settled(time.Minute)
	fired := s.alerts("notify")
	if len(fired["NegativePostsAlert__negative"]) != 1 || len(fired["ViralTweetAlert__posts"]) != 1 {
		t.Errorf("messages: %v", fired)
	}
	before := len(s.messages("notify"))
	if out := s.run(args("2002-09-12T00:14:59Z")...); out != "" {
		t.Errorf("nothing is due: %s", out)
	}
	// After a downtime of an hour four times are made up for; all of them are cooling down or do not fire, which nobody hears.
	if out := s.run(args("2002-09-12T01:01:00Z")...); strings.Count(out, "NegativePostsAlert") != 4 {
		t.Errorf("made up for: %s", out)
	}
	s.settled(time.Minute)
	if after := s.messages("notify"); len(after) != before {
		t.Errorf("silent alerts were sent: %v", after[before:])
	}
	if n := s.rdb.XLen(t.Context(), s.rejected()).Val(); n != 0 {
		t.Errorf("%d dead letters", n)
	}
}

// TestARunningSchedulerAsksAtItsTimes: killed and started again, it goes on where it was.
func TestARunningSchedulerAsksAtItsTimes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	file := filepath.Join(t.TempDir(), "alerts.yaml")
	if err := os.WriteFile(file, []byte("alerts:\n  - {alert: HourlyAlertNotification, every: 1s, routing_key: r, company_id: \"1\", monitor_id: monitor-own, always: true}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	asked := func() int64 { return s.rdb.XLen(t.Context(), s.input()).Val() }
	for round := range int64(2) {
		p := s.launch("scheduler", nil, "dispatcher", "alerts", "run", "--file", file)
		want := asked() + 2
		s.eventually(30*time.Second, "two more times", func() (bool, string) { return asked() >= want, fmt.Sprint(asked()) })
		p.kill()
		if round == 0 && asked() == 0 {
			t.Error("nothing was asked")
		}
	}
	seen := make(map[string]bool)
	for _, e := range s.rdb.XRange(t.Context(), s.input(), "-", "+").Val() {
		var body struct {
			EventData struct {
				ID  string `json:"request_id"`
				End string `json:"end_date"`
			}
		}
		if err := json.Unmarshal([]byte(fmt.Sprint(e.Values["payload"])), &body); err != nil {
			t.Fatal(err)
		}
		if id, end := body.EventData.ID, body.EventData.End; id == "" || seen[id] || seen[end] {
			t.Errorf("%s at %s was asked for twice", id, end)
		} else {
			seen[id], seen[end] = true, true
		}
	}
}
