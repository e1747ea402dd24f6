package models

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// enrichment is what an event sets on its request. Empty fields leave what was sent.
type enrichment struct {
	page, product, dataSourceName string
	// byPage maps a sent page_name to the page; the entry "" stands for an empty one.
	byPage map[string]string
}

// events returns the accepted events with what they set, as the contract lists them.
func events() map[string]enrichment {
	asSent := enrichment{}
	return map[string]enrichment{
		"interactions":              {page: "ResearchInteractionsPage"},
		"insights":                  {page: "ResearchInsightsPage"},
		"chats_page_data":           {page: "ResearchChatsPage"},
		"chats_interactions":        {page: "ResearchChatsInteractionsPage"},
		"fedi_private_data":         {page: "ResearchSingleDataSourceInsightsPage", dataSourceName: "Fediprivate"},
		"fedi_private_interactions": {page: "ResearchSingleDataSourceInteractionsPage", dataSourceName: "Fediprivate"},

		"fedi_data": asSent, "fedi_interactions": asSent, "fedi_listener_go_dispatcher": asSent,

		"aggregate_dashboard_go_dispatcher":                  {product: "Dashboards"},
		"custom_dashboard_go_dispatcher":                     {product: "Dashboards"},
		"cdp_profile_interactions":                           {page: "CDPProfileInteractionsPage"},
		"survey_insights_go_dispatcher":                      {page: "SurveyPage"},
		"survey_individual_questions_insights_go_dispatcher": {page: "SurveyIndividualQuestionsInsightsPage"},
		"engagements_go_dispatcher": {byPage: map[string]string{
			"":                         "EngagementsProductPage",
			"engagements":              "EngagementsProductPage",
			"engagements_profile_data": "EngagementsProfileDataPage",
			"engagements_logs_data":    "EngagementsSlasPage",
			"engagements_notes":        "EngagementsNotesPage",
			"engagements_analytics":    "EngagementAnalyticsPage",
			"engagements_single_interaction_dm_history": "EngagementsSingleInteractionDMHistoryPage",
			"engagement_survey_feedback":                "EngagementSurveyFeedbackPage",
		}},
		"engagements_notes_go_dispatcher":           {page: "EngagementsNotesPage"},
		"engagements_analytics_go_dispatcher":       {page: "EngagementAnalyticsPage"},
		"engagements_single_interaction_dm_history": {page: "EngagementsSingleInteractionDMHistoryPage"},
		"engagements_survey_feedback_go_dispatcher": {page: "EngagementSurveyFeedbackPage"},
		"single_interaction_go_dispatcher":          {page: "SingleInteractionPage"},
		"csat_questions_responses_count":            {page: "FulfillmentQuestionsResponsesCountPage"},
		"csat_question_responses":                   {page: "FulfillmentQuestionResponsesPage"},
		"csat_user_responses":                       {page: "FulfillmentUserResponsesPage"},
		"unified_json": {byPage: map[string]string{
			"account_performance_page": "UnifiedAccountPerformancePage",
			"account_content_page":     "UnifiedAccountContentPage",
			"visual_content_page":      "UnifiedVisualContentPage",
			"engagement_insights_page": "UnifiedEngagementInsightsPage",
			"customer_care_page":       "UnifiedCustomerCarePerformancePage",
			"posts_page":               "UnifiedPostPage",
			"engagements_page":         "UnifiedPostPage",
			"questions_page":           "UnifiedQuestionsPage",
			"authors_page":             "UnifiedAuthorsPage",
			"profile_page":             "UnifiedProfilePage",
			"dynamic_widgets_page":     "UnifiedDynamicWidgetsPage",
			"benchmark_page":           "UnifiedBenchmarkPage",
		}},
		"alert_data": asSent, "benchmark_go_dispatcher": asSent, "custom_projects": asSent,
		"explore_go_dispatcher": asSent, "single_post_go_dispatcher": asSent, "top_trends_go_dispatcher": asSent,
		"calc_export": asSent, "qdtranscriber_go_dispatcher": asSent,
	}
}

