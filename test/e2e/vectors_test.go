package e2e

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// vector is one definition of the product with rows whose answer is known. It is asked of the built-in catalog's own measures.
type vector struct {
	widget string // as a catalog says it; {store} is the store's name
	rows   tenantRows
	// want has the answer's cells by column, or by group and column: "own posts_share". Nil is unknown.
	want map[string]any
	// from and to are the asked days; September 2002 where they are empty.
	from, to string
}

func vectors() map[string]vector {
	const stat = "kind: stat, compare: none"
	sentiment := func(positive, neutral, negative int) tenantRows {
		return tenantRows{"social": slices.Concat(row{"sentiment": "positive"}.of(positive), row{"sentiment": "neutral"}.of(neutral), row{"sentiment": "negative"}.of(negative))}
	}
	return map[string]vector{
		// (current − previous) / previous. The previous window is as long, and just before: 31 days earlier is in none.
		"change": {
			widget: "kind: stat, dataset: social_{store}, measures: [posts], compare: prior_period",
			rows:   tenantRows{"social": slices.Concat(row{"published_at": day(3)}.of(6), row{"published_at": day(-2)}.of(5), row{"published_at": day(-31)}.of(9))},
			want:   map[string]any{"posts": 6, "posts_previous": 5, "posts_change": 1, "posts_change_ratio": 0.2},
		},
		"change_from_nothing": {
			widget: "kind: stat, dataset: social_{store}, measures: [posts], compare: prior_period",
			rows:   tenantRows{"social": row{"published_at": day(3)}.of(3)},
			want:   map[string]any{"posts": 3, "posts_previous": 0, "posts_change": 3, "posts_change_ratio": nil},
		},
		"net_sentiment": {
			widget: stat + ", dataset: social_{store}, measures: [net_sentiment, positive, neutral, negative]",
			rows:   sentiment(80, 100, 20),
			want:   map[string]any{"net_sentiment": 0.30, "positive": 80, "neutral": 100, "negative": 20},
		},
		"net_sentiment_polar": {
			widget: stat + ", dataset: social_{store}, measures: [net_sentiment_polar, positive, negative]",
			rows:   sentiment(255, 77, 513),
			want:   map[string]any{"net_sentiment_polar": -0.3359375, "positive": 255, "negative": 513}, // −33.6 %
		},
		"net_sentiment_of_none": {
			widget: stat + ", dataset: social_{store}, measures: [net_sentiment, net_sentiment_polar, posts]",
			rows:   tenantRows{"social": row{}.of(2)},
			want:   map[string]any{"net_sentiment": nil, "net_sentiment_polar": nil, "posts": 2},
		},
		// own / (own + tracked).
		"share_of_voice": {
			widget: "kind: breakdown, compare: none, dimension: brand, share: true, dataset: social_{store}, measures: [posts, total_engagement]",
			rows:   tenantRows{"social": slices.Concat(row{"brand": "own", "engagement": int64(10)}.of(3), row{"brand": "birch", "engagement": int64(2)}.of(5), row{"brand": "acorn"}.of(2))},
			want:   map[string]any{"own posts_share": 0.3, "birch posts_share": 0.5, "own total_engagement_share": 0.75, "birch total_engagement_share": 0.25},
		},
		// The base is reach: the sum of followers. Who has an unknown number is in neither part.
		"engagement_rate": {
			widget: stat + ", dataset: social_{store}, measures: [engagement_rate, engagement_known, reach, total_engagement]",
			rows: tenantRows{"social": {
				{"followers": int64(1000), "engagement": int64(50)}, {"followers": int64(3000), "engagement": int64(30)}, {"engagement": int64(500)},
			}},
			want: map[string]any{"engagement_rate": 0.02, "engagement_known": 80, "reach": 4000, "total_engagement": 580},
		},
		"reach": {
			widget: stat + ", dataset: posts_{store}, measures: [reach, reach_unknown, posts]",
			rows:   tenantRows{"posts": {{"author": "a", "followers": int64(100)}, {"author": "a", "followers": int64(100)}, {"author": "b", "followers": int64(50)}, {"author": "c"}}},
			want:   map[string]any{"reach": 250, "reach_unknown": 1, "posts": 4},
		},
		"reach_of_unknown": {
			widget: stat + ", dataset: posts_{store}, measures: [reach, reach_unknown, posts]",
			rows:   tenantRows{"posts": row{"author": "c"}.of(2)},
			want:   map[string]any{"reach": nil, "reach_unknown": 2, "posts": 2},
		},
		// Each author once.
		"unique_reach": {
			widget: stat + ", dataset: reached_{store}, measures: [unique_reach, reach, unknown, authors]",
			rows: tenantRows{
				"posts":   {{"author": "a"}, {"author": "a"}, {"author": "b"}, {"author": "c"}},
				"authors": {{"author": "a", "followers": int64(100)}, {"author": "b", "followers": int64(50)}, {"author": "c"}},
			},
			want: map[string]any{"unique_reach": 150, "reach": 250, "unknown": 1, "authors": 3},
		},
		// Interactions without an answer are in no time, and in the rate's denominator.
		"first_response": {
			widget: stat + ", dataset: interactions_{store}, measures: [first_response_p50, first_response_p90, business_response_p50, answer_rate, answered, interactions]",
			rows: tenantRows{"interactions": {
				{"first_response_s": int64(60), "business_response_s": int64(0)}, {"first_response_s": int64(120), "business_response_s": int64(30)},
				{"first_response_s": int64(600), "business_response_s": int64(90)}, {},
			}},
			want: map[string]any{"first_response_p50": 120, "first_response_p90": 504, "business_response_p50": 30, "answer_rate": 0.75, "answered": 3, "interactions": 4},
		},
		"first_response_of_none": {
			widget: stat + ", dataset: interactions_{store}, measures: [first_response_p50, answered, interactions]",
			rows:   tenantRows{"interactions": row{}.of(2)},
			want:   map[string]any{"first_response_p50": nil, "answered": 0, "interactions": 2},
		},
		"resolution": {
			widget: stat + ", dataset: interactions_{store}, measures: [first_resolution_p50, resolution_p50, resolution_p90, completed, completion_rate, interactions]",
			rows: tenantRows{"interactions": {
				{"state": "completed", "first_resolution_s": int64(100), "resolution_s": int64(100)}, {"state": "completed", "first_resolution_s": int64(200), "resolution_s": int64(900), "reopened": true},
				{"state": "new"}, {"state": "assigned"},
			}},
			want: map[string]any{"first_resolution_p50": 150, "resolution_p50": 500, "resolution_p90": 820, "completed": 2, "completion_rate": 0.5, "interactions": 4},
		},
		// (talk + hold + after-work) / handled: 668,205 + 99,153 + 198,306 s over 4,311 are 224 s. One that nobody worked on counts in nothing.
		"handle_time": {
			widget: stat + ", dataset: interactions_{store}, measures: [handle_time, talk, hold, wrap, handled]",
			rows:   tenantRows{"interactions": append(spread(4311, map[string]int64{"talk_s": 668_205, "hold_s": 99_153, "wrap_s": 198_306}), row{})},
			want:   map[string]any{"handle_time": 224, "talk": 668_205, "hold": 99_153, "wrap": 198_306, "handled": 4311},
		},
		// hits / (hits + misses); what is pending is in neither.
		"sla": {
			widget: stat + ", dataset: promises_{store}, measures: [hit_rate, hits, misses, pending]",
			rows:   tenantRows{"promises": slices.Concat(row{"status": "hit"}.of(9), row{"status": "miss"}.of(1), row{"status": "pending"}.of(5))},
			want:   map[string]any{"hit_rate": 0.9, "hits": 9, "misses": 1, "pending": 5},
		},
		// The top two of five, of all.
		"csat": {
			widget: stat + ", dataset: ratings_{store}, measures: [csat, satisfied, ratings]",
			rows:   tenantRows{"ratings": {{"rating": int64(5)}, {"rating": int64(5)}, {"rating": int64(4)}, {"rating": int64(3)}, {"rating": int64(1)}}},
			want:   map[string]any{"csat": 0.6, "satisfied": 3, "ratings": 5},
		},
		// % of 9 and 10 less % of 0 to 6; answers to other questions do not count.
		"nps": {
			widget: stat + ", dataset: answers_{store}, measures: [nps, promoters, detractors, nps_answers]",
			rows:   tenantRows{"answers": slices.Concat(scored("nps", 10, 9, 9, 8, 7, 6, 0, 9), scored("rating", 5, 1))},
			want:   map[string]any{"nps": 25, "promoters": 4, "detractors": 2, "nps_answers": 8},
		},
	}
}

