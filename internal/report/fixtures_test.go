package report_test

import (
	"time"

	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/report"
)

func day(n int) time.Time { return time.Date(2026, 3, n, 0, 0, 0, 0, time.UTC) }

func field(name, role, label string) format.Field {
	f := format.Field{Name: name, Role: role, Type: "number", Config: format.Config{DisplayName: label}}
	switch role {
	case "dimension", "link":
		f.Type = "string"
	case "time":
		f.Type, f.Config.DisplayName = "time", ""
	case "other":
		f.Type = "boolean"
	case "ratio":
		f.Config.Unit = "percentunit"
	}
	return f
}

func data(kind, title string, fields []format.Field, values ...[]any) *format.Data {
	return &format.Data{
		Kind: kind, Status: "ok", Title: title, Schema: format.Schema{Fields: fields}, Data: format.Values{Values: values},
		Range: &format.Range{From: day(1), To: day(5), Zone: "UTC"}, AsOf: day(4).Add(90 * time.Minute),
	}
}

func in(f format.Field, unit string) format.Field { f.Config.Unit = unit; return f }

func downIsGood(f format.Field) format.Field {
	f.Config.DownIsGood, f.Config.NeutralRange = true, &[2]float64{-0.02, 0.02}
	return f
}

// fixtures are a widget of every kind and in every state.
func fixtures() map[string]report.Widget {
	posts := field("posts", "measure", "Posts")
	stat := data("stat", "Posts", []format.Field{
		posts, field("posts_previous", "previous", "Posts (previous)"), field("posts_change", "change", "Posts (change)"), field("posts_change_ratio", "ratio", "Posts (share)"),
		in(field("wait", "measure", "First response"), "s"), in(field("wait_previous", "previous", "before"), "s"), field("wait_change", "change", "c"), downIsGood(field("wait_change_ratio", "ratio", "r")),
		in(field("rate", "measure", "Response rate"), "percentunit"), in(field("rate_previous", "previous", "b"), "percentunit"), field("rate_change", "change", "c"), downIsGood(field("rate_change_ratio", "ratio", "r")),
	}, []any{int64(12345)}, []any{int64(10000)}, []any{int64(2345)}, []any{0.2345}, []any{4560.0}, []any{9000.0}, []any{-4440.0}, []any{-0.4933}, []any{0.425}, []any{0.42}, []any{0.005}, []any{0.012})
	series := data("timeseries", "Posts over time", []format.Field{field("time", "time", ""), posts, field("posts_previous", "previous", "Posts (previous)")},
		[]any{day(1).UnixMilli(), day(2).UnixMilli(), day(3).UnixMilli(), day(4).UnixMilli()}, []any{int64(3), nil, int64(120), int64(40)}, []any{int64(1), int64(2), int64(3), int64(4)})
	series.Grain, series.Marks = "day", &format.Marks{Incomplete: []int{3}}
	series.Comparison = &format.Range{From: day(1).AddDate(0, 0, -4), To: day(1), Zone: "UTC"}
	series.Notices = []format.Notice{{Severity: "info", Code: "incomplete", Text: "The last bucket is not over yet or is cut by the range."}}
	breakdown := data("breakdown", "Top channels", []format.Field{
		field("channel", "dimension", "Channel"), posts, field("posts_previous", "previous", "b"), field("posts_change", "change", "c"), field("posts_change_ratio", "ratio", "r"), field("is_other", "other", ""),
	}, []any{"razor-users", nil, "قناة", nil}, []any{int64(50), int64(20), int64(10), int64(900)}, []any{int64(25), nil, int64(20), nil}, []any{int64(25), nil, int64(-10), nil}, []any{1.0, nil, -0.5, nil}, []any{false, false, false, true})
	breakdown.Schema.Fields[0].Config.NoValue = "(none)"
	table := data("table", "Channels in numbers", []format.Field{field("channel", "dimension", "Channel"), posts, in(field("wait", "measure", "First response"), "s"), field("file", "dimension", "File"), field("file_url", "link", "File")},
		[]any{"a", "b"}, []any{int64(1234567), int64(2)}, []any{75.0, nil}, []any{"report.pdf", nil}, []any{"https://files.example/report.pdf?sig=1&x=2", nil})
	total := int64(40)
	table.Paging = &format.Paging{Page: 1, PageSize: 2, Total: &total}
	table.Status = "partial"
	table.Notices = []format.Notice{{Severity: "warning", Code: "truncated", Text: "Only the first 2 rows are shown; the data has more."}}
	feed := data("feed", "Latest posts", []format.Field{field("text", "dimension", "Text"), field("author", "dimension", "Author")}, []any{"A longer text of somebody.", "نص أطول لشخص ما."}, []any{"author-1", nil})
	feed.Notices = []format.Notice{{Severity: "info", Code: "synthetic", Text: "These numbers are computed from generated data."}}
	histogram := data("histogram", "Response times", []format.Field{in(field("from", "edge", "Time to first response"), "s"), in(field("to", "edge", "Time to first response"), "s"), posts},
		[]any{nil, 0.0, 3600.0, 7200.0}, []any{0.0, 3600.0, 7200.0, nil}, []any{int64(1), int64(30), int64(12), int64(5)})
	heat := data("heatmap", "Busiest hours", []format.Field{field("weekday", "dimension", "Weekday"), field("hour", "dimension", "Hour"), posts},
		[]any{int64(0), int64(0), int64(0), int64(6), int64(6), int64(6)}, []any{int64(0), int64(1), int64(2), int64(0), int64(1), int64(2)}, []any{int64(0), int64(4), int64(9), nil, int64(1), int64(2)})
	heat.Schema.Fields[0].Type, heat.Schema.Fields[1].Type = "number", "number"
	heat.Notices = []format.Notice{{Severity: "warning", Code: "stale", Text: "The data is older than it may be."}}
	empty := data("breakdown", "Hashtags", []format.Field{field("tag", "dimension", "Tag"), posts}, []any{}, []any{})
	empty.Status = "empty"
	other := data("matrix", "A kind without a drawing", []format.Field{field("tag", "dimension", "Tag"), posts}, []any{"x"}, []any{int64(1)})
	trend := data("trend", "Rising keywords", []format.Field{field("keyword", "dimension", "Keyword"), field("score", "measure", "Trend score"), posts,
		field("window_1", "window", "2026-03-01"), field("window_2", "window", "2026-03-02"), field("window_3", "window", "2026-03-03"), field("reason", "note", "Reason")},
		[]any{"rss", "قناة"}, []any{4.5, nil}, []any{int64(12), int64(0)}, []any{int64(0), int64(0)}, []any{int64(6), int64(0)}, []any{int64(12), int64(0)}, []any{nil, "history"})
	return map[string]report.Widget{
		"trend": {ID: "trend", Data: trend},
		"stat":  {ID: "stat", Data: stat}, "timeseries": {ID: "timeseries", Data: series}, "breakdown": {ID: "breakdown", Data: breakdown},
		"table": {ID: "table", Data: table}, "feed": {ID: "feed", Data: feed}, "histogram": {ID: "histogram", Data: histogram}, "heatmap": {ID: "heatmap", Data: heat},
		"empty": {ID: "empty", Data: empty}, "unknown": {ID: "unknown", Data: other},
		"failed": {ID: "failed", Title: "Reach", Error: "the data source cannot be reached", Code: "source_unavailable"},
	}
}
