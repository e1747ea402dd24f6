package main

import (
	"html"
	"regexp"
	"strings"
)

var (
	htmlHidden = regexp.MustCompile(`(?is)<!--.*?-->|<(script|style|head)\b.*?</(script|style|head)\s*>`)
	htmlBreak  = regexp.MustCompile(`(?i)<(br|p|div|tr|li|h[1-6]|table|hr)\b[^>]*>`)
	htmlLink   = regexp.MustCompile(`(?i)<a\b[^>]*?href\s*=\s*["']?(https?://[^"'\s>]+)[^>]*>`)
	htmlTag    = regexp.MustCompile(`(?s)<[^>]*>`)

	quoted      = regexp.MustCompile(`^\s{0,4}([A-Z][A-Za-z]{0,14}>|[A-Za-z]{0,4}[>|]|\|\s|#>|}|: )`)
	attribution = regexp.MustCompile(`(?i)(wrote|writes|said|says|schrieb|typed|spake|scribbled|sent|stated|responded|mumbled)( the following)?( on [^:]{0,60})?[\s*]*:?\s*$|^quoting .*:\s*$`)
	onDate      = regexp.MustCompile(`(?i)^\s*(on|at|in)\b.*(\d{1,2}:\d\d|\b(19|20)\d\d\b|message|article)`)
	quoteHeader = regexp.MustCompile(`(?i)^\s*(date|from|to|cc|subject|sent|message-id|reply-to|organi[sz]ation|x-[a-z-]+|delivered-to|user-agent|sender|return-path|received|mime-version|content-[a-z-]+|list-[a-z]+|in-reply-to|references)\s*:`)
	footer      = regexp.MustCompile(`(?i)^\s*(-- ?|_{20,}|-{20,}|={20,}|-{3,}.*(original message|sponsor|forwarded|begin pgp sig).*|begin \d{3} .*)$`)
	pgp         = regexp.MustCompile(`^-----BEGIN PGP SIGNED|^Hash: `)
	rule        = regexp.MustCompile(`[-=+*_#~.]{5,}`)
	yahooAd     = regexp.MustCompile(`(?i)^\s*(to unsubscribe|your use of yahoo|unsubscribe|irish linux users|list maintainer|this sf\.net email|this sf\.net|do you yahoo|get your free|sponsored by)`)
)

// stripHTML turns markup into lines of text; the targets of links stay as text, for the list of hosts.
func stripHTML(s string) string {
	s = htmlHidden.ReplaceAllString(s, " ")
	s = htmlLink.ReplaceAllString(s, " $1 ")
	s = htmlBreak.ReplaceAllString(s, "\n")
	return html.UnescapeString(htmlTag.ReplaceAllString(s, " "))
}

// own returns the lines that the author wrote: no quotations, no attributions, no signature, no list footer.
func own(body string) string {
	var keep []string
	blank := true
	for line := range strings.SplitSeq(strings.ReplaceAll(body, "\r", ""), "\n") {
		line = strings.TrimRight(line, " \t")
		if pgp.MatchString(line) {
			continue
		}
		if footer.MatchString(line) && len(keep) > 0 || yahooAd.MatchString(line) {
			break
		}
		if quoted.MatchString(line) || quoteHeader.MatchString(line) || footer.MatchString(line) {
			keep = dropAttribution(keep)
			continue
		}
		if line == "" && blank {
			continue
		}
		blank = line == ""
		keep = append(keep, line)
	}
	return strings.TrimSpace(strings.Join(dropAttribution(keep), "\n"))
}

// dropAttribution removes "On such a day, so-and-so wrote:" of one or two lines from the end.
func dropAttribution(lines []string) []string {
	end := len(lines)
	for end > 0 && lines[end-1] == "" {
		end--
	}
	if end == 0 || !attribution.MatchString(lines[end-1]) {
		return lines
	}
	if end > 1 && !onDate.MatchString(lines[end-1]) && onDate.MatchString(lines[end-2]) {
		return lines[:end-2]
	}
	return lines[:end-1]
}

// clip shortens to at most n characters, at a word's end, on one line.
func clip(s string, n int) string {
	s = strings.Join(strings.Fields(rule.ReplaceAllString(s, " ")), " ")
	if runes := []rune(s); len(runes) > n {
		s = string(runes[:n])
		if i := strings.LastIndexByte(s, ' '); i > n/2 {
			s = s[:i]
		}
		s += " …"
	}
	return s
}
