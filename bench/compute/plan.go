package main

import (
	"cmp"
	"context"
	"maps"
	"math"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
)

// The statements of the plan by hand: each answers several widgets.
const (
	countAll = "SELECT count(*)" + inRange
	delays   = "SELECT delay, count(*)" + inRange + "GROUP BY delay"
	hours    = "SELECT strftime(date_trunc('day', date), '%Y-%m-%d') AS d, isodow(date), hour(date) AS h, count(*), sum(delay)::BIGINT, " + late + inRange + "GROUP BY ALL"
	routes   = "SELECT origin, destination, count(*), sum(delay)::BIGINT, " + late + inRange + "GROUP BY origin, destination"
	lengths  = "SELECT " + byDistance + " AS bin, count(*)" + inRange + "GROUP BY bin"
)

// together is the page as a skilled hand plans it: the cheapest number first, for its two periods; the rest from how often each delay is there, in both, from sums by hour, from
// sums by route, and the distances, which depend on nothing else.
func together(ctx context.Context, w *worker, s span) error {
	asked, ctx := errgroup.WithContext(ctx)
	asked.SetLimit(runtime.GOMAXPROCS(0))
	var counts, byValue pair
	for period, of := range []span{s, s.before()} {
		asked.Go(func() error {
			rows, err := w.rows(ctx, countAll, of)
			if err == nil && counts.put(period, rows[0][0]) {
				w.out <- widgetRows{Widget: "total_flights", Rows: []row{counts.values[:]}}
			}
			return err
		})
	}
	asked.Go(func() error {
		rows, err := w.rows(ctx, routes, s)
		if err == nil {
			w.ofRoutes(rows)
		}
		return err
	})
	for period, of := range []span{s, s.before()} {
		asked.Go(func() error {
			rows, err := w.rows(ctx, delays, of)
			if err == nil && byValue.put(period, rows) {
				w.ofDelays(byValue.values[0].([]row), byValue.values[1].([]row))
			}
			return err
		})
	}
	asked.Go(func() error {
		rows, err := w.rows(ctx, hours, s)
		if err == nil {
			w.ofHours(rows)
		}
		return err
	})
	asked.Go(func() error { return w.widget(ctx, "distance_histogram", lengths, s) })
	return asked.Wait()
}

// ofDelays makes three numbers and a histogram of how often each delay is there.
func (w *worker) ofDelays(now, before []row) {
	a, b := distribution(now), distribution(before)
	w.out <- widgetRows{Widget: "on_time", Rows: []row{{a.onTime(), b.onTime()}}}
	w.out <- widgetRows{Widget: "average_delay", Rows: []row{{a.average(), b.average()}}}
	w.out <- widgetRows{Widget: "delay_p90", Rows: []row{{a.quantile(.9), b.quantile(.9)}}}
	bins := make(map[float64]int64)
	for _, v := range a {
		edge := math.Floor((v.delay+60)/10)*10 - 60
		bins[min(max(edge, -70), 180)] += v.n
	}
	var rows []row
	for _, edge := range slices.Sorted(maps.Keys(bins)) {
		rows = append(rows, row{edge, bins[edge]})
	}
	w.out <- widgetRows{Widget: "delay_histogram", Rows: rows}
}

// ofHours makes two daily series and the heat map of sums by hour.
func (w *worker) ofHours(rows []row) {
	byDay, byHour := make(map[any]*sums), make(map[[2]any]*sums)
	for _, r := range rows {
		s := sums{r[3].(int64), r[4].(int64), r[5].(int64)}
		add(byDay, r[0], s)
		add(byHour, [2]any{r[1], r[2]}, s)
	}
	var flights, delay, heat []row
	for day, s := range byDay {
		flights = append(flights, row{day, s.n, s.late})
		delay = append(delay, row{day, s.average(), s.onTime()})
	}
	for at, s := range byHour {
		heat = append(heat, row{at[0], at[1], s.average()})
	}
	byFirst := func(x, y row) int { return cmp.Compare(x[0].(string), y[0].(string)) }
	slices.SortFunc(flights, byFirst)
	slices.SortFunc(delay, byFirst)
	w.out <- widgetRows{Widget: "flights_by_day", Rows: flights}
	w.out <- widgetRows{Widget: "delay_by_day", Rows: delay}
	w.out <- widgetRows{Widget: "delay_by_hour", Rows: heat}
}

// ofRoutes makes two tops and the table of sums by route.
func (w *worker) ofRoutes(rows []row) {
	origins, destinations, table := make(map[[2]string]*sums), make(map[[2]string]*sums), make(map[[2]string]*sums)
	for _, r := range rows {
		s, from, to := sums{r[2].(int64), r[3].(int64), r[4].(int64)}, r[0].(string), r[1].(string)
		add(origins, [2]string{from}, s)
		add(destinations, [2]string{to}, s)
		add(table, [2]string{from, to}, s)
	}
	w.out <- widgetRows{Widget: "top_origins", Rows: top(origins, 10, func(s *sums) int64 { return s.n }, func(k [2]string, s *sums) row {
		return row{k[0], s.n, s.average(), s.onTime()}
	})}
	late := func(s *sums) int64 { return s.late }
	w.out <- widgetRows{Widget: "late_destinations", Rows: top(destinations, 10, late, func(k [2]string, s *sums) row {
		return row{k[0], s.late, s.n, s.onTime()}
	})}
	w.out <- widgetRows{Widget: "late_routes", Rows: top(table, 50, late, func(k [2]string, s *sums) row {
		return row{k[0], k[1], s.late, s.n, s.onTime(), s.average()}
	})}
}

// top returns the rows of the n keys with the most, those with as many in the order of their names.
func top(of map[[2]string]*sums, n int, by func(*sums) int64, as func([2]string, *sums) row) []row {
	keys := slices.SortedFunc(maps.Keys(of), func(x, y [2]string) int {
		return cmp.Or(cmp.Compare(by(of[y]), by(of[x])), cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]))
	})
	rows := make([]row, min(n, len(keys)))
	for i := range rows {
		rows[i] = as(keys[i], of[keys[i]])
	}
	return rows
}
