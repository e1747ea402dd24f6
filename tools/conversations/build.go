package main

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	typePost  = "post"
	typeReply = "reply"
	// snippet is how many characters of a post are kept.
	snippet = 280
	// feedMailbox is where the gateway that turns news feeds into mail sends from.
	feedMailbox = "rssfeeds@"
)

// post is one row of the file; the README beside the file describes the columns.
type post struct {
	CompanyID     string    `json:"company_id"`
	ID            string    `json:"id"`
	PublishedAt   time.Time `json:"published_at"`
	Monitor       string    `json:"monitor"`
	Channel       string    `json:"channel"`
	Type          string    `json:"type"`
	Author        string    `json:"author"`
	Subject       string    `json:"subject"`
	Text          string    `json:"text"`
	Language      string    `json:"language"`
	Words         int       `json:"words"`
	ThreadID      string    `json:"thread_id"`
	ReplyTo       *string   `json:"reply_to"`
	Replies       int       `json:"replies"`
	IsFirstReply  bool      `json:"is_first_reply"`
	FirstResponse *int64    `json:"first_response_s"`
	Keywords      []string  `json:"keywords"`
	Links         []string  `json:"links"`
	Score         float64   `json:"sentiment_score"`
	Sentiment     string    `json:"sentiment"`

	parent, thread int // positions; parent is -1 for none
}

var (
	replyMark = regexp.MustCompile(`(?i)^\s*((re|aw|antw|sv|fwd?)(\[\d+\])?\s*:\s*)+`)
	listMark  = regexp.MustCompile(`\[[A-Za-z][A-Za-z0-9 -]{1,20}\]\s*`)
	replyOnly = regexp.MustCompile(`(?i)^\s*(\[[^\]]*\]\s*)*(re|aw|antw|sv)(\[\d+\])?\s*:`)
	feedURL   = regexp.MustCompile(`(?m)^URL: \S+\s*$`)
)

// build turns mails into posts: dates checked, text masked, threads linked, scores added.
func build(mails []*mail, lexicon map[string]int) ([]*post, string) {
	kept, corrected, dropped := 0, 0, 0
	mails = slices.DeleteFunc(mails, func(m *mail) bool {
		switch at, changed := plausible(m); {
		case at.IsZero():
			dropped++
			return true
		default:
			m.date, m.corrected = at, changed
		}
		kept++
		if m.corrected {
			corrected++
		}
		return false
	})
	slices.SortStableFunc(mails, func(a, b *mail) int {
		return cmp.Or(a.date.Compare(b.date), strings.Compare(a.id, b.id), strings.Compare(a.file, b.file))
	})
	bodies := make([]string, len(mails))
	for i, m := range mails {
		if strings.HasPrefix(m.address, feedMailbox) {
			m.body = stripHTML(m.body) // feeds carry markup in plain mails
		}
		bodies[i] = own(m.body)
	}
	mask := newMasker(mails, bodies)
	handles := map[string]string{}
	posts := make([]*post, len(mails))
	docs := make([]map[string]float64, len(mails))
	for i, m := range mails {
		posts[i] = newPost(i, m, bodies[i], mask, handles)
		clean := mask.text(feedURL.ReplaceAllString(bodies[i], ""))
		posts[i].Score, posts[i].Sentiment, posts[i].Words = sentiment(clean, lexicon)
		posts[i].Text = clip(clean, snippet)
		posts[i].Language = language(posts[i].Subject + " " + clean)
		docs[i] = terms(posts[i].Subject, clip(clean, 2000), mask.person)
	}
	link(posts, mails)
	for i, list := range keywords(docs) {
		p := posts[i]
		p.Keywords = list
		p.ThreadID = fmt.Sprintf("thread-%04d", p.thread+1)
		if p.parent >= 0 {
			p.ReplyTo = &posts[p.parent].ID
		}
	}
	return posts, fmt.Sprintf("%d posts by %d authors, %s to %s; %d dates taken from the delivery line, %d mails dropped for want of a date",
		kept, len(handles), posts[0].PublishedAt.Format(time.DateOnly), posts[len(posts)-1].PublishedAt.Format(time.DateOnly), corrected, dropped)
}

// newPost fills what depends on one mail alone.
func newPost(i int, m *mail, body string, mask *masker, handles map[string]string) *post {
	p := &post{CompanyID: "1", ID: fmt.Sprintf("post-%04d", i+1), PublishedAt: m.date, Type: typePost, parent: -1}
	p.Channel, p.Monitor = channel(m)
	if len(m.ancestors) > 0 || replyOnly.MatchString(m.subject) {
		p.Type = typeReply
	}
	author := m.address
	if strings.HasPrefix(author, feedMailbox) { // one mailbox for many feeds
		author += " " + m.name
	}
	if handles[author] == "" {
		handles[author] = fmt.Sprintf("author-%04d", len(handles)+1)
	}
	p.Author = handles[author]
	p.Subject = clip(mask.text(replyMark.ReplaceAllString(listMark.ReplaceAllString(m.subject, ""), "")), 120)
	if p.Subject == "" {
		p.Subject = "(no subject)"
	}
	p.Links = mask.hosts(body)
	if p.Links == nil {
		p.Links = []string{}
	}
	return p
}

// plausible returns when a mail was sent. The sender's clock is believed when it agrees with the first server's to
// a day; otherwise the server's time counts. Zero means that neither is of 2002.
func plausible(m *mail) (at time.Time, changed bool) {
	at = m.date
	if !m.arrived.IsZero() && (at.IsZero() || at.Sub(m.arrived).Abs() > 24*time.Hour) {
		at, changed = m.arrived, true
	}
	if at.Year() != 2002 {
		return time.Time{}, false
	}
	return at, changed
}
