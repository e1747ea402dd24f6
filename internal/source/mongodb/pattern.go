package mongodb

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// pattern is a regular expression that finds a text without regard to case: what is the same text in lower case, letter by letter, as on
// every store. Where the server's own rule finds more or less than that, each letter's forms are written out.
type pattern struct{ expr, options string }

// patternOf returns the pattern of a text, all of whose own signs are escaped; none may hold the character of the code 0.
func patternOf(op query.Op, s string) pattern {
	p := pattern{options: "i"}
	if strings.ContainsFunc(s, foldsOtherwise) {
		p.options = ""
	}
	var b strings.Builder
	if op == query.Prefix {
		b.WriteByte('^')
	}
	for _, r := range s {
		forms := formsOf(r)
		switch {
		case r == 0:
			b.WriteString(`\x00`)
		case p.options == "" && len(forms) > 1:
			b.WriteString("[" + string(forms) + "]")
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	p.expr = b.String()
	return p
}

// formsOf returns the letters that are r in lower case.
func formsOf(r rune) []rune {
	lower := unicode.ToLower(r)
	return slices.DeleteFunc(foldsOf(lower), func(f rune) bool { return unicode.ToLower(f) != lower })
}

// foldsOf returns what may be the same letter as a lower one.
func foldsOf(lower rune) []rune {
	out := []rune{lower}
	for f := unicode.SimpleFold(lower); f != lower; f = unicode.SimpleFold(f) {
		out = append(out, f)
	}
	if lower == 'i' {
		out = append(out, 'İ') // whose lower case it is, though they do not fold
	}
	return out
}

// foldsOtherwise says whether a letter has other forms for a regular expression than those of its lower case: k also stands for
// the sign of Kelvin, s for the long ſ.
func foldsOtherwise(r rune) bool {
	lower := unicode.ToLower(r)
	return lower == 'i' || len(foldsOf(lower)) != len(formsOf(r)) || len(foldsOf(r)) != len(foldsOf(lower))
}

// pattern returns the expression that finds a text, as the query language takes it.
func (b *builder) pattern(op query.Op, s string) any {
	p := patternOf(op, s)
	if b.mode == show {
		return b.bind(p.expr)
	}
	return bson.Regex{Pattern: p.expr, Options: p.options}
}
