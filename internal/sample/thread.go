package sample

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/load"
)

// message is one post of a thread.
type message struct {
	id, sender, text, sentiment string
	agent                       bool // by someone else than who opened the thread
	at                          time.Time
	score                       float64
}

// thread is a conversation: its earliest post opened it.
type thread struct {
	id, channel, subject, language string
	messages                       []message
}

func (t thread) opened() time.Time { return t.messages[0].at }

func (t thread) customer() string { return t.messages[0].sender }

// threads reads the embedded conversations, in the order of time.
func threads(ctx context.Context, c *load.Conversations) ([]thread, error) {
	posts, err := c.Posts(ctx)
	if err != nil {
		return nil, err
	}
	at := make(map[string]int, len(posts.Columns))
	for i, col := range posts.Columns {
		at[col.Name] = i
	}
	byID := make(map[string]*thread)
	for row, err := range posts.Rows {
		if err != nil {
			return nil, err
		}
		text := func(column string) string { s, _ := row[at[column]].(string); return s }
		t := byID[text("thread_id")]
		if t == nil {
			t = &thread{id: text("thread_id"), channel: text("channel"), subject: text("subject"), language: text("language")}
			byID[t.id] = t
		}
		m := message{id: text("id"), sender: text("author"), text: text("text"), sentiment: text("sentiment")}
		m.at, _ = row[at["published_at"]].(time.Time)
		m.score, _ = row[at["sentiment_score"]].(float64)
		t.messages = append(t.messages, m)
	}
	return sorted(byID), nil
}

// sorted puts the messages of each thread, and the threads, in the order of time.
func sorted(byID map[string]*thread) []thread {
	out := make([]thread, 0, len(byID))
	for _, t := range byID {
		slices.SortFunc(t.messages, func(a, b message) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.id, b.id)) })
		for i := range t.messages {
			t.messages[i].agent = i > 0 && t.messages[i].sender != t.customer()
		}
		out = append(out, *t)
	}
	slices.SortFunc(out, func(a, b thread) int { return cmp.Or(a.opened().Compare(b.opened()), cmp.Compare(a.id, b.id)) })
	return out
}

// all gives the real threads, then generated ones, scale times as many in all.
func (d *Data) all(scale float64) iter.Seq2[int, thread] {
	return func(yield func(int, thread) bool) {
		for i, t := range d.cases {
			if !yield(i, t) {
				return
			}
		}
		for i := len(d.cases); i < int(float64(len(d.cases))*scale); i++ {
			if !yield(i, generated(i)) {
				return
			}
		}
	}
}

// generated is a thread of no real people.
func generated(i int) thread {
	d := roll("thread", i)
	topic := pick(d, topics())
	t := thread{id: fmt.Sprintf("thread-s%08d", i), channel: pick(d, []string{"chat", "mail", "x", "instagram"}), subject: topic.name, language: "en"}
	customer, helper := party(i)
	at := d.moment(begin, end)
	// As many as a real one has at the mean.
	for n := 0; n == 0 || n < 12 && d.chance(0.41); n++ {
		m := message{id: fmt.Sprintf("%s-%d", t.id, n), sender: customer, agent: n > 0 && d.chance(0.55), at: at}
		if m.agent {
			m.sender = helper
		}
		m.text, m.sentiment, m.score = say(d, topic, "en")
		t.messages = append(t.messages, m)
		at = at.Add(time.Duration(d.seconds(70*time.Minute, 1.5)+1) * time.Second)
	}
	return t
}
