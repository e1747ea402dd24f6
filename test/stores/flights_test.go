package stores

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/dataset"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

// flightsView is each 125th of three million real flights, 24,000 of half a year. The file has neither nulls nor tenants: each
// thirteenth of these has lost its delay, each nineteenth its destination, and each fiftieth belongs to another company.
const flightsView = `CREATE VIEW flights AS SELECT CASE WHEN file_row_number // 125 %% 50 = 7 THEN '2' ELSE '1' END AS company,
	lpad(file_row_number::VARCHAR, 7, '0') AS id, date AS "at", CASE WHEN file_row_number // 125 %% 13 = 5 THEN NULL ELSE delay END AS delay, distance,
	CASE WHEN file_row_number // 125 %% 13 = 5 THEN NULL ELSE delay / 60.0::DOUBLE END AS hours, origin,
	CASE WHEN file_row_number // 125 %% 19 = 3 THEN NULL ELSE destination END AS destination, distance >= 560 AS far
	FROM read_parquet('%s', file_row_number = true) WHERE file_row_number %% 125 = 0`

// flights are real rows in large groups, and the database that hand-written SQL is run in: its view flights has the same ones.
func flights(t *testing.T) (*set, *sql.DB) {
	t.Helper()
	cache := os.Getenv("DISPATCHER_CACHE")
	if cache == "" {
		folder, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		cache = filepath.Join(folder, "dispatcher")
	}
	path, err := dataset.FetchFlights(t.Context(), cache, func(line string) { t.Log(line) })
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1) // a database in memory is its connection's
	t.Cleanup(func() { _ = db.Close() })
	if _, err := db.ExecContext(t.Context(), fmt.Sprintf(flightsView, strings.ReplaceAll(path, "'", "''"))); err != nil {
		t.Fatal(err)
	}
	s := &set{name: "flights", tenant: "company", time: "at", id: "id", alone: true, columns: []col{
		{name: "company", kind: query.String}, {name: "id", kind: query.String}, {name: "at", kind: query.Time, storage: query.StorageTimestamp},
		{name: "delay", kind: query.Int}, {name: "distance", kind: query.Int}, {name: "hours", kind: query.Float},
		{name: "origin", kind: query.String}, {name: "destination", kind: query.String}, {name: "far", kind: query.Bool},
	}}
	rows, err := db.QueryContext(t.Context(), "SELECT * FROM flights ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		values, into := make([]any, len(s.columns)), make([]any, len(s.columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		row := make(sourcetest.Row, len(values))
		for i, v := range values {
			row[s.columns[i].name] = v
		}
		s.rows = append(s.rows, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	const all = 24_000
	if len(s.rows) != all {
		t.Fatalf("%d flights, want %d", len(s.rows), all)
	}
	return s, db
}

// flightsCatalog is the dataset that widgets of flights are over.
func flightsCatalog(relation func(string) string, measures, widgets string) string {
	return fmt.Sprintf(`datasets:
  flights: {source: %s, %s, time: {field: at}, tenant: {parameter: company_id, field: company}, limits: {timeout: 10m},
    dimensions: {id: {}, at: {type: time}, delay: {type: int}, distance: {type: int}, hours: {type: float}, origin: {}, destination: {}, far: {type: bool},
      hour: {field: at, part: hour}, weekday: {field: at, part: weekday}, monthday: {field: at, part: monthday}, month: {field: at, part: month}},
    measures: %s}
pages:
  P: {widgets: %s}
`, sourceName, relation("at"), measures, widgets)
}

// flightsMeasures are those of the cases by hand.
const flightsMeasures = `{flights: {agg: count}, known: {agg: count, field: delay}, p50: {agg: percentile, field: delay, fraction: 0.5}, p90: {agg: percentile, field: delay, fraction: 0.9},
      p999: {agg: percentile, field: delay, fraction: 0.999}, p37: {agg: percentile, field: hours, fraction: 0.37}, miles: {agg: sum, field: distance}, delay_avg: {agg: avg, field: delay},
      from_places: {agg: count_distinct, field: origin}, to_places: {agg: count_distinct, field: destination}, delays: {agg: count_distinct, field: delay},
      late: {agg: count, where: 'delay >= 15'}, late_p90: {agg: percentile, field: delay, fraction: 0.9, where: 'delay >= 15 && has(destination)'}, share: {formula: late / known}}`

// The answers over real flights in large groups are those of SQL that was written by hand, and random widgets over them have the same
// answers on every store, which are those of plain Go.
func TestFlights(t *testing.T) {
	t.Parallel()
	s, db := flights(t)
	stores := openBenches(t, s, "duckdb", "mongodb", "cassandra", "minio/parquet", "versitygw/json", "trino/lake", "http")
	for _, c := range flightCases() {
		want := columnsByHand(t, db, c.sql)
		if len(want) == 0 || len(want[0]) == 0 {
			t.Errorf("%s: the SQL has no rows", c.widget)
		}
		compareByHand(t, stores, c, want, func(relation func(string) string) string {
			return flightsCatalog(relation, flightsMeasures, "{w: {dataset: flights, "+c.widget+"}}")
		})
	}
	randomFlights(t, stores, oracle(sourcetest.NewPlain(s.rows)))
}

// flightCases are widgets, requests and the SQL whose columns are the widgets' values.
func flightCases() []handCase {
	var out []handCase
	add := func(widget, request, statement string) { out = append(out, handCase{widget, request, statement}) }
	const (
		whole   = `"start_date":"2001-01-01","end_date":"2001-06-30"`
		mine    = "FROM flights WHERE company = '1'"
		numbers = "count(*), count(delay), quantile_cont(delay, 0.5), quantile_cont(delay, 0.9)"
		ofWhole = "kind: stat, measures: "
		newYork = `("at" AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York')`
		eastern = `"timezone":"America/New_York"`
		spring  = `"start_date":"2001-03-30","end_date":"2001-04-02",` + eastern
		inRange = ` AND "at" >= '2001-03-30 05:00' AND "at" < '2001-04-03 04:00'`
	)
	add(ofWhole+"[flights, known, p50, p90]", whole, "SELECT "+numbers+" "+mine)
	add(ofWhole+"[p999, p37, miles]", whole, "SELECT quantile_cont(delay, 0.999), quantile_cont(hours, 0.37), sum(distance) "+mine)
	add(ofWhole+"[from_places, to_places, delays]", whole, "SELECT count(DISTINCT origin), count(DISTINCT destination), count(DISTINCT delay) "+mine)
	add(ofWhole+"[late, share, late_p90, delay_avg]", whole, `SELECT count(*) FILTER (WHERE delay >= 15), (count(*) FILTER (WHERE delay >= 15))::DOUBLE / count(delay),
		quantile_cont(delay, 0.9) FILTER (WHERE delay >= 15 AND destination IS NOT NULL), avg(delay), count(delay) `+mine)
	add(ofWhole+"[flights, p50]", whole+`,"filters":[{"member":"delay","operator":"notExists"}]`, "SELECT count(*), quantile_cont(delay, 0.5) "+mine+" AND delay IS NULL")
	add(ofWhole+"[flights, p90, to_places]", whole+`,"filters":{"destination":{"ne":"ATL"},"delay":{"lt":40}}`,
		"SELECT count(*), quantile_cont(delay, 0.9), count(DISTINCT destination) "+mine+" AND destination IS DISTINCT FROM 'ATL' AND delay < 40")
	// More than ten thousand rows a group.
	add("kind: breakdown, dimension: far, measures: [flights, known, p50, p90]", whole, "SELECT far, "+numbers+" "+mine+" GROUP BY far ORDER BY count(*) DESC")
	add("kind: breakdown, dimension: far, measures: [flights, p999, p37, to_places, delays]", whole,
		"SELECT far, count(*), quantile_cont(delay, 0.999), quantile_cont(hours, 0.37), count(DISTINCT destination), count(DISTINCT delay) "+mine+" GROUP BY far ORDER BY count(*) DESC")
	add("kind: breakdown, dimension: origin, measures: [flights, p90, to_places], top: 4, others: true", whole, `WITH t AS (SELECT origin, row_number() OVER (ORDER BY count(*) DESC, origin) AS r `+mine+` GROUP BY origin)
		SELECT CASE WHEN r <= 4 THEN origin END AS o, count(*), quantile_cont(delay, 0.9), count(DISTINCT destination), r > 4 AS x FROM flights JOIN t USING (origin) WHERE company = '1' GROUP BY o, x, least(r, 5) ORDER BY least(r, 5)`)
	add("kind: breakdown, dimension: destination, measures: [flights, known, p50], top: 300, sort: [destination]", whole,
		"SELECT destination, count(*), count(delay), quantile_cont(delay, 0.5) "+mine+" GROUP BY destination ORDER BY destination NULLS LAST")
	add("kind: breakdown, dimension: delay, measures: [flights, from_places], top: 500, sort: [delay]", whole,
		"SELECT delay, count(*), count(DISTINCT origin) "+mine+" GROUP BY delay ORDER BY delay NULLS LAST")
	// Days and hours of a zone, also where its clocks change (on the first of April).
	add("kind: timeseries, grain: day, measures: [flights, p90, to_places]", spring, `SELECT (date_trunc('day', `+newYork+`) AT TIME ZONE 'America/New_York')::TIMESTAMPTZ AS d, count(*), quantile_cont(delay, 0.9), count(DISTINCT destination) `+
		mine+inRange+" GROUP BY d ORDER BY d")
	add("kind: timeseries, grain: hour, measures: [flights, known]", `"start_date":"2001-04-01","end_date":"2001-04-01",`+eastern, `SELECT h, count(f.id), count(f.delay)
		FROM generate_series(TIMESTAMP '2001-04-01 05:00', TIMESTAMP '2001-04-02 03:00', INTERVAL 1 HOUR) t(h)
		LEFT JOIN flights f ON f."at" >= h AND f."at" < h + INTERVAL 1 HOUR AND company = '1' GROUP BY h ORDER BY h`)
	add("kind: timeseries, grain: hour, measures: [flights, miles]", `"start_date":"2001-02-05","end_date":"2001-02-05","timezone":"Asia/Kathmandu"`, `SELECT h, count(f.id), coalesce(sum(f.distance), 0)
		FROM generate_series(TIMESTAMP '2001-02-04 18:15', TIMESTAMP '2001-02-05 17:15', INTERVAL 1 HOUR) t(h)
		LEFT JOIN flights f ON f."at" >= h AND f."at" < h + INTERVAL 1 HOUR AND company = '1' GROUP BY h ORDER BY h`)
	add("kind: timeseries, grain: month, measures: [flights, p50, p999, from_places]", whole, `SELECT date_trunc('month', "at")::TIMESTAMP AS m, count(*), quantile_cont(delay, 0.5), quantile_cont(delay, 0.999), count(DISTINCT origin) `+mine+" GROUP BY m ORDER BY m")
	add("kind: breakdown, dimension: hour, measures: [flights, p50], top: 24, sort: [hour]", spring, "SELECT hour("+newYork+") AS h, count(*), quantile_cont(delay, 0.5) "+mine+inRange+" GROUP BY h ORDER BY h")
	add("kind: breakdown, dimension: weekday, measures: [flights, p90], sort: [weekday]", whole, `SELECT isodow("at") - 1 AS w, count(*), quantile_cont(delay, 0.9) `+mine+" GROUP BY w ORDER BY w")
	// Tables, feeds, histograms.
	add("kind: table, dimensions: [origin, destination], measures: [flights, known], sort: [-flights, origin, destination], page_size: 40", whole+`,"page_number":2`,
		"SELECT origin, destination, count(*) AS n, count(delay) "+mine+" GROUP BY origin, destination ORDER BY n DESC, origin, destination NULLS LAST LIMIT 40 OFFSET 40")
	add("kind: feed, dimensions: [delay, id, destination], sort: [-delay, id], page_size: 60", whole, "SELECT delay, id, destination "+mine+" ORDER BY delay DESC NULLS LAST, id LIMIT 60")
	add("kind: histogram, dimension: distance, measures: [flights, p50], bins: {start: 0, width: 500, count: 4}", whole, `SELECT f, nullif(f + 500, 2500), count(*), quantile_cont(delay, 0.5)
		FROM (SELECT *, least(distance // 500, 4) * 500 AS f `+mine+") GROUP BY f ORDER BY f")
	return out
}