// otherName returns the accepted name of an event that goes by another one.
func otherName(event string) string {
	switch event {
	case "staci.fedi.dispatcher":
		return "fedi_listener_go_dispatcher"
	case "staci.calc.export_request":
		return "calc_export"
	case "staci.transcriber.dispatcher":
		return "qdtranscriber_go_dispatcher"
	}
	return event
}

// Events knows the accepted events. It is immutable.
type Events struct{ byName map[string]enrichment }

// NewEvents returns the contract's events.
func NewEvents() *Events { return &Events{byName: events()} }

// Pages returns the pages that each accepted event asks for by itself; events whose requests name their page are left out.
func (e *Events) Pages() map[string][]string {
	out := make(map[string][]string)
	for name, set := range e.byName {
		if set.page != "" {
			out[name] = append(out[name], set.page)
		}
		for _, page := range set.byPage {
			if !slices.Contains(out[name], page) {
				out[name] = append(out[name], page)
			}
		}
	}
	return out
}

// Names returns all accepted names, sorted.
func (e *Events) Names() []string { return slices.Sorted(maps.Keys(e.byName)) }

// Enrich sets what the request's event implies. An event that neither the contract nor declared knows is rejected.
func (e *Events) Enrich(r *Request, declared func(event string) bool) error {
	r.EventName = otherName(r.EventName)
	set, ok := e.byName[r.EventName]
	if !ok {
		if declared != nil && declared(r.EventName) {
			return nil
		}
		if r.EventName == "" {
			return reject(ReasonUnknownEvent, "the request has no eventName")
		}
		return reject(ReasonUnknownEvent, "event %q is not accepted", clip(r.EventName))
	}
	if r.CustomerCare {
		return nil // a flat object names its page itself
	}
	if set.page != "" {
		r.PageName = set.page
	}
	if page, ok := set.byPage[strings.TrimSpace(r.PageName)]; ok {
		r.PageName = page
	}
	if set.product != "" {
		r.Product = set.product
	}
	if set.dataSourceName != "" {
		r.DataSourceName = set.dataSourceName
	}
	return nil
}

// exportAge is the age past which an export request is refused.
const exportAge = 7200 * time.Second

// CheckAge refuses a request that is too old to answer. Its age counts from the producer's timestamp, and from
// the entry's where there is none. The export's limit is looked at first, or it could never be reached.
func CheckAge(r *Request, entry, now time.Time, timeout time.Duration) error {
	from := r.RequestTimestamp
	if from.IsZero() {
		from = entry
	}
	if from.IsZero() {
		return nil
	}
	age := now.Sub(from)
	if r.ExportXLSX && otherName(r.EventName) == "fedi_listener_go_dispatcher" && age > exportAge {
		return fault.New(fault.Reject, ReasonExportTimeout, "the export was asked for more than 7200 seconds ago", nil)
	}
	if age > timeout {
		return reject(ReasonStale, "the request is %d seconds old, more than the limit of %d", int(age.Seconds()), int(timeout.Seconds()))
	}
	return nil
}

// maxRoutingKey bounds a routing key: it becomes a part of a Redis key.
const maxRoutingKey = 512

// CheckRoutingKey refuses a routing key that cannot be a part of a key's name.
func CheckRoutingKey(key string) error {
	switch {
	case key == "":
		return reject(ReasonBadRoutingKey, "routing_key is missing")
	case len(key) > maxRoutingKey:
		return reject(ReasonBadRoutingKey, "routing_key has %d bytes, more than the limit of %d", len(key), maxRoutingKey)
	}
	for _, r := range key {
		if r <= ' ' || r == 0x7f {
			return reject(ReasonBadRoutingKey, "routing_key holds a space or a control character")
		}
	}
	return nil
}
