package dataset

import (
	"database/sql"
	"path/filepath"
	"regexp"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"
)

// open gives the embedded posts as the view "posts".
func open(t *testing.T) *sql.DB {
	t.Helper()
	dir := t.TempDir()
	if err := Extract(dir); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", "?threads=1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := db.ExecContext(t.Context(), "CREATE VIEW posts AS FROM '"+filepath.Join(dir, "conversations", "posts.parquet")+"'"); err != nil {
		t.Fatal(err)
	}
	return db
}

// leaks lists texts that must not be in the data.
func leaks() map[string]*regexp.Regexp {
	return map[string]*regexp.Regexp{
		"an address":         regexp.MustCompile(`@`),
		"a spelled address":  regexp.MustCompile(`(?i)[\w.-]+\s*[\[(<{]\s*at\s*[\])>}]\s*\w+`),
		"user info in a URL": regexp.MustCompile(`(?i)[a-z]+://`),
		"a phone number":     regexp.MustCompile(`\+\d{1,3}[ .-]?\(?\d{1,4}\)?[ .-]?\d{3}[ .-]?\d{3,}|\(\d{3}\) ?\d{3}-\d{4}|\b\d{3}-\d{3}-\d{4}\b`),
		"a mail header":      regexp.MustCompile(`(?i)\b(delivered-to|return-path|in-reply-to|message-id): ?[<\[]`),
	}
}

func TestLeakPatterns(t *testing.T) {
	t.Parallel()
	for what, example := range map[string]string{
		"an address": "write to jo@example.org", "a spelled address": "jo [at] example", "user info in a URL": "ftp://jo:secret",
		"a phone number": "call 555-123-4567", "a mail header": "Delivered-To: <jo",
	} {
		if !leaks()[what].MatchString(example) {
			t.Errorf("%s is not found in %q", what, example)
		}
	}
}

func TestConversationsAreMasked(t *testing.T) {
	t.Parallel()
	rows, err := open(t).QueryContext(t.Context(), `SELECT id, concat_ws(chr(10), company_id, id, monitor, channel, type, author, subject, text, language,
		thread_id, reply_to, array_to_string(keywords, ' '), array_to_string(links, ' '), sentiment), author, links FROM posts`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	}()
	handle, host := regexp.MustCompile(`^author-\d{4}$`), regexp.MustCompile(`^[a-z0-9_-]+(\.[a-z0-9_-]+)+(:\d+)?$`)
	patterns := leaks()
	for rows.Next() {
		var id, all, author string
		var links any
		if err := rows.Scan(&id, &all, &author, &links); err != nil {
			t.Fatal(err)
		}
		for what, pattern := range patterns {
			if found := pattern.FindString(all); found != "" {
				t.Errorf("%s holds %s: %q", id, what, found)
			}
		}
		if !handle.MatchString(author) {
			t.Errorf("%s: author %q", id, author)
		}
		for _, link := range links.([]any) {
			if !host.MatchString(link.(string)) {
				t.Errorf("%s: link %q is not a bare host", id, link)
			}
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// Each query counts what must not be, except where a number is wanted.
func TestConversationsAreConsistent(t *testing.T) {
	t.Parallel()
	db := open(t)
	for _, test := range []struct {
		name, query string
		want        int
	}{
		{"posts", `SELECT count(*) FROM posts`, 4150},
		{"authors", `SELECT count(DISTINCT author) FROM posts`, 900},
		{"threads", `SELECT count(DISTINCT thread_id) FROM posts`, 2458},
		{"answered threads", `SELECT count(first_response_s) FROM posts`, 506},
		{"first replies", `SELECT count(*) FROM posts WHERE is_first_reply`, 506},
		{"double ids", `SELECT count(*) - count(DISTINCT id) FROM posts`, 0},
		{"outside 2002", `SELECT count(*) FROM posts WHERE published_at < '2002-01-01' OR published_at >= '2003-01-01'`, 0},
		{"missing values", `SELECT count(*) FROM posts WHERE company_id <> '1' OR channel = '' OR monitor = '' OR published_at IS NULL OR keywords IS NULL OR links IS NULL`, 0},
		{"scores out of range", `SELECT count(*) FROM posts WHERE abs(sentiment_score) > 1 OR sentiment <> CASE WHEN sentiment_score > 0.3 THEN 'positive' WHEN sentiment_score < -0.3 THEN 'negative' ELSE 'neutral' END`, 0},
		{"lost parents", `SELECT count(*) FROM posts p WHERE reply_to IS NOT NULL AND NOT EXISTS (SELECT 1 FROM posts q WHERE q.id = p.reply_to AND q.thread_id = p.thread_id)`, 0},
		{"wrong reply counts", `SELECT count(*) FROM posts p WHERE replies <> (SELECT count(*) FROM posts q WHERE q.reply_to = p.id)`, 0},
		{"answered later posts", `SELECT count(*) FROM posts p WHERE first_response_s IS NOT NULL AND EXISTS (SELECT 1 FROM posts q WHERE q.thread_id = p.thread_id AND q.published_at < p.published_at)`, 0},
		{"wrong response times", `SELECT count(*) FROM posts p WHERE first_response_s <> (SELECT epoch(r.published_at) - epoch(p.published_at) FROM posts r WHERE r.thread_id = p.thread_id AND r.is_first_reply)`, 0},
		{"answers to oneself", `SELECT count(*) FROM posts p JOIN posts r USING (thread_id) WHERE p.first_response_s IS NOT NULL AND r.is_first_reply AND r.author = p.author`, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got int
			if err := db.QueryRowContext(t.Context(), test.query).Scan(&got); err != nil {
				t.Fatal(err)
			}
			if got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}
