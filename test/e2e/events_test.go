package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// asked is one kind of request of the contract, with the page that answers it and widgets that the page must have.
type asked struct {
	event, page, product string
	answers              string
	widgets              string
}

func events() []asked {
	const analytics = "overview completed_overtime volume engagers_activity agents_performance average_promises data_sources teams completion_reason routings " +
		"tags_overtime tags_distribution promises_overview promises_overtime promises_performance promises_time_distribution promises_misses_activity " +
		"promises_hits_activity agents_performance_by_agent agents_interactions agents_distribution agents_inbox_performance agents_overview agents_promises agents_csat_score " +
		"agents_csat_overtime agents_status_overview agents_status_summary"
	const listening = "engagements posts authors topics sentiment top_cities top_countries gender_distribution languages volume netSentiment"
	out := []asked{
		{event: "insights", answers: "ResearchInsightsPage", widgets: "total_posts total_authors engagement reach net_sentiment volume_over_time sentiment_over_time by_source by_topic top_authors hashtags top_keywords emoji top_links languages activity_by_hour themes dialects interpretation"},
		{event: "interactions", answers: "ResearchInteractionsPage", widgets: "posts by_channel by_sentiment"},
		{event: "chats_page_data", answers: "ResearchChatsPage", widgets: "opened closed messages_a_chat first_response resolution busiest_hours returning_contacts keywords"},
		{event: "chats_interactions", answers: "ResearchChatsInteractionsPage", widgets: "chats"},
		{event: "fedi_private_data", answers: "ResearchSingleDataSourceInsightsPage", widgets: "conversations first_response keywords sentiment"},
		{event: "fedi_private_interactions", answers: "ResearchSingleDataSourceInteractionsPage", widgets: "messages"},
		{event: "fedi_data", answers: "FediPage", widgets: listening},
		{event: "fedi_listener_go_dispatcher", answers: "FediPage", widgets: listening},
		{event: "staci.fedi.dispatcher", answers: "FediPage", widgets: listening},
		{event: "fedi_interactions", answers: "FediInteractionsPage", widgets: "posts by_platform"},
		{event: "cdp_profile_interactions", answers: "CDPProfileInteractionsPage", widgets: "profile timeline sentiment_path tickets ratings"},
		{event: "survey_insights_go_dispatcher", answers: "SurveyPage", widgets: "totals rates nps duration drop_off by_channel"},
		{event: "survey_individual_questions_insights_go_dispatcher", answers: "SurveyIndividualQuestionsInsightsPage", widgets: "scores choices mean themes cross"},
		{event: "engagements_go_dispatcher", answers: "EngagementsProductPage", widgets: "inbox"},
		{event: "engagements_go_dispatcher", page: "engagements", answers: "EngagementsProductPage", widgets: "inbox"},
		{event: "engagements_go_dispatcher", page: "engagements_profile_data", answers: "EngagementsProfileDataPage", widgets: "profile"},
		{event: "engagements_go_dispatcher", page: "engagements_logs_data", answers: "EngagementsSlasPage", widgets: "log"},
		{event: "engagements_go_dispatcher", page: "engagements_notes", answers: "EngagementsNotesPage", widgets: "notes by_agent"},
		{event: "engagements_go_dispatcher", page: "engagements_analytics", answers: "EngagementAnalyticsPage", widgets: analytics},
		{event: "engagements_go_dispatcher", page: "engagements_single_interaction_dm_history", answers: "EngagementsSingleInteractionDMHistoryPage", widgets: "messages"},
		{event: "engagements_go_dispatcher", page: "engagement_survey_feedback", answers: "EngagementSurveyFeedbackPage", widgets: "score trend by_agent by_team by_tag verbatims response_rate"},
		{event: "engagements_notes_go_dispatcher", answers: "EngagementsNotesPage", widgets: "notes"},
		{event: "engagements_analytics_go_dispatcher", answers: "EngagementAnalyticsPage", widgets: analytics},
		{event: "engagements_single_interaction_dm_history", answers: "EngagementsSingleInteractionDMHistoryPage", widgets: "messages"},
		{event: "engagements_survey_feedback_go_dispatcher", answers: "EngagementSurveyFeedbackPage", widgets: "score"},
		{event: "single_interaction_go_dispatcher", answers: "SingleInteractionPage", widgets: "states clocks sentiment_path"},
		{event: "csat_questions_responses_count", answers: "FulfillmentQuestionsResponsesCountPage", widgets: "counts"},
		{event: "csat_question_responses", answers: "FulfillmentQuestionResponsesPage", widgets: "responses distribution"},
		{event: "csat_user_responses", answers: "FulfillmentUserResponsesPage", widgets: "responses"},
		{event: "benchmark_go_dispatcher", answers: "BenchmarkPage", widgets: "share_by_posts share_by_engagement share_by_reach engagement_rate cadence sentiment_gap best_posts"},
		{event: "custom_projects", answers: "CustomProjectsPage", widgets: "totals comparison tags_by_topic"},
		{event: "explore_go_dispatcher", answers: "ExplorePage", widgets: "count volume sentiment related samples"},
		{event: "single_post_go_dispatcher", answers: "SinglePostPage", widgets: "totals engagement_curve reply_tree sentiment age"},
		{event: "top_trends_go_dispatcher", page: "TopTrendsPage", answers: "TopTrendsPage", widgets: "trending_keywords rising_keywords"},
		{event: "qdtranscriber_go_dispatcher", answers: "TranscriberPage", widgets: "list overview transcript minutes_used"},
	}
	dashboards := map[string]string{
		"CustomDashboard": "posts engagement sentiment share_of_voice volume_by_monitor response", "AccountPage": "total_posts total_authors sentiment volume_over_time",
		"EngagementsPage":  "total_engagement engagement_rate reach by_brand by_monitor best_posts",
		"CustomerCarePage": "interactions response response_rate resolution handling promises csat", "PostsPage": "total_posts volume by_media hashtags posts best_posts",
		"CommentsMentionsPage": "total response_rate sentiment keywords", "AuthorsPage": "total_authors top_authors by_reach verified", "QuestionsPage": "questions over_time by_topic latest",
	}
	for page, widgets := range dashboards {
		for _, event := range []string{"aggregate_dashboard_go_dispatcher", "custom_dashboard_go_dispatcher"} {
			out = append(out, asked{event: event, page: page, answers: page, widgets: widgets})
		}
		out = append(out, asked{event: "alert_data", page: page, answers: page, widgets: widgets}) // without a product
	}
	for page, widgets := range map[string]string{
		"TrendingAlert": "keywords hashtags", "NegativePostsAlert": "negative", "NewPostAlert": "posts", "HighVolumeReachAlert": "volume reach", "ViralTweetAlert": "posts",
		"InfluencerAlert": "posts", "VerifiedAuthorAlert": "posts", "HourlyAlertNotification": "summary",
	} {
		out = append(out, asked{event: "alert_data", page: page, product: "Alerts", answers: page, widgets: widgets})
	}
	for name, page := range map[string][2]string{
		"account_performance_page": {"UnifiedAccountPerformancePage", dashboards["EngagementsPage"]}, "account_content_page": {"UnifiedAccountContentPage", dashboards["PostsPage"]},
		"visual_content_page":      {"UnifiedVisualContentPage", "by_media images_and_videos"},
		"engagement_insights_page": {"UnifiedEngagementInsightsPage", dashboards["EngagementsPage"]},
		"customer_care_page":       {"UnifiedCustomerCarePerformancePage", dashboards["CustomerCarePage"]}, "posts_page": {"UnifiedPostPage", dashboards["PostsPage"]},
		"engagements_page": {"UnifiedPostPage", dashboards["PostsPage"]}, "questions_page": {"UnifiedQuestionsPage", dashboards["QuestionsPage"]},
		"authors_page": {"UnifiedAuthorsPage", dashboards["AuthorsPage"]}, "profile_page": {"UnifiedProfilePage", "profile timeline sentiment_path tickets ratings"},
		"dynamic_widgets_page": {"UnifiedDynamicWidgetsPage", dashboards["CustomDashboard"]}, "benchmark_page": {"UnifiedBenchmarkPage", "share_by_posts engagement_rate cadence sentiment_gap best_posts"},
	} {
		out = append(out, asked{event: "unified_json", page: name, answers: page[0], widgets: page[1]})
	}
	for _, page := range []string{"Account", "Engagements", "CustomerCare", "Posts", "Analytics", "Chats", "Interactions", "SingleSource", "SocialMedia", "EngagementAnalytics"} {
		out = append(out, asked{event: "explore_go_dispatcher", page: page, product: "PUBLIC_API", answers: page})
	}
	return out
}