// scored are answers to a kind of question.
func scored(kind string, scores ...int64) (out []row) {
	for _, s := range scores {
		out = append(out, row{"kind": kind, "score": s})
	}
	return out
}

// spread divides totals over n rows as evenly as whole numbers can be.
func spread(n int64, totals map[string]int64) []row {
	out := make([]row, n)
	for i := range out {
		out[i] = row{}
		for column, total := range totals {
			at := int64(i)
			out[i][column] = total*(at+1)/n - total*at/n
		}
	}
	return out
}

// TestDefinitions asks every definition's vector of every store, through Redis.
func TestDefinitions(t *testing.T) {
	t.Parallel()
	all := vectors()
	tenants := make(map[string]tenantRows)
	for name, v := range all {
		tenants[name] = v.rows
	}
	env := inEveryStore(t, tenants, func(store string) (datasets, page string) {
		return reachedOver(store), vectorsPage(all, store)
	})
	askVectors(newSite(t, env...), all)
}

// reachedOver is the built-in join of posts and their authors over a store; objects have no authors, so those of MongoDB stand in.
func reachedOver(store string) string {
	people := store
	if store == "minio" {
		people = "mongodb"
	}
	return fmt.Sprintf("  reached_%s: {like: reached, inputs: {posts: {dataset: posts_%s, dimensions: [author], measures: [posts], filtered: true}, "+
		"authors: {dataset: people_%s, columns: [author, followers, verified, country, city, gender]}}}\n", store, store, people)
}

