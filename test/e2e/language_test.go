package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// whiteLabel are the contract's branding fields with a value each.
func whiteLabel() (env []string, fields map[string]string) {
	fields = make(map[string]string)
	for name := range strings.FieldsSeq("PROJECT_NAME_EN PROJECT_NAME_AR AI_PRODUCT_NAME_EN AI_PRODUCT_NAME_AR POWERED_BY LEGAL_NAME POWERED_BY_SENTENCE DISCLAIMER_AR CONTACT_EMAIL ASSUME_RESPONSIBILITY AI_PRODUCT_PPT_LOGO") {
		value := "«" + strings.ToLower(name) + "» \"1\""
		env = append(env, "APP_WHITELABEL_"+name+"="+value)
		fields[strings.ToLower(name)] = value
	}
	return env, fields
}

// branded fails the test for each white-label field that a message lacks.
func branded(t *testing.T, raw string, fields map[string]string) {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(raw), &m); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	for name, want := range fields {
		if m[name] != want {
			t.Errorf("%v: %s is %v, want %s", m["eventName"], name, m[name], want)
		}
	}
}

// TestWhiteLabelOnEveryOutput: data, errors and closing messages of every kind of answer carry the fields, wherever they go.
func TestWhiteLabelOnEveryOutput(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var posted []string
	service := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // a cut one is no JSON
		mu.Lock()
		defer mu.Unlock()
		posted = append(posted, string(body))
	}))
	t.Cleanup(service.Close)
	env, fields := whiteLabel()
	s := newSite(t, append(env, "APP_LIVE_SERVICE_URL="+service.URL)...)
	s.start("consumer", "c1")
	widgets := `"selected_widgets":["total_posts","no_such"]`
	requests := map[string]struct {
		payload string
		events  []string
	}{
		"plain":    {insights("plain", widgets), []string{"ResearchInsightsPage__Complete", "ResearchInsightsPage__no_such", "ResearchInsightsPage__total_posts"}},
		"rejected": {insights("rejected", widgets+`,"timezone":"Mars"`), []string{"ResearchInsightsPage__Complete", "ResearchInsightsPage__no_such", "ResearchInsightsPage__total_posts"}},
		"unknown":  {strings.Replace(insights("unknown", ""), `"insights"`, `"no_such_event"`, 1), []string{"Default__Complete"}},
		"unified":  {unified("unified", ""), []string{"UnifiedPostPage__Complete", "UnifiedPostPage__Unified"}},
		"export":   {insights("export", `"export_xlsx":true`), []string{"ResearchInsightsPage__Complete", "ResearchInsightsPage__Export"}},
		"stop":     {insights("stop", `"live_stop":true`), []string{"ResearchInsightsPage__Complete"}},
	}
	for _, r := range requests {
		s.send(r.payload)
	}
	polled := s.prefix + "polled"
	s.send(insights(polled, widgets+`,"stream_tech":"API"`))
	s.send(insights("posted", widgets+`,"stream_tech":"SSE"`))
	s.settled(time.Minute)
	for key, r := range requests {
		var events []string
		for _, m := range s.messages(key) {
			events = append(events, m.event)
			branded(t, m.raw, fields)
		}
		if slices.Sort(events); !slices.Equal(events, r.events) {
			t.Errorf("%s: %v, want %v", key, events, r.events)
		}
	}
	buffer := s.rdb.HGetAll(t.Context(), "PUBLISH_ENGINE::BUFFER::"+polled).Val()
	delete(buffer, "__processed_count__")
	for _, raw := range buffer {
		branded(t, raw, fields)
	}
	if len(buffer) != 3 {
		t.Errorf("the buffer has %d messages", len(buffer))
	}
	s.eventually(time.Minute, "three posts", func() (bool, string) {
		mu.Lock()
		defer mu.Unlock()
		return len(posted) == 3, fmt.Sprint(posted)
	})
	for _, raw := range posted {
		branded(t, raw, fields)
	}
}

// TestResultsByLanguage: titles, columns' names, notices and the way of writing numbers follow the request's language.
func TestResultsByLanguage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.start("consumer", "c1")
	arabic := []string{`"title":"الوصول"`, `"displayName":"الوصول"`, `"displayName":"الوصول (السابق)"`, `"code":"synthetic","text":"مولّدة وليست حقيقية: followers."`, `"direction":"rtl"`}
	english := []string{`"title":"Reach"`, `"displayName":"Reach"`, `"displayName":"Reach (previous)"`, `"text":"Generated, not real: followers."`}
	for key, test := range map[string]struct {
		language string
		has      []string
		not      []string
	}{
		"ar":     {"ar", append(arabic, `"numerals":["٠","١"`, `"decimal":"٫"`), english},
		"saudi":  {"ar-SA", append(arabic, `"numerals":["٠","١"`), english},
		"maroc":  {"ar_MA", append(arabic, `"decimal":",","thousands":"."`), []string{`"numerals"`}},
		"en":     {"en-GB", append(english, `"decimal":".","thousands":",","grouping":[3]`), []string{`"numerals"`}},
		"french": {"fr", append(english, `"language":"en","direction":"ltr"`), arabic[:1]},
		"none":   {"", english, []string{`"number_format"`}},
	} {
		s.send(insights(key, `"selected_widgets":["reach"],"language":"`+test.language+`"`))
		s.settled(time.Minute)
		raw := s.messages(key)[0].raw
		for _, text := range test.has {
			if !strings.Contains(raw, text) {
				t.Errorf("%s lacks %s: %.300s", key, text, raw)
			}
		}
		for _, text := range test.not {
			if strings.Contains(raw, text) {
				t.Errorf("%s has %s: %.300s", key, text, raw)
			}
		}
	}
	company := strings.NewReplacer(":", "", "-", "").Replace(s.prefix)
	s.send(`{"job_id":"j1","company_id":"` + company + `","page_name":"Posts","widgets_names":["total_posts"],"widget_names_mapping":{"total_posts":"Our own name"},` +
		`"start_date":1030838400,"end_date":1033430400,"product":"PUBLIC_API"}`)
	s.settled(time.Minute)
	if raw := s.rdb.HGet(t.Context(), "PublicApis:"+company+":ENGAGEMENTS:j1:metrics", "total_posts").Val(); !strings.Contains(raw, `"title":"Our own name"`) {
		t.Errorf("the producer's label is not the title: %s", raw)
	}
}

// TestErrorsInTheLanguageOfTheRequest: an error's message is a sentence of its code in the request's language, in the widget's message and in the closing one; the code is the same.
func TestErrorsInTheLanguageOfTheRequest(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.start("consumer", "c1")
	for language, want := range map[string]string{"en": "page ResearchInsightsPage has no widget", "ar-SA": "لا يوجد عنصر بهذا الاسم في الصفحة: page ResearchInsightsPage"} {
		s.send(fmt.Sprintf(`{"eventName":"insights","eventData":{"routing_key":%q,"company_id":1,"language":%q,"start_date":"2002-09-01","end_date":"2002-09-30","selected_widgets":"no_such"}}`, language, language))
		s.settled(time.Minute)
		got := s.messages(language)
		if len(got) != 2 {
			t.Fatalf("%s: %d messages", language, len(got))
		}
		for _, m := range got {
			if !strings.Contains(m.raw, want) || !strings.Contains(m.raw, `"unknown_widget"`) {
				t.Errorf("%s: %s is %s", language, m.event, m.raw)
			}
		}
	}
}
