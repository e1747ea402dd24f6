package main

const (
	inRange = " FROM flights WHERE date >= ?::TIMESTAMP AND date < ?::TIMESTAMP "
	late    = "count(*) FILTER (WHERE delay >= 15)"
	onTime  = "(count(*) - " + late + ")::DOUBLE / count(*)"
	// byDelay and byDistance are the lower edges of bins; what is beside them is in a bin of its own at either end.
	byDelay    = "CASE WHEN delay < -60 THEN -70 WHEN delay >= 180 THEN 180 ELSE floor((delay + 60) / 10) * 10 - 60 END"
	byDistance = "CASE WHEN distance < 0 THEN -250 WHEN distance >= 3000 THEN 3000 ELSE floor(distance / 250) * 250 END"
)

// statements are the page's widgets as one writes them in SQL, in the order of widgets; the numbers are asked for the period before, too.
func statements() [len(widgets)]string {
	return [...]string{
		"SELECT count(*)" + inRange,
		"SELECT " + onTime + inRange,
		"SELECT avg(delay)" + inRange,
		"SELECT quantile_cont(delay, 0.9)" + inRange,
		"SELECT strftime(date_trunc('day', date), '%Y-%m-%d') AS d, count(*), " + late + inRange + "GROUP BY d ORDER BY d",
		"SELECT strftime(date_trunc('day', date), '%Y-%m-%d') AS d, avg(delay), " + onTime + inRange + "GROUP BY d ORDER BY d",
		"SELECT origin, count(*) AS n, avg(delay), " + onTime + inRange + "GROUP BY origin ORDER BY n DESC, origin LIMIT 10",
		"SELECT destination, " + late + " AS l, count(*), " + onTime + inRange + "GROUP BY destination ORDER BY l DESC, destination LIMIT 10",
		"SELECT isodow(date) AS w, hour(date) AS h, avg(delay)" + inRange + "GROUP BY w, h ORDER BY w, h",
		"SELECT " + byDelay + " AS bin, count(*)" + inRange + "GROUP BY bin ORDER BY bin",
		"SELECT " + byDistance + " AS bin, count(*)" + inRange + "GROUP BY bin ORDER BY bin",
		"SELECT origin, destination, " + late + " AS l, count(*), " + onTime + ", avg(delay)" + inRange + "GROUP BY origin, destination ORDER BY l DESC, origin, destination LIMIT 50",
	}
}