// services stand in for the APIs that the contract names: a product's own, which cannot be had here. They answer as the catalog says.
func services(t *testing.T) (env []string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := map[string]string{
			"themes": `{"themes":[{"theme":"delivery","posts":12,"negative":3}]}`, "dialects": `{"dialects":[{"dialect":"gulf","posts":12}]}`,
			"net": `{"interpretation":"Sentiment fell."}`, "keywords": `{"keywords":[{"keyword":"refund","chats":4}]}`,
			"profiles": `{"id":"author-0791","name":"A","segment":"s","first_seen":"2002-01-31T12:00:00Z","last_seen":"2002-09-30T12:00:00Z","interactions":7}`,
		}[strings.Split(r.URL.Path, "/")[1]]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(answer)) // whoever asked may be gone
	}))
	t.Cleanup(server.Close)
	for name, path := range map[string]string{
		"APP_THEMES_AI_API": "/themes", "APP_DIALECTS_AI_API": "/dialects", "APP_net_sentiment_interpretation_api": "/net", "APP_CHATS_TOPKEYWORDS": "/keywords",
		"APP_CDP_PROFILE_API": "/profiles",
	} {
		env = append(env, name+"="+server.URL+path)
	}
	return env
}

// An interaction of September with an answer, notes and ratings, and its customer.
const (
	rated   = "thread-2334"
	ratedBy = "author-0721"
)

