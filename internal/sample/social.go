package sample

import (
	"fmt"
	"iter"
	"time"
)

// socialRows is how many social posts there are by themselves.
const socialRows = 12_000

// social are posts of several networks about one brand of ours and two that it is compared with: public ones, and messages to
// our accounts. Threads have one post and its replies.
func social(_ *Data, scale float64) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for i := range int(socialRows * scale) {
			if !yield(socialPost(i)) {
				return
			}
		}
	}
}

// replied is how many posts in a row make a thread: the first is a post, the others answer it.
const replied = 4

func socialPost(i int) []any {
	first := roll("social", i-i%replied)
	brand := pick(first, []string{"own", "acorn", "birch"})
	platform := pick(first, []string{"x", "instagram", "facebook", "mastodon", "youtube", "tiktok"})
	about, opened := pick(first, topics()), first.moment(begin, end)
	id := func(n int) string { return fmt.Sprintf("social-%08d", n) }
	direct := first.chance(0.15)
	// A brand posts, too; what others open it answers, in private more often than in public.
	ours := !direct && first.chance(0.3)
	answered := !ours && first.chance(map[bool]float64{true: 0.85, false: 0.35}[direct])

	d := roll("social post", i)
	at, kind, answers, response := opened, "post", any(nil), any(nil)
	// Further rows are of further people, so that authors grow as posts do.
	handle := fmt.Sprintf("user-%05d", d.count(300, 1.6)%20_000+int64(i/socialRows)*20_000)
	switch by := i % replied; {
	case by == 0 && ours, by == 1 && answered, by == 3 && answered && direct:
		handle = brand + "-account"
	case by == 0 && answered:
		response = age(i + 1)
		if direct {
			response = min(age(i+1), age(i+3))
		}
	}
	if i%replied != 0 {
		at, answers = opened.Add(time.Duration(age(i))*time.Second), id(i-i%replied)
		kind = even(d, []string{"reply", "comment", "reply"})
	}
	if direct {
		kind = "private"
	}
	who := personOf(handle)
	language := who.language
	if language != "ar" && language != "fr" && language != "de" {
		language = "en"
	}
	dialect := any(nil)
	if language == "ar" {
		dialect = pick(d, dialects())
	}
	text, sentiment, score := say(d, about, language)
	likes, shares, comments, views := d.count(9, 1.6), d.count(2, 1.5), d.count(3, 1.3), any(nil)
	if direct {
		likes, shares, comments = 0, 0, 0
	} else if d.chance(0.7) {
		views = (likes + shares + comments + 5) * (10 + int64(d.IntN(60)))
	}
	tagged := []string{}
	if d.chance(0.5) {
		tagged = []string{about.hashtag}
	}
	emoji := []string{}
	if d.chance(0.3) {
		emoji = []string{map[string]string{"positive": "😀", "neutral": "👍", "negative": "😠"}[sentiment]}
	}
	direction := "in"
	if handle == brand+"-account" {
		direction = "out"
	}
	asks := sentiment == "neutral" && d.chance(0.6)
	return []any{
		Company, id(i), at, "monitor-" + brand, "project-" + about.tag, brand, platform, kind, direction, direct, handle, who.followers, who.verified,
		who.country, who.city, who.gender, language, dialect, text, pick(d, []string{"none", "image", "video", "link"}), id(i - i%replied), answers,
		likes, shares, comments, views, likes + shares + comments, asks, about.name, some(d, tags(), 2), about.keywords[:1+d.IntN(3)], tagged, emoji,
		sentiment, score, int64(at.Sub(opened).Seconds()), response,
	}
}

// age is how many seconds after the post its answer i was written.
func age(i int) int64 { return roll("age", i).seconds(4*time.Hour, 1.3) + 1 }
