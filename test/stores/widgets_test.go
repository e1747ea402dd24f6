package stores

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"pgregory.net/rapid"
)

// pageYAML is a random page: measures of the dataset, and widgets over them.
type pageYAML struct {
	Measures yaml.MapSlice `yaml:"measures"`
	Widgets  yaml.MapSlice `yaml:"widgets"`
	// over writes the catalog; nil has the datasets of the troubles.
	over func(relation func(string) string, measures, widgets string) string
}

// measureInfo is what the rest of the test has to know of a measure.
type measureInfo struct {
	name string
	// exact says that every store computes it to the last bit, so that it may be sorted by.
	exact bool
	// number says that a formula may use it; loose that it is of numbers whose sums lose digits.
	number, loose bool
	// added says that its values of groups add up to that of all, to the last bit.
	added bool
}

// datasets are the same rows with another column as their time, or none; with settings of their own.
func datasets() map[string][]string {
	return map[string][]string{
		"posts":         {"at", "time: {field: at}"},
		"posts_tz":      {"tz", "time: {field: tz, storage: timestamptz}, first_day_of_week: sunday, first_month_of_year: 4"},
		"posts_wall":    {"wall", "time: {field: wall, zone: " + wallZone + "}, row_filter: 'n != 3', first_day_of_week: saturday"},
		"posts_day":     {"day", "time: {field: day, storage: date, zone: " + dayZone + "}"},
		"posts_es":      {"es", "time: {field: es, storage: epoch_s}, smallest_time_grain: hour"},
		"posts_ems":     {"ems", "time: {field: ems, storage: epoch_ms}, first_month_of_year: 7, limits: {rows: 7, timeout: 10m}"},
		"posts_untimed": {"", "row_filter: 'has(channel) || flag'"},
	}
}

// dimensionsYAML are the dimensions of all datasets.
func dimensionsYAML() string {
	return strings.Join([]string{
		"id: {}", "channel: {label: {en: Channel, ar: القناة}}", "text: {}", "author: {}", "language: {}", "keyword: {field: tags, multi: true}",
		"n: {type: int}", "big: {type: int}", "x: {type: float}", "wild: {type: float}", "flag: {type: bool}",
		"at: {type: time}", "tz: {type: time, storage: timestamptz}", "wall: {type: time, zone: " + wallZone + "}",
		"day: {type: time, storage: date, zone: " + dayZone + "}", "es: {type: time, storage: epoch_s}", "ems: {type: time, storage: epoch_ms}",
		"hour: {field: at, part: hour}", "weekday: {field: at, part: weekday}", "monthday: {field: at, part: monthday}", "month: {field: at, part: month}",
		"wall_hour: {field: wall, part: hour, zone: " + wallZone + "}", "day_of_week: {field: day, part: weekday, storage: date, zone: " + dayZone + "}",
		"es_hour: {field: es, part: hour, storage: epoch_s}", "tz_month: {field: tz, part: month, storage: timestamptz}",
	}, ", ")
}

func drawPage(t *rapid.T, most int) (*pageYAML, map[string]bool) {
	p := &pageYAML{}
	var known []measureInfo
	for i := range rapid.IntRange(2, 6).Draw(t, "measures") {
		info, def := drawMeasure(t, "m"+strconv.Itoa(i), known)
		known = append(known, info)
		p.Measures = append(p.Measures, yaml.MapItem{Key: info.name, Value: def})
	}
	// There is always something to sort by.
	known = append(known, measureInfo{name: "rows", exact: true, number: true})
	p.Measures = append(p.Measures, yaml.MapItem{Key: "rows", Value: yaml.MapSlice{{Key: "agg", Value: "count"}}})
	for i := range rapid.IntRange(1, most).Draw(t, "widgets") {
		p.Widgets = append(p.Widgets, yaml.MapItem{Key: "w" + strconv.Itoa(i), Value: drawWidget(t, known)})
	}
	loose := make(map[string]bool)
	for _, m := range known {
		loose[m.name] = m.loose
	}
	return p, loose
}

func oneOf(t *rapid.T, label string, list ...string) string {
	return rapid.SampledFrom(list).Draw(t, label)
}

// often is true in about so many of ten cases; shrinking goes towards false.
func often(t *rapid.T, label string, tenths int) bool {
	return rapid.IntRange(0, 9).Draw(t, label) >= 10-tenths
}

