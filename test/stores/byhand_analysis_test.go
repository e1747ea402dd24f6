package stores

// analysisCases are those of the analytical widgets: their formulas in SQL, by other functions than the product's.
func analysisCases(add func(widget, request, statement string)) {
	const september = `"start_date":"2002-09-01","end_date":"2002-09-30"`
	const weeks = `count(*) FILTER (WHERE ts < '2002-09-10') AS w1, count(*) FILTER (WHERE ts >= '2002-09-10' AND ts < '2002-09-17') AS w2,
		count(*) FILTER (WHERE ts >= '2002-09-17' AND ts < '2002-09-24') AS w3, count(*) FILTER (WHERE ts >= '2002-09-24') AS w4, min(ts) AS a, max(ts) AS z`
	const scored = `SELECT k, (w4 - m) / greatest(d, 1) AS score, w4, m, d, CASE WHEN d >= 1 THEN NULL WHEN greatest(w1, w2, w3) = 0 THEN 'new' ELSE 'floor' END, w1, w2, w3, w4, a, z
		FROM (SELECT *, list_avg([w1, w2, w3]) AS m, list_stddev_pop([w1, w2, w3]) AS d FROM c WHERE w4 >= 5) ORDER BY score DESC, w4 DESC, k LIMIT 12`
	add("kind: trend, dimension: keyword, measures: [posts], window: week, history: 3, minimum: 5, top: 12", september,
		`WITH c AS (SELECT k, `+weeks+` FROM (SELECT unnest(list_distinct(keywords)) AS k, published_at AS ts FROM posts WHERE published_at >= '2002-09-03' AND published_at < '2002-10-01') GROUP BY k) `+scored)
	add("kind: trend, dimension: channel, measures: [posts], window: week, history: 3, where: 'words > 20', top: 12", september+`,"filters":{"sentiment":["negative","neutral"]}`,
		`WITH c AS (SELECT channel AS k, `+weeks+` FROM (SELECT channel, published_at AS ts FROM posts WHERE published_at >= '2002-09-03' AND published_at < '2002-10-01' AND words > 20
		AND sentiment IN ('negative', 'neutral')) GROUP BY k) `+scored)
	add("kind: trend, dimension: author, measures: [posts, words_sum, negative_share], minimum: 5, history: 4, sample: id, top: 5", `"start_date":"2002-09-10","end_date":"2002-09-19"`,
		`WITH c AS (SELECT author AS k, count(*) FILTER (WHERE ts < '2002-08-11') AS w1, count(*) FILTER (WHERE ts >= '2002-08-11' AND ts < '2002-08-21') AS w2,
		count(*) FILTER (WHERE ts >= '2002-08-21' AND ts < '2002-08-31') AS w3, count(*) FILTER (WHERE ts >= '2002-08-31' AND ts < '2002-09-10') AS w4,
		count(*) FILTER (WHERE ts >= '2002-09-10') AS w5, sum(words) FILTER (WHERE ts >= '2002-09-10') AS s,
		count(*) FILTER (WHERE ts >= '2002-09-10' AND sentiment = 'negative')::DOUBLE / w5 AS n, min(ts) AS a, max(ts) AS z, arg_max(id, ts) AS i
		FROM (SELECT *, published_at AS ts FROM posts WHERE published_at >= '2002-08-01' AND published_at < '2002-09-20') GROUP BY k)
		SELECT k, (w5 - m) / greatest(d, 1) AS score, w5, s, n, m, d, CASE WHEN d >= 1 THEN NULL WHEN greatest(w1, w2, w3, w4) = 0 THEN 'new' ELSE 'floor' END, w1, w2, w3, w4, w5, a, z, i
		FROM (SELECT *, list_avg([w1, w2, w3, w4]) AS m, list_stddev_pop([w1, w2, w3, w4]) AS d FROM c WHERE w5 >= 5) ORDER BY score DESC, w5 DESC, k LIMIT 5`)

	// G² of the table a, b / c, d, from its entropies rather than from expected counts.
	const judged = `SELECT k, 2 * (h(a) + h(b) + h(f - a) + h(o - b) + h(f + o) - h(f) - h(o) - h(a + b) - h(f + o - a - b)) AS g, log2(greatest(a, 0.5) / f) - log2(greatest(b, 0.5) / o) AS r,
		CASE WHEN a / f > b / o THEN 'over' ELSE 'under' END AS use, a, b, a / f, b / o FROM (SELECT k, a::DOUBLE AS a, b::DOUBLE AS b, f::DOUBLE AS f, o::DOUBLE AS o FROM c, t)`
	keyness := func(k, rows, focus, rest string) string {
		return `WITH p AS (` + rows + `), t AS (SELECT count(*) FILTER (WHERE ` + focus + `) AS f, count(*) FILTER (WHERE NOT ` + focus + `) AS o FROM p),
			c AS (SELECT k, count(*) FILTER (WHERE ` + focus + `) AS a, count(*) FILTER (WHERE NOT ` + focus + `) AS b FROM (SELECT *, ` + k + ` AS k FROM p) WHERE k IS NOT NULL GROUP BY k) ` + judged + rest
	}
	const inSeptember = "SELECT * FROM posts WHERE published_at >= '2002-09-01' AND published_at < '2002-10-01'"
	const keywords = "unnest(list_distinct(keywords))"
	add("kind: keyness, dimension: keyword, measures: [posts], top: 10", september+`,"filters":{"channel":["fork"]}`,
		keyness(keywords, inSeptember, "(channel = 'fork')", " WHERE use = 'over' AND a >= 5 ORDER BY g DESC, a DESC, k LIMIT 10"))
	add("kind: keyness, dimension: keyword, measures: [posts], direction: under, minimum: 8, where: 'words > 10', top: 10", september+`,"filters":{"channel":["fork"]}`,
		keyness(keywords, inSeptember+" AND words > 10", "(channel = 'fork')", " WHERE use = 'under' AND b >= 8 ORDER BY g DESC, b DESC, k LIMIT 10"))
	add("kind: keyness, dimension: channel, measures: [posts], direction: both, minimum: 1, top: 20", september+`,"filters":{"not":{"sentiment":"positive"},"words":{"gte":30}}`,
		keyness("channel", inSeptember, "(coalesce(sentiment <> 'positive', TRUE) AND coalesce(words >= 30, FALSE))", " WHERE (a >= 1 AND use = 'over' OR b >= 1 AND use = 'under') ORDER BY g DESC, a + b DESC, k LIMIT 20"))
	add("kind: keyness, dimension: keyword, measures: [posts], top: 10", september,
		keyness(keywords, "SELECT * FROM posts WHERE published_at >= '2002-08-02' AND published_at < '2002-10-01'", "(published_at >= '2002-09-01')", " WHERE use = 'over' AND a >= 5 ORDER BY g DESC, a DESC, k LIMIT 10"))
}