// request is the event with a routing key, and what some pages need to know besides.
func (a asked) request(t *testing.T, key string) string {
	t.Helper()
	data := map[string]any{
		"routing_key": key, "page_name": a.page, "company_id": 1, "start_date": "2002-09-01", "end_date": "2002-09-30",
		"profile_id": ratedBy, "user_id": []string{ratedBy}, "question_id": "q1", "interaction_id": rated, "post_id": "social-00000168",
	}
	if a.product != "" {
		data["product"] = a.product
	}
	if a.product == "Alerts" {
		data["end_date"] = "2002-09-11T18:00:00Z" // each of them judges the hour or the day before
	}
	raw, err := json.Marshal(map[string]any{"eventName": a.event, "eventData": data})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestEveryEventIsAnswered sends every event of the contract, with every page that it may name, to a consumer over the embedded data and
// to one over MongoDB, Cassandra, MinIO and HTTP APIs. It sees each page whole: its widgets, with data, but for those that have none
// in the asked time; and the same numbers from both.
func TestEveryEventIsAnswered(t *testing.T) {
	t.Parallel()
	env := append(services(t), "APP_DISPATCHER_SLOTS=3") // a few pages at a time: what waits for a store longer than its dataset allows is an error
	embedded, stores := newSite(t, env...), newSite(t, slices.Concat(modelInStores(t), env)...)
	all := events()
	for name, s := range map[string]*site{"embedded": embedded, "stores": stores} {
		s.start("consumer", name)
		for i, a := range all {
			s.send(a.request(t, fmt.Sprintf("e-%d", i)))
		}
	}
	widgets := 0
	want, got := embedded.pages(all), stores.pages(all)
	for i, a := range all {
		for id := range want[i] {
			widgets++
			if diff := differs(got[i][id], want[i][id]); diff != "" {
				t.Errorf("%s %s %s over the stores (-embedded +stores):\n%.4000s", a.event, a.answers, id, diff)
			}
		}
	}
	t.Logf("%d widgets of %d requests are the same over the stores", widgets, len(all))
}

// pages waits for the answers and returns each page's widgets by their ids, as a frontend sees them.
func (s *site) pages(all []asked) (out []map[string]map[string]any) {
	s.t.Helper()
	empty := map[string]bool{"ResearchInsightsPage__hashtags": true} // mailing lists of 2002 have none
	s.settled(4 * time.Minute)
	if n := s.rdb.XLen(s.t.Context(), s.rejected()).Val(); n != 0 {
		s.t.Errorf("%d dead letters: %v", n, s.rdb.XRange(s.t.Context(), s.rejected(), "-", "+").Val())
	}
	for i, a := range all {
		got := make(map[string]map[string]any)
		for _, m := range apart(s.t, s.messages(fmt.Sprintf("e-%d", i))) {
			if m.event == a.answers+"__Complete" {
				if m.data["status"] != "complete" {
					s.t.Errorf("%s %s: %s", a.event, a.page, m.raw)
				}
				continue
			}
			page, id, _ := strings.Cut(m.event, "__")
			if page != a.answers {
				s.t.Errorf("%s %s was answered by %s", a.event, a.page, page)
			}
			got[id] = m.data
			if strings.Contains(m.raw, `\u001f`) {
				s.t.Errorf("%s %s: %s shows what stands between a list's values in stores' answers: %.300s", a.event, a.page, m.event, m.raw)
			}
			if m.data["kind"] == "echo" {
				s.t.Errorf("%s %s: %s is no more than an echo of the request", a.event, a.page, m.event)
			}
			if status := m.data["status"]; status != "ok" && (status != "empty" || !empty[m.event]) {
				s.t.Errorf("%s %s: %s is %v: %.300s", a.event, a.page, m.event, status, m.raw)
			}
		}
		for id := range strings.FieldsSeq(a.widgets) {
			if got[id] == nil {
				s.t.Errorf("%s %s: page %s lacks %s; it has %v", a.event, a.page, a.answers, id, slices.Sorted(maps.Keys(got)))
			}
		}
		if len(got) == 0 {
			s.t.Errorf("%s %s: no widgets", a.event, a.page)
		}
		out = append(out, got)
	}
	return out
}
