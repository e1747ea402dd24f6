package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// chart is a widget in Superset's words: columns and measures by their names, in the order of the widget's; what orders them, and how many.
type chart struct {
	columns  []string
	measures []string
	order    []any
	limit    int
	compared bool
}

// expressions are what names of columns and measures stand for.
func expressions() map[string]string {
	return map[string]string{
		"flights": "count(*)", "late": late, "on_time": onTime, "delay": "avg(delay)", "p90": "quantile_cont(delay, 0.9)",
		"weekday": "isodow(date)", "hour": "hour(date)", "by_delay": byDelay, "by_distance": byDistance,
	}
}

func charts() map[string]chart {
	most := func(measure string, names ...string) []any {
		order := []any{[]any{adhoc(measure), false}}
		for _, n := range names {
			order = append(order, []any{n, true})
		}
		return order
	}
	return map[string]chart{
		"total_flights":      {measures: []string{"flights"}, compared: true},
		"on_time":            {measures: []string{"on_time"}, compared: true},
		"average_delay":      {measures: []string{"delay"}, compared: true},
		"delay_p90":          {measures: []string{"p90"}, compared: true},
		"flights_by_day":     {columns: []string{"day"}, measures: []string{"flights", "late"}},
		"delay_by_day":       {columns: []string{"day"}, measures: []string{"delay", "on_time"}},
		"top_origins":        {columns: []string{"origin"}, measures: []string{"flights", "delay", "on_time"}, order: most("flights", "origin"), limit: 10},
		"late_destinations":  {columns: []string{"destination"}, measures: []string{"late", "flights", "on_time"}, order: most("late", "destination"), limit: 10},
		"delay_by_hour":      {columns: []string{"weekday", "hour"}, measures: []string{"delay"}},
		"delay_histogram":    {columns: []string{"by_delay"}, measures: []string{"flights"}},
		"distance_histogram": {columns: []string{"by_distance"}, measures: []string{"flights"}},
		"late_routes": {columns: []string{"origin", "destination"}, measures: []string{"late", "flights", "on_time", "delay"},
			order: most("late", "origin", "destination"), limit: 50},
	}
}

func adhoc(name string) any {
	switch name {
	case "origin", "destination":
		return name
	case "day":
		return map[string]any{"expressionType": "SQL", "sqlExpression": "date", "label": name, "columnType": "BASE_AXIS", "timeGrain": "P1D"}
	}
	return map[string]any{"expressionType": "SQL", "sqlExpression": expressions()[name], "label": name}
}

// queries are the chart's: one, or two where it is compared with the period before.
func (c chart) queries(of span) (list []any) {
	spans := []span{of}
	if c.compared {
		spans = append(spans, of.before())
	}
	for _, s := range spans {
		columns, metrics := []any{}, []any{}
		for _, name := range c.columns {
			columns = append(columns, adhoc(name))
		}
		for _, name := range c.measures {
			metrics = append(metrics, adhoc(name))
		}
		list = append(list, map[string]any{
			"columns": columns, "metrics": metrics, "orderby": c.order, "row_limit": cmp.Or(c.limit, 10_000),
			"filters": []any{map[string]any{"col": "date", "op": "TEMPORAL_RANGE", "val": s.from.Format(time.DateOnly) + " : " + s.to.Format(time.DateOnly)}},
		})
	}
	return list
}

// rows reads what a chart's queries have found.
func (c chart) rows(body []byte) (rows []row, err error) {
	var found struct {
		Result []struct {
			Data []map[string]any `json:"data"`
		} `json:"result"`
	}
	if err := json.Unmarshal(body, &found); err != nil {
		return nil, err
	}
	if c.compared {
		both := row{}
		for _, r := range found.Result {
			if len(r.Data) != 1 {
				return nil, fmt.Errorf("%d rows for a number", len(r.Data))
			}
			both = append(both, r.Data[0][c.measures[0]])
		}
		return []row{both}, nil
	}
	for _, r := range found.Result[0].Data {
		var one row
		for _, name := range slices.Concat(c.columns, c.measures) {
			v := r[name]
			if ms, ok := v.(float64); ok && name == "day" {
				v = time.UnixMilli(int64(ms)).UTC().Format(time.DateOnly)
			}
			one = append(one, v)
		}
		rows = append(rows, one)
	}
	return rows, nil
}