// vectorsPage has a widget for each vector.
func vectorsPage(all map[string]vector, store string) string {
	text := fmt.Sprintf("  Vectors_%s:\n    events: [vectors_%s]\n    widgets:\n", store, store)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		text += fmt.Sprintf("      %s: {%s}\n", name, strings.ReplaceAll(all[name].widget, "{store}", store))
	}
	return text
}

// askVectors asks each vector of each store, as the tenant that has its rows.
func askVectors(s *site, all map[string]vector) {
	t := s.t
	t.Helper()
	s.start("consumer", "c1")
	for _, store := range kinds() {
		for name, v := range all {
			s.send(fmt.Sprintf(`{"eventName":"vectors_%s","eventData":{"routing_key":"%s-%s","page_name":"Vectors_%s","company_id":%q,"start_date":%q,"end_date":%q,"selected_widgets":[%q]}}`,
				store, store, name, store, name, cmp.Or(v.from, "2002-09-01"), cmp.Or(v.to, "2002-09-30"), name))
		}
	}
	s.settled(2 * time.Minute)
	for _, store := range kinds() {
		for name, v := range all {
			messages := s.messages(store + "-" + name)
			if len(messages) == 0 {
				t.Errorf("%s on %s: no answer", name, store)
				continue
			}
			for key, want := range v.want {
				if got, ok := cell(messages[0].data, key); !ok || !same(got, want) {
					t.Errorf("%s on %s: %s is %v (%v), want %v: %.600s", name, store, key, got, ok, want, messages[0].raw)
				}
			}
		}
	}
}

// cell finds a value of an answer by its column, or by its row's first value and its column.
func cell(data map[string]any, key string) (value any, ok bool) {
	group, column, grouped := strings.Cut(key, " ")
	if !grouped {
		column = key
	}
	schema, _ := data["schema"].(map[string]any)
	fields, _ := schema["fields"].([]any)
	inner, _ := data["data"].(map[string]any)
	values, _ := inner["values"].([]any)
	at := slices.IndexFunc(fields, func(f any) bool { m, _ := f.(map[string]any); return m["name"] == column })
	if at < 0 || at >= len(values) {
		return nil, false
	}
	list, _ := values[at].([]any)
	line := 0
	if grouped {
		groups, _ := values[0].([]any)
		line = slices.Index(groups, any(group))
	}
	if line < 0 || line >= len(list) {
		return nil, false
	}
	return list[line], true
}

// same compares a number of JSON with what is wanted; nil is only nil.
func same(got, want any) bool {
	number, ok := got.(float64)
	switch want := want.(type) {
	case int:
		return ok && number == float64(want)
	case float64:
		return ok && math.Abs(number-want) <= 1e-9
	}
	return got == nil && want == nil
}
