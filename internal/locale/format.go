package locale

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/number"
)

// Format is how numbers are written, for whoever draws a result: the keys of d3's formatLocale, and the language with its direction.
type Format struct {
	Language  string `json:"language"`
	Direction string `json:"direction"` // ltr or rtl
	Decimal   string `json:"decimal"`
	Thousands string `json:"thousands"`
	// Grouping is how many digits a group has, from the right.
	Grouping []int     `json:"grouping"`
	Currency [2]string `json:"currency"` // none: units of money stand in the columns
	// Numerals are the digits from 0 to 9; nil where they are the usual ones.
	Numerals []string `json:"numerals,omitempty"`
	Percent  string   `json:"percent"`
	Minus    string   `json:"minus"`
}

// Format returns how the locale writes numbers, as it is seen in what it writes.
func (l *Locale) Format() *Format {
	f := &Format{Language: l.Language, Direction: "ltr"}
	if l.Language == "ar" {
		f.Direction = "rtl"
	}
	digits := make([]string, 10)
	for n := range digits {
		digits[n] = l.Digits(n, 1)
	}
	if digits[0] != "0" {
		f.Numerals = digits
	}
	f.Minus = strings.TrimSuffix(l.Decimal(-1, 0), digits[1])
	f.Percent = strings.TrimPrefix(l.Percent(0.01), digits[1])
	f.Decimal = strings.TrimSuffix(strings.TrimPrefix(l.Decimal(1.5, 1), digits[1]), digits[5])

	group := 0
	for _, r := range l.printer.Sprint(number.Decimal(int64(1234567890123456789))) {
		if unicode.IsDigit(r) {
			group++
			continue
		}
		f.Thousands = string(r)
		f.Grouping = append(f.Grouping, group)
		group = 0
	}
	f.Grouping = append(f.Grouping, group)
	slices.Reverse(f.Grouping)
	// The last group is what is left of the digits; d3 begins a list anew that is too short.
	f.Grouping = f.Grouping[:max(1, len(f.Grouping)-1)]
	if !slices.ContainsFunc(f.Grouping, func(n int) bool { return n != f.Grouping[0] }) {
		f.Grouping = f.Grouping[:1]
	}
	return f
}
