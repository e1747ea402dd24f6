package main

import (
	"math"
	"sort"
	"strings"
	"unicode"
)

// stop holds words that say nothing about a topic.
const stop = ` the and for that this with you your have has had not are was were but can could would should will from they them their there then than
 what when which who whom how why where about into over under also just only very much many more most some any all one two too out off its it's his her him she
 our ours been being does did done doing don't didn't doesn't isn't can't won't i'm i've i'll you're that's there's what's let's like get got getting
 make made makes use used using new now way well even still really think know see say said says want need going good right back first last time
 work works thing things something anything nothing someone anyone everyone people lot bit because since while until after before between through
 same other another such each every few own these those here again once both either neither may might must shall per via etc yes yeah sure
 name address link phone key http https www com net org html list mail email e-mail message messages wrote post posted reply subject fwd
 date date-not-masked url null none amp nbsp quot able actually already always ever never maybe perhaps probably quite rather seem seems though
 however anyway please thanks thank hi hello try tried trying put take look looks looking find found give given run running set come came
 point case year years day days today week month old long little big great best better next part problem question sort kind read write written
 it'd i'd isn wasn aren doesn didn don wouldn couldn hasn haven let lets less least far else around without within against during
 keep start started stuff end call called tell told using mean means seen went goes though enough pretty different real person man men guy world ok okay
 img than she newsisfree headline pudge time home wrong file files whatever com-com else almost clickthru online ext whats headlines stories fwd news click clicks subscribe unsubscribe newsletter nospam list-id delivered-to user-agent bin usr def
 jul jun aug sep oct nov dec jan feb mar apr mon tue wed thu fri sat sun july june august september october november december january february march april
 monday tuesday wednesday thursday friday saturday sunday am pm gmt est edt pst pdt ist `

// terms lists a post's candidate words, those of the subject counted twice.
func terms(subject, text string, person func(string) bool) map[string]float64 {
	counts := map[string]float64{}
	add := func(s string, weight float64) {
		for _, w := range wordPattern.FindAllString(strings.ToLower(s), -1) {
			w = strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "’s")
			if len(w) < 3 || len(w) > 24 || strings.Contains(stop, " "+w+" ") || !letters(w) || person(w) {
				continue
			}
			counts[w] += weight
		}
	}
	add(subject, 2)
	add(text, 1)
	return counts
}

// letters says whether a word is Latin letters, perhaps with a hyphen.
func letters(w string) bool {
	for _, r := range w {
		if r != '-' && (!unicode.IsLetter(r) || r >= 0x250) {
			return false
		}
	}
	return true
}

// keywords picks up to five words a post, by term frequency times the root of inverse document
// frequency: the words of a whole discussion win over rare ones. A word has to occur
// in at least eight posts, so that a list of keywords groups posts and no rare name gets into it.
func keywords(docs []map[string]float64) [][]string {
	posts := map[string]int{}
	for _, doc := range docs {
		for w := range doc {
			posts[w]++
		}
	}
	out := make([][]string, len(docs))
	for i, doc := range docs {
		type scored struct {
			word  string
			score float64
		}
		var all []scored
		for w, n := range doc {
			if posts[w] >= 8 && posts[w] <= len(docs)/6 {
				all = append(all, scored{w, (1 + math.Log(n)) * math.Sqrt(math.Log(float64(len(docs))/float64(posts[w])))})
			}
		}
		sort.Slice(all, func(a, b int) bool {
			if all[a].score != all[b].score {
				return all[a].score > all[b].score
			}
			return all[a].word < all[b].word
		})
		out[i] = []string{}
		for _, s := range all[:min(5, len(all))] {
			out[i] = append(out[i], s.word)
		}
	}
	return out
}
