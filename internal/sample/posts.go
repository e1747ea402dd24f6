package sample

import (
	"context"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/load"
)

// posts are the embedded posts, all real; with a scale, the messages of generated threads follow.
func (d *Data) posts(ctx context.Context, scale float64) (*load.Table, error) {
	t, err := d.real.Posts(ctx)
	if err != nil || scale <= 1 {
		return t, err
	}
	rows := t.Rows
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
	for range generated {
		t.Count++
	}
	t.Rows = func(yield func([]any, error) bool) {
		for row, err := range rows {
			if !yield(row, err) {
				return
			}
		}
		for row := range generated {
			if !yield(row, nil) {
				return
			}
		}
	}
	return t, nil
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
