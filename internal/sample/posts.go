package sample

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/load"
)

// added are the columns that a post gets beside those of the embedded file: whether it asks, its smileys and hashtags, which are
// in its text, what tells it from its doubles, and what is made up of its author.
const added = "question:bool emojis:list hashtags:list content_id followers:int verified:bool country city gender"

//nolint:gochecknoglobals // compiled once
var (
	smileys  = regexp.MustCompile(`[:;=]-?[()DPp]|[:;=]-/|8-\)`)
	hashtags = regexp.MustCompile(`#[A-Za-z]\w{2,}`)
	// code is what else begins with a number sign in mails about programs.
	code = regexp.MustCompile(`^#(include|define|undef|ifn?def|endif|elif|else|if|pragma|error)$`)
)

// posts are the embedded posts; with a scale, the messages of generated threads follow.
func (d *Data) posts(ctx context.Context, scale float64) (*load.Table, error) {
	embedded, err := d.real.Posts(ctx)
	if err != nil {
		return nil, err
	}
	t := *embedded
	at := func(name string) int {
		return slices.IndexFunc(t.Columns, func(c load.Column) bool { return c.Name == name })
	}
	id, author, text := at("id"), at("author"), at("text")
	t.Columns = slices.Concat(t.Columns, columns(added))
	more := func(row []any, double string) []any {
		handle, _ := row[author].(string)
		said, _ := row[text].(string)
		p := personOf(handle)
		return append(row, strings.Contains(said, "?"), each(smileys, said), each(hashtags, said), cmp.Or(double, contentID(handle, said)), p.followers, p.verified, p.country, p.city, p.gender)
	}
	rows := embedded.Rows
	generated := func(yield func([]any) bool) {
		for i, c := range d.all(scale) {
			if i < len(d.cases) {
				continue
			}
			if !postsOf(c, yield) {
				return
			}
		}
	}
	if scale > 1 {
		for range generated {
			t.Count++
		}
	}
	t.Rows = func(yield func([]any, error) bool) {
		for row, err := range rows {
			if err == nil {
				row = more(row, "")
			}
			if !yield(row, err) {
				return
			}
		}
		for row := range generated {
			id, _ := row[id].(string) // what is generated has few texts, but no doubles
			if !yield(more(row, id), nil) {
				return
			}
		}
	}
	return &t, nil
}

// contentID is the same for posts of one author with one text: a list that repeats itself, and what went to several of them.
func contentID(author, text string) string {
	sum := sha256.Sum256([]byte(author + "\x00" + text))
	return hex.EncodeToString(sum[:8])
}

// each returns what a pattern finds in a text, each once.
func each(pattern *regexp.Regexp, text string) []string {
	out := []string{}
	for _, found := range pattern.FindAllString(text, -1) {
		if !slices.Contains(out, found) && !code.MatchString(found) {
			out = append(out, found)
		}
	}
	return out
}

// postsOf are the messages of a generated thread as posts, in the columns of the embedded ones.
func postsOf(t thread, yield func([]any) bool) bool {
	first, _ := waits(t)
	answered := false
	for i, m := range t.messages {
		kind, parent, waited, replies := "reply", any(t.messages[0].id), any(nil), int64(0)
		if i == 0 {
			kind, parent, waited, replies = "post", nil, first, int64(len(t.messages)-1)
		}
		isFirst := m.agent && !answered
		answered = answered || m.agent
		words := strings.Fields(m.text)
		if !yield([]any{
			Company, m.id, m.at, "synthetic", t.channel, kind, m.sender, t.subject, m.text, t.language, int64(len(words)), t.id, parent, replies,
			isFirst, waited, []string{t.subject}, []string{}, m.score, m.sentiment,
		}) {
			return false
		}
	}
	return true
}