func drawMeasure(t *rapid.T, name string, known []measureInfo) (measureInfo, yaml.MapSlice) {
	info := measureInfo{name: name, exact: true, number: true}
	var def yaml.MapSlice
	set := func(key string, value any) { def = append(def, yaml.MapItem{Key: key, Value: value}) }
	agg := oneOf(t, "agg", "count", "count", "sum", "avg", "min", "max", "count_distinct", "percentile", "formula", "formula")
	if agg == "formula" {
		text, loose := drawFormula(t, known)
		info.loose = loose
		info.exact = !loose
		set("formula", text)
		drawFill(t, set)
		return info, def
	}
	set("agg", agg)
	field := ""
	switch agg {
	case "count":
		if field = oneOf(t, "field", "", "", "channel", "n", "x", "wild", "flag", "tags", "at", "day"); field == "" {
			break
		}
	case "sum", "avg":
		field = oneOf(t, "field", "n", "n", "x", "x", "big")
		info.loose = field == "big"
		info.exact = !info.loose
	case "min", "max":
		field = oneOf(t, "field", "n", "x", "big", "wild", "at", "tz", "wall", "day", "es", "ems", "text", "flag")
		info.number = slices.Contains([]string{"n", "x", "big"}, field)
		info.loose = field == "big"
	case "count_distinct":
		field = oneOf(t, "field", "channel", "text", "author", "n", "big", "x", "wild", "flag", "at", "wall", "day", "es")
	case "percentile":
		field = oneOf(t, "field", "n", "x", "x", "big")
		fraction := rapid.SampledFrom([]float64{0.5, 0.25, 0.75, 0.9, 0.01, 0.99, 1.0 / 3}).Draw(t, "fraction")
		info.loose = field == "big"
		info.exact = !info.loose && (fraction == 0.5 || fraction == 0.25 || fraction == 0.75)
		set("fraction", fraction)
	}
	if field != "" {
		set("field", field)
	}
	if often(t, "where", 3) {
		set("where", drawCEL(t, 2))
	}
	drawFill(t, set)
	info.added = agg == "count" || agg == "sum" && !info.loose
	return info, def
}

func drawFill(t *rapid.T, set func(string, any)) {
	if often(t, "fill", 2) {
		set("fill", oneOf(t, "rule", "zero", "null", "last"))
	}
	if often(t, "shown", 1) {
		set("unit", "percentunit")
		set("decimals", 2)
		set("neutral_range", []float64{-0.5, 0.5})
		set("down_is_good", true)
	}
}

func drawFormula(t *rapid.T, known []measureInfo) (text string, loose bool) {
	var names []string
	for _, m := range known {
		if m.number {
			names = append(names, m.name)
		}
	}
	if len(names) == 0 {
		return "1 + 2", false
	}
	term := func(label string) string {
		name := oneOf(t, label, names...)
		for _, m := range known {
			loose = loose || m.name == name && m.loose
		}
		return name
	}
	switch oneOf(t, "formula", "ratio", "share", "scaled", "negative", "braces", "zero", "constant") {
	case "ratio":
		return term("a") + " / " + term("b"), loose
	case "share":
		a, b := term("a"), term("b")
		return fmt.Sprintf("(%s - %s) / %s", a, b, a), loose
	case "scaled":
		return fmt.Sprintf("%s * 2.5 + 1", term("a")), loose
	case "negative":
		return fmt.Sprintf("-%s - %s", term("a"), term("b")), loose
	case "braces":
		return fmt.Sprintf("{%s} / {%s} * 100", term("a"), term("b")), loose
	case "zero":
		a := term("a")
		return fmt.Sprintf("%s / (%s - %s)", a, a, a), loose
	}
	return "7 / 2", false
}

func drawWidget(t *rapid.T, known []measureInfo) yaml.MapSlice {
	var w yaml.MapSlice
	set := func(key string, value any) { w = append(w, yaml.MapItem{Key: key, Value: value}) }
	kind := oneOf(t, "kind", "stat", "timeseries", "timeseries", "breakdown", "breakdown", "table", "feed", "histogram", "heatmap")
	set("kind", kind)
	names := []string{"posts", "posts", "posts", "posts_tz", "posts_wall", "posts_day", "posts_es", "posts_ems", "posts_untimed"}
	if kind == "timeseries" {
		names = names[:len(names)-1]
	}
	dataset := oneOf(t, "dataset", names...)
	set("dataset", dataset)
	if often(t, "titled", 1) {
		set("title", map[string]string{"en": "Title \"é\"", "ar": "عنوان"})
	}
	if often(t, "where", 3) {
		set("where", drawCEL(t, 2))
	}
	compare := kind == "stat" || kind == "timeseries" || kind == "breakdown"
	if compare && dataset != "posts_untimed" && often(t, "compared", 5) {
		set("compare", oneOf(t, "compare", "prior_period", "prior_year"))
	}
	switch kind {
	case "stat":
		set("measures", drawMeasures(t, known, false))
	case "timeseries":
		drawSeries(t, known, set)
	case "breakdown":
		set("dimension", oneOf(t, "dimension", groupable()...))
		measures := drawMeasures(t, known, true)
		set("measures", measures)
		drawTop(t, set)
		if often(t, "sorted", 4) {
			set("sort", drawSort(t, known, append(measures, "")))
		}
	case "table":
		dims := drawDistinct(t, "dimensions", 1, 3, groupable())
		if slices.Contains(dims, "text") && slices.Contains(dims, "keyword") {
			dims = dims[:1]
		}
		set("dimensions", dims)
		measures := drawMeasures(t, known, true)
		set("measures", measures)
		drawPaging(t, known, set, append(dims, measures...))
	case "feed":
		dims := drawDistinct(t, "columns", 1, 8, append([]string{"id", "keyword", "text", "wild", "big"}, groupable()...))
		dims = slices.DeleteFunc(dims, isPart)
		if len(dims) == 0 {
			dims = []string{"id"}
		}
		set("dimensions", dims)
		drawPaging(t, known, set, slices.DeleteFunc(slices.Clone(dims), func(d string) bool { return d == "keyword" }))
	case "histogram":
		set("dimension", oneOf(t, "dimension", "n", "x", "big", "wild"))
		set("measures", drawMeasures(t, known, false))
		set("bins", yaml.MapSlice{
			{Key: "start", Value: rapid.SampledFrom([]any{0, -20, -10.5, 0.1, -9000000000000000}).Draw(t, "start")},
			{Key: "width", Value: rapid.SampledFrom([]any{1, 2.5, 10, 0.25, 0.1, 1000000000000000}).Draw(t, "width")},
			{Key: "count", Value: rapid.SampledFrom([]int{1, 8, 40, 100}).Draw(t, "count")},
		})
	case "heatmap":
		set("dimensions", drawDistinct(t, "dimensions", 2, 2, groupable()))
		set("measures", drawMeasures(t, known, false))
	}
	return w
}

