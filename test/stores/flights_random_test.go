package stores

import (
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"pgregory.net/rapid"

	"github.com/go-dispatcher/dispatcher/internal/models"
)

// flightPages is how many random pages of flights each store is asked for; of a nightly run, a tenth of its widgets are of them.
const flightPages = 30

// flightQuestion is a page over the flights and a request for it.
type flightQuestion struct {
	page *pageYAML
	req  request
}

// randomFlights asks the stores for random pages. What a seed draws is the same each time; it is not shrunk, since one widget is told of.
func randomFlights(t *testing.T, stores []*bench, plain *bench) {
	t.Helper()
	pages, first := flightPages, 0
	if n, err := strconv.Atoi(os.Getenv(envCases)); err == nil {
		pages, first = max(1, n/30), int(time.Now().Unix()) // of three widgets each
	}
	questions, compared := rapid.Custom(drawFlights), 0
	for seed := first; seed < first+pages; seed++ {
		q := questions.Example(seed)
		decoded, err := models.Decoder{}.Decode(q.req.payload)
		if err != nil {
			t.Fatal(err)
		}
		c, err := plain.catalog(q.page.text)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		want, _, err := plain.ask(t.Context(), c, decoded, q.req.now)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		reports := make([]report, len(stores))
		var wg sync.WaitGroup
		for i, b := range stores {
			if b.slow && seed%3 != 0 && first == 0 {
				continue
			}
			wg.Go(func() { reports[i] = b.compare(t.Context(), q.page, nil, decoded, q.req, want) })
		}
		wg.Wait()
		if text := together(c, q.page, reports, want); text != "" {
			t.Errorf("seed %d: %s\n\n%s", seed, q.req, text)
		}
		for id, w := range want {
			if w.err != nil {
				t.Errorf("seed %d, %s: %v", seed, id, w.err)
			}
			compared++
		}
	}
	t.Logf("%d random widgets of flights were compared", compared)
	if compared < pages {
		t.Errorf("only %d widgets of %d pages were compared", compared, pages)
	}
}

func drawFlights(t *rapid.T) flightQuestion {
	p := &pageYAML{over: flightsCatalog, Measures: yaml.MapSlice{{Key: "rows", Value: yaml.MapSlice{{Key: "agg", Value: "count"}}}}}
	names := []string{"rows"}
	for i := range rapid.IntRange(2, 5).Draw(t, "measures") {
		names = append(names, "m"+strconv.Itoa(i))
		p.Measures = append(p.Measures, yaml.MapItem{Key: names[i+1], Value: drawFlightMeasure(t)})
	}
	for i := range rapid.IntRange(2, 4).Draw(t, "widgets") {
		p.Widgets = append(p.Widgets, yaml.MapItem{Key: "w" + strconv.Itoa(i), Value: drawFlightWidget(t, names)})
	}
	data := map[string]any{"company_id": oneOf(t, "company", "1", "1", "1", "2"), "page_name": "P", "timezone": rapid.SampledFrom(zones()[:10]).Draw(t, "zone")}
	from := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(-5, 180).Draw(t, "from"))
	data["start_date"] = from.Format(time.DateOnly)
	data["end_date"] = from.AddDate(0, 0, rapid.SampledFrom([]int{0, 1, 6, 40, 120, 200, 200}).Draw(t, "days")).Format(time.DateOnly)
	if often(t, "filtered", 4) {
		data["filters"] = rapid.SampledFrom([]any{
			map[string]any{"far": []any{true}}, map[string]any{"delay": map[string]any{"gte": 15}}, map[string]any{"destination": map[string]any{"ne": "ORD"}},
			map[string]any{"not": map[string]any{"delay": map[string]any{"lt": 0}}}, map[string]any{"hours": map[string]any{"lte": 0.25}},
			map[string]any{"or": []any{map[string]any{"origin": map[string]any{"prefix": "l"}}, map[string]any{"destination": map[string]any{"exists": false}}}},
		}).Draw(t, "filter")
	}
	raw, err := models.Marshal(map[string]any{"eventName": "explore_go_dispatcher", "eventData": data})
	if err != nil {
		t.Fatal(err)
	}
	return flightQuestion{p, request{string(raw), time.Date(2004, 1, 1, 0, 0, 0, 0, time.UTC)}}
}

func drawFlightMeasure(t *rapid.T) yaml.MapSlice {
	agg := oneOf(t, "agg", "count", "sum", "avg", "min", "max", "count_distinct", "count_distinct", "percentile", "percentile", "percentile")
	def := yaml.MapSlice{{Key: "agg", Value: agg}}
	fields := []string{"delay", "distance", "hours"}
	if agg == "count_distinct" {
		fields = append(fields, "origin", "destination", "far", "at")
	}
	def = append(def, yaml.MapItem{Key: "field", Value: oneOf(t, "field", fields...)})
	if agg == "percentile" {
		def = append(def, yaml.MapItem{Key: "fraction", Value: rapid.SampledFrom([]float64{0.5, 0.9, 0.95, 0.999, 0.001, 1.0 / 3}).Draw(t, "fraction")})
	}
	if often(t, "where", 3) {
		def = append(def, yaml.MapItem{Key: "where", Value: oneOf(t, "condition", "far", "delay > 10", "has(destination)", `origin == "ATL" || !far`, "!(hours < 0.5)")})
	}
	return def
}

func drawFlightWidget(t *rapid.T, names []string) yaml.MapSlice {
	kind := oneOf(t, "kind", "stat", "timeseries", "timeseries", "breakdown", "breakdown", "table", "histogram", "heatmap")
	w := yaml.MapSlice{{Key: "kind", Value: kind}, {Key: "dataset", Value: "flights"}}
	set := func(key string, value any) { w = append(w, yaml.MapItem{Key: key, Value: value}) }
	// The first measure orders the rows, so that it is one that all stores compute to the last bit.
	set("measures", append([]string{"rows"}, drawDistinct(t, "columns", 1, 3, names[1:])...))
	groups := []string{"origin", "destination", "far", "hour", "weekday", "monthday", "month", "delay"}
	if kind != "table" && kind != "histogram" && kind != "heatmap" && often(t, "compared", 3) {
		set("compare", "prior_period")
	}
	switch kind {
	case "timeseries":
		set("grain", oneOf(t, "grain", "auto", "day", "week", "month", "hour"))
	case "breakdown":
		set("dimension", oneOf(t, "dimension", groups...))
		drawTop(t, set)
	case "table":
		set("dimensions", drawDistinct(t, "dimensions", 1, 2, groups))
		set("page_size", 50)
		set("total", true)
	case "histogram":
		set("dimension", oneOf(t, "dimension", "delay", "distance"))
		set("bins", yaml.MapSlice{{Key: "start", Value: -60}, {Key: "width", Value: 30}, {Key: "count", Value: 20}})
	case "heatmap":
		set("dimensions", drawDistinct(t, "dimensions", 2, 2, []string{"far", "hour", "weekday", "month"}))
	}
	return w
}
