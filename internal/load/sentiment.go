package load

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Sentiment is an HTTP API over the sentiment of the embedded posts, a row for each channel and day (UTC). It stands in for an API of a
// product's own in the demo and in tests: with a bearer token, in pages, one company after the path.
//
//	GET /v1/companies/1/sentiment?from=1030838400&to=1033430400&limit=100&cursor=…
//	{"data": {"items": [{"day": "2002-09-01", "channel": "…", "posts": 3, "positive": 1, "neutral": 2, "negative": 0}]}, "next": "…"}
type Sentiment struct {
	token string
	rows  []sentimentRow
	mux   http.ServeMux
}

// sentimentRow is one channel's day.
type sentimentRow struct {
	company string
	day     time.Time
	at      int // its place among all rows

	Day      string `json:"day"`
	Channel  string `json:"channel"`
	Posts    int64  `json:"posts"`
	Positive int64  `json:"positive"`
	Neutral  int64  `json:"neutral"`
	Negative int64  `json:"negative"`
}

// maxSentimentPage is how many rows a page has, whatever size is asked for.
const maxSentimentPage = 200

// NewSentiment reads what the API serves.
func NewSentiment(ctx context.Context, c *Conversations, token string) (*Sentiment, error) {
	t := &Table{Name: "sentiment", Columns: []Column{
		{Name: "company_id", Type: query.String}, {Name: "day", Type: query.Time}, {Name: "channel", Type: query.String}, {Name: "posts", Type: query.Int},
		{Name: "positive", Type: query.Int}, {Name: "neutral", Type: query.Int}, {Name: "negative", Type: query.Int},
	}}
	if err := c.fill(ctx, t, `(SELECT company_id, CAST(date_trunc('day', published_at) AS TIMESTAMP) AS day, channel, count(*) AS posts,
		count(*) FILTER (WHERE sentiment = 'positive') AS positive, count(*) FILTER (WHERE sentiment = 'neutral') AS neutral,
		count(*) FILTER (WHERE sentiment = 'negative') AS negative FROM posts GROUP BY ALL)`); err != nil {
		return nil, err
	}
	s := &Sentiment{token: token}
	for row, err := range t.Rows {
		if err != nil {
			return nil, err
		}
		r := sentimentRow{at: len(s.rows)}
		r.company, _ = row[0].(string)
		r.day, _ = row[1].(time.Time)
		r.Channel, _ = row[2].(string)
		for i, to := range []*int64{&r.Posts, &r.Positive, &r.Neutral, &r.Negative} {
			*to, _ = row[3+i].(int64)
		}
		r.Day = r.day.Format(time.DateOnly)
		s.rows = append(s.rows, r)
	}
	s.mux.HandleFunc("GET /v1/companies/{company}/sentiment", s.list)
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	return s, nil
}

// ServeHTTP answers requests with the token.
func (s *Sentiment) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || subtle.ConstantTimeCompare([]byte(token), []byte(s.token)) != 1 {
		http.Error(w, "a bearer token is needed", http.StatusUnauthorized)
		return
	}
	s.mux.ServeHTTP(w, r)
}

func (s *Sentiment) list(w http.ResponseWriter, r *http.Request) {
	from, errFrom := number(r, "from", 0)
	to, errTo := number(r, "to", 1<<40)
	limit, errLimit := number(r, "limit", maxSentimentPage)
	after, errAfter := number(r, "cursor", 0)
	if errFrom != nil || errTo != nil || errLimit != nil || errAfter != nil || limit < 1 || after < 0 {
		http.Error(w, "from, to, limit and cursor are whole numbers", http.StatusBadRequest)
		return
	}
	limit = min(limit, maxSentimentPage)
	items, next := []sentimentRow{}, ""
	for _, row := range s.rows[min(int(after), len(s.rows)):] {
		if row.company != r.PathValue("company") || row.day.Unix() < from || row.day.Unix() >= to {
			continue
		}
		if int64(len(items)) == limit {
			next = strconv.Itoa(row.at)
			break
		}
		items = append(items, row)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{"items": items}, "next": next}) // the reader may be gone
}

// number reads a parameter of the URL.
func number(r *http.Request, name string, fallback int64) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return n, nil
}