func isPart(d string) bool {
	return slices.Contains([]string{"hour", "weekday", "monthday", "month", "wall_hour", "day_of_week", "es_hour", "tz_month"}, d)
}

func groupable() []string {
	return []string{
		"channel", "channel", "language", "author", "text", "keyword", "keyword", "n", "big", "x", "wild", "flag", "at", "tz", "wall", "day", "es", "ems",
		"hour", "weekday", "monthday", "month", "wall_hour", "day_of_week", "es_hour", "tz_month",
	}
}

func drawSeries(t *rapid.T, known []measureInfo, set func(string, any)) {
	split := often(t, "split", 4)
	measures := drawMeasures(t, known, split)
	set("measures", measures)
	if often(t, "grained", 6) {
		set("grain", oneOf(t, "grain", "auto", "day", "week", "month", "quarter", "year", "hour"))
	}
	if split {
		dimension := oneOf(t, "dimension", "channel", "language", "flag", "keyword", "n", "weekday", "author", "day")
		set("dimension", dimension)
		set("top", rapid.IntRange(1, 12).Draw(t, "top"))
		added := !slices.ContainsFunc(measures, func(name string) bool {
			return name != "rows" && !slices.ContainsFunc(known, func(m measureInfo) bool { return m.name == name && m.added })
		})
		if added && dimension != "keyword" && rapid.Bool().Draw(t, "others") {
			set("others", true)
		}
	}
}

func drawTop(t *rapid.T, set func(string, any)) {
	set("top", rapid.IntRange(1, 12).Draw(t, "top"))
	if rapid.Bool().Draw(t, "others") {
		set("others", true)
	}
}

func drawPaging(t *rapid.T, known []measureInfo, set func(string, any), columns []string) {
	set("page_size", rapid.SampledFrom([]int{1, 3, 10, 50, 1000}).Draw(t, "page_size"))
	if rapid.Bool().Draw(t, "total") {
		set("total", true)
	}
	if len(columns) > 0 && often(t, "sorted", 5) {
		set("sort", drawSort(t, known, columns))
	}
}

// drawSort draws columns to sort by, all of which have the same value to the last bit on every store.
func drawSort(t *rapid.T, known []measureInfo, columns []string) []string {
	var out []string
	for _, c := range drawDistinct(t, "sort", 1, 2, columns) {
		exact := c != ""
		for _, m := range known {
			exact = exact && (m.name != c || m.exact)
		}
		if exact {
			out = append(out, oneOf(t, "direction", "", "-")+c)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// drawMeasures draws names of measures; the first one is exact where the widget sorts by it.
func drawMeasures(t *rapid.T, known []measureInfo, sorted bool) []string {
	var names []string
	for _, m := range known {
		names = append(names, m.name)
	}
	out := drawDistinct(t, "columns", 1, 4, names)
	if sorted {
		for _, m := range known {
			if m.name == out[0] && (!m.exact || !m.number) {
				out = append([]string{"rows"}, slices.DeleteFunc(out, func(n string) bool { return n == "rows" })...)
				break
			}
		}
	}
	return out
}

func drawDistinct(t *rapid.T, label string, least, most int, list []string) []string {
	list = slices.Compact(slices.Sorted(slices.Values(list)))
	n := rapid.IntRange(least, min(most, len(list))).Draw(t, label+" number")
	return slices.Clone(rapid.Permutation(list).Draw(t, label)[:n])
}
