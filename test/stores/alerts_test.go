package stores

import (
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/app"
	"github.com/go-dispatcher/dispatcher/internal/models"
)

// alertsPage has an alert of each rule over the posts, which everyRule adds to a catalog.
const alertsPage = "EveryRule"

const everyRule = `pages:
  ` + alertsPage + `:
    dataset: posts
    widgets:
      threshold: {kind: alert, measures: [net_sentiment, posts], dimensions: [published_at, author, subject, id], alert: {rule: threshold, window: 24h, baseline: 168h, at_least: 0.2, evidence: sentiment == "negative"}}
      spike: {kind: alert, measures: [posts], dimension: channel, where: words > 20, alert: {rule: spike, window: 24h, baseline: 168h, bucket: 1h, k: 0.5}}
      trend: {kind: alert, measures: [posts], dimension: keyword, top: 20, alert: {rule: trend, window: 24h, baseline: 336h, k: 1, min_count: 2}}
      share: {kind: alert, measures: [net_sentiment], dimension: channel, top: 20, alert: {rule: trend, window: 48h, baseline: 336h, k: 1}}
      rows: {kind: alert, measures: [posts, average_words], dimensions: [published_at, author, words, id], sort: [-words], alert: {rule: rows, window: 24h, baseline: 48h, column: words, at_least: 200, key: id}}
      summary: {kind: alert, measures: [posts, authors, net_sentiment], dimension: keyword, alert: {rule: summary, window: 6h, baseline: 30h}}
`

// everyRuleAgrees compares what the rules say of many moments, and that each of them has fired, and not always.
func everyRuleAgrees(t *testing.T, reference *app.Pages, others map[string]*app.Pages) {
	t.Helper()
	moments := requests()
	for _, day := range []string{"2002-08-23", "2002-09-06", "2002-09-12", "2002-09-26", "2002-10-02"} {
		moments["the end of "+day] = models.Request{StartDate: "2002-08-01", EndDate: day, TimeZone: "Europe/Berlin"}
	}
	fired, quiet := map[string]int{}, map[string]int{}
	for what, req := range moments {
		for rule, answer := range same(t, reference, others, alertsPage, what, req) {
			data, _ := answer.(map[string]any)
			verdict, _ := data["alert"].(map[string]any)
			switch verdict["fired"] {
			case true:
				fired[rule]++
			case false:
				quiet[rule]++
			default:
				t.Errorf("%s, %s: no verdict in %s", rule, what, text(answer))
			}
		}
	}
	for _, rule := range []string{"threshold", "spike", "trend", "share", "rows", "summary"} {
		if fired[rule] == 0 || quiet[rule] == 0 {
			t.Errorf("%s has fired %d times and not fired %d times: nothing was compared", rule, fired[rule], quiet[rule])
		}
	}
	t.Logf("fired %v, not fired %v, on %d stores each", fired, quiet, len(others))
}
