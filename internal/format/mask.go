package format

import (
	"regexp"
	"strings"
	"unicode"
)

// What is masked in texts of private conversations, in this order: a handle of the Fediverse (@user@instance) holds what looks like an address, an
// address what looks like a handle, and a phone number what looks like a number.
//
//nolint:gochecknoglobals // compiled once
var (
	fediverse = regexp.MustCompile(`(^|[^\pL\pN._%+-])@[\pL\pN_.-]+@[\pL\pN-]+(\.[\pL\pN-]+)*`)
	addresses = regexp.MustCompile(`[\pL\pN._%+-]+@[\pL\pN-]+(\.[\pL\pN-]+)+`)
	links     = regexp.MustCompile(`(?i)\b(https?://|www\.)\S+`)
	phones    = regexp.MustCompile(`\+\pN[\pN ().-]{6,}\pN|\(\pN{2,4}\) ?\pN[\pN .-]{4,}\pN|\b0\pN[\pN .-]{6,}\pN`)
	handles   = regexp.MustCompile(`(^|[^\pL\pN])@[\pL\pN_.]{2,}`)
	numbers   = regexp.MustCompile(`\pN([ -]?\pN){5,}`)
)

// masked hides in a text what leads to a person: addresses, links, phone numbers, handles, and long numbers such as those of
// accounts and orders. Digits of every script count as digits.
func masked(text string) string {
	if !strings.ContainsAny(text, "@:/.") && !strings.ContainsFunc(text, unicode.IsNumber) {
		return text
	}
	text = fediverse.ReplaceAllString(text, "${1}[handle]")
	text = addresses.ReplaceAllString(text, "[address]")
	text = links.ReplaceAllString(text, "[link]")
	text = phones.ReplaceAllString(text, "[phone]")
	text = handles.ReplaceAllString(text, "${1}[handle]")
	return numbers.ReplaceAllString(text, "[number]")
}

// mask masks a column of texts.
func mask(values []any) []any {
	out := make([]any, len(values))
	for i, v := range values {
		if text, ok := v.(string); ok {
			v = masked(text)
		}
		out[i] = v
	}
	return out
}
