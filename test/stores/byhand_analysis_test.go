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

	// Gaps, on the third page and within what is apart.
	add("kind: feed, dimensions: [published, author, words], sort: [published], gaps: {by: author}, page_size: 10", september+`,"page_number":3`,
		`SELECT published_at, author, words, epoch(published_at - lag(published_at) OVER w), CASE WHEN author <> lag(author) OVER w THEN lag(author) OVER w END
		FROM (`+inSeptember+`) WINDOW w AS (ORDER BY published_at, author, words) ORDER BY published_at, author, words LIMIT 10 OFFSET 20`)
	add("kind: feed, dimensions: [channel, published, author, id], sort: [channel, published], gaps: {by: author, within: channel}, page_size: 100", september+`,"page_number":2`,
		`SELECT channel, published_at, author, id, epoch(published_at - lag(published_at) OVER w), CASE WHEN author <> lag(author) OVER w THEN lag(author) OVER w END
		FROM (`+inSeptember+`) WINDOW w AS (PARTITION BY channel ORDER BY published_at, author, id) ORDER BY channel, published_at, author, id LIMIT 100 OFFSET 100`)
	// What has come so far.
	add("kind: timeseries, measures: [posts, words_sum, words_avg], grain: week, cumulative: true", `"start_date":"2002-09-02","end_date":"2002-09-29"`,
		`SELECT d, n, sum(n) OVER (ORDER BY d), s, sum(s) OVER (ORDER BY d), a FROM (SELECT d, count(p.id) AS n, sum(p.words) AS s, avg(p.words) AS a
		FROM generate_series(TIMESTAMP '2002-09-02', TIMESTAMP '2002-09-23', INTERVAL 7 DAY) t(d) LEFT JOIN posts p ON p.published_at >= d AND p.published_at < d + INTERVAL 7 DAY GROUP BY d) ORDER BY d`)
	add("kind: histogram, dimension: response, measures: [posts], bins: {start: 0, width: 3600, count: 3}, cumulative: true", september,
		`SELECT f, nullif(f + 3600, 14400), n, sum(n) OVER (ORDER BY f) FROM (SELECT f, (SELECT count(*) FROM (`+inSeptember+`) WHERE first_response_s >= f AND (first_response_s < f + 3600 OR f = 10800)) AS n
		FROM (VALUES (0), (3600), (7200), (10800)) t(f)) ORDER BY f`)
	// A thread as a tree: what answers a mail that is not here hangs under the root.
	add("kind: tree, id: id, parent: parent, dimensions: [published, author], depth: 3", `"start_date":"2002-01-01","end_date":"2002-12-31","filters":{"thread":"thread-1548"}`,
		`WITH RECURSIVE p AS (SELECT *, row_number() OVER (ORDER BY published_at, id) AS n FROM posts WHERE thread_id = 'thread-1548'),
		q AS (SELECT p.id, p.published_at, p.author, p.n, p.reply_to IS NOT NULL AND f.id IS NULL AS o, CASE WHEN p.reply_to IS NULL THEN NULL WHEN f.id IS NULL THEN r.id ELSE f.id END AS up
			FROM p LEFT JOIN p f ON f.id = p.reply_to CROSS JOIN (SELECT id FROM p WHERE reply_to IS NULL) r),
		t AS (SELECT *, 0 AS depth, [n] AS path FROM q WHERE up IS NULL UNION ALL SELECT q.*, t.depth + 1, list_append(t.path, q.n) FROM t JOIN q ON q.up = t.id)
		SELECT id, up, depth, (SELECT count(*) FROM q WHERE q.up = t.id), o, published_at, author FROM t WHERE depth <= 3 ORDER BY path`)
}
