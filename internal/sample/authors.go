package sample

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/load"
)

// circle is how many generated threads in a row have their people to themselves, so that there are as many more authors as there are more
// threads, and what an author wrote is known without looking at all of them.
const circle = 16

// opened are the threads of a circle by the customers who open them: most open one, one of them half of all.
func opened() [circle]int { return [circle]int{0, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4} }

// party returns who opens the generated thread i, and who answers it: one for each circle.
func party(i int) (customer, helper string) {
	return fmt.Sprintf("customer-%07d-%d", i/circle, opened()[i%circle]), fmt.Sprintf("helper-%07d", i/circle)
}

// authors are those of the posts. Of the real ones the profiles are real; the generated ones follow, circle by circle.
func (d *Data) authors(ctx context.Context, scale float64) (*load.Table, error) {
	profiles, err := d.real.Profiles(ctx)
	if err != nil {
		return nil, err
	}
	t := of("authors", "", "author", "company_id author first_seen:time first_channel threads_opened:int posts:int followers:int verified:bool country city gender")
	if !slices.Equal(profiles.Columns, t.Columns[:len(profiles.Columns)]) {
		return nil, fmt.Errorf("sample: authors are not profiles with more columns: %v", profiles.Columns)
	}
	more := func(row []any) []any {
		handle, _ := row[1].(string)
		p := personOf(handle)
		return append(row, p.followers, p.verified, p.country, p.city, p.gender)
	}
	t.Count = profiles.Count
	for range d.newcomers(scale) {
		t.Count++
	}
	t.Rows = func(yield func([]any, error) bool) {
		for row, err := range profiles.Rows {
			if err == nil {
				row = more(row)
			}
			if !yield(row, err) {
				return
			}
		}
		for row := range d.newcomers(scale) {
			if !yield(more(row), nil) {
				return
			}
		}
	}
	return &t, nil
}

// newcomers are the authors of the generated threads, in the columns of profiles.
func (d *Data) newcomers(scale float64) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		var known []*profile
		for i, t := range d.all(scale) {
			if i < len(d.cases) {
				continue
			}
			if i%circle == 0 {
				if !told(known, yield) {
					return
				}
				known = known[:0]
			}
			for n, m := range t.messages {
				known = seen(known, m, t.channel, n == 0)
			}
		}
		told(known, yield)
	}
}

// profile is what an author's posts tell.
type profile struct {
	author, channel string
	at              time.Time
	threads, posts  int64
}

// seen counts a post of one of the authors, or of another one.
func seen(known []*profile, m message, channel string, opens bool) []*profile {
	i := slices.IndexFunc(known, func(p *profile) bool { return p.author == m.sender })
	if i < 0 {
		i, known = len(known), append(known, &profile{author: m.sender, channel: channel, at: m.at})
	}
	p := known[i]
	if m.at.Before(p.at) {
		p.at, p.channel = m.at, channel
	}
	if p.posts++; opens {
		p.threads++
	}
	return known
}

// told yields what is known of authors.
func told(known []*profile, yield func([]any) bool) bool {
	for _, p := range known {
		if !yield([]any{Company, p.author, p.at, p.channel, p.threads, p.posts}) {
			return false
		}
	}
	return true
}
