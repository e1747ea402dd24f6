package main

import (
	"time"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

// framesOf reads the widgets' columns as rows.
func framesOf(list []run.Widget) answers {
	all := make(answers)
	for i := range list {
		all[list[i].Name()] = rowsOf(&list[i])
	}
	return all
}

// rowsOf returns the widget's columns that others have, too: its fields also say what changed, and of how many a ratio is.
func rowsOf(w *run.Widget) (rows []row) {
	columns := map[string][]string{
		"total_flights": {"flights", "flights_previous"}, "on_time": {"on_time", "on_time_previous"},
		"average_delay": {"average_delay", "average_delay_previous"}, "delay_p90": {"delay_p90", "delay_p90_previous"},
		"flights_by_day": {"time", "flights", "late_flights"}, "delay_by_day": {"time", "average_delay", "on_time"},
		"top_origins": {"origin", "flights", "average_delay", "on_time"}, "late_destinations": {"destination", "late_flights", "flights", "on_time"},
		"delay_by_hour": {"weekday", "hour", "average_delay"}, "delay_histogram": {"from", "flights"}, "distance_histogram": {"from", "flights"},
		"late_routes": {"origin", "destination", "late_flights", "flights", "on_time", "average_delay"},
	}[w.Name()]
	for i := range w.Column(columns[0]) {
		r := make(row, len(columns))
		for j, name := range columns {
			r[j] = w.Column(name)[i]
		}
		if r = meant(w.Name(), r); r != nil {
			rows = append(rows, r)
		}
	}
	return rows
}

// meant writes what a row says as the statements do; nil where it is of an empty bucket.
func meant(widget string, r row) row {
	switch widget {
	case "flights_by_day", "delay_by_day":
		ms, _ := r[0].(float64)
		r[0] = time.UnixMilli(int64(ms)).UTC().Format(time.DateOnly)
	case "delay_by_hour":
		if r[2] == nil {
			return nil
		}
		day, _ := r[0].(float64)
		r[0] = day + 1 // Monday is 1 in ISO 8601
	case "delay_histogram", "distance_histogram":
		if r[1] == 0.0 {
			return nil
		}
		if r[0] == nil {
			r[0] = -70.0 // below all bins
		}
	}
	return r
}
