package main

import (
	"math"
	"regexp"
	"strings"
)

var wordPattern = regexp.MustCompile(`[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*`)

// neutral is the largest absolute score that still counts as neutral. A valence sum of 1 scores 0.25, one of 2
// scores 0.46: a single weak word decides nothing.
const neutral = 0.3

// sentiment sums the AFINN-165 valence of a text's words and maps the sum x to x/√(x²+15), which lies in −1…1.
// Negation and irony are not looked at.
func sentiment(text string, lexicon map[string]int) (score float64, label string, words int) {
	sum := 0
	for _, w := range wordPattern.FindAllString(strings.ToLower(text), -1) {
		words++
		sum += lexicon[w]
	}
	x := float64(sum)
	score = math.Round(x/math.Sqrt(x*x+15)*1000) / 1000
	switch {
	case score > neutral:
		label = "positive"
	case score < -neutral:
		label = "negative"
	default:
		label = "neutral"
	}
	return score, label, words
}

// language names the language whose commonest words a text uses most; English where nothing speaks against it.
// The few words are enough to tell the languages of the corpus apart.
func language(text string) string {
	lists := []struct{ code, words string }{
		{"en", " the and to of is that it for you this with have not are was but on be if can "},
		{"de", " der die das und nicht ist ein eine ich sie mit auf den von zu dem für wir werden "},
		{"fr", " le la les des et est une dans pour que vous nous pas sur avec au ce qui "},
		{"es", " el los las una que para con por del está como más su se pero "},
		{"pt", " não uma para com os das dos que por mais você são ao "},
		{"it", " il che di per una sono non con della gli nel più "},
		{"nl", " het een van en niet dat voor zijn met aan ook maar "},
	}
	votes := map[string]int{}
	for _, w := range wordPattern.FindAllString(strings.ToLower(text), -1) {
		for _, list := range lists {
			if strings.Contains(list.words, " "+w+" ") {
				votes[list.code]++
			}
		}
	}
	best := "en"
	for _, list := range lists[1:] {
		if n := votes[list.code]; n >= 4 && n > 2*votes["en"] && n > votes[best] {
			best = list.code
		}
	}
	return best
}
