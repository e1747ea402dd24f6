package main

import (
	"net/url"
	"regexp"
	"sort"
	"strings"
	"unicode"
)

// Marks that stand in the text for what was masked.
const (
	maskName    = "[name]"
	maskAddress = "[address]"
	maskPhone   = "[phone]"
)

var (
	linkPattern  = regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*://[^\s<>"'\])}]+|\bwww\.[a-z0-9-]+\.[a-z][^\s<>"'\])}]*`)
	address      = regexp.MustCompile(`(?i)(?:mailto:)?[a-z0-9._%+'=/-]*[a-z0-9_%+=-](?:@|\s*[\[(<{]\s*at\s*[\])>}]\s*)\[?[a-z0-9][a-z0-9.-]*[a-z0-9]\]?`)
	spokenAt     = regexp.MustCompile(`[\w.-]+\s+(?:(?:at|AT)\s+[\w-]+(?:\s+(?:dot|DOT)\s+\w+)+|AT\s+[\w-]+(?:\.\w+)+)`)
	bareAt       = regexp.MustCompile(`\S*@\S*`)
	phone        = regexp.MustCompile(`(?:\+\d{1,3}[\s.-]?(?:\(\d{1,4}\)[\s.-]?)?\d[\d\s.-]{6,}\d|\(\d{2,5}\)\s?\d[\d\s.-]{4,}\d|\b\d{3}[-.]\d{3,4}[-.]\d{3,4}\b|\b\d{3}[-.]\d{4}\b|\b0\d{2,4}[\s-]\d{3}[\s-]?\d{3,4}\b|\b1[-. ]?\d{3}[-. ]\d{3}[-. ]\d{4}\b)`)
	pgpKey       = regexp.MustCompile(`(?i)\b[0-9a-f]{4}( +[0-9a-f]{4}){6,}\b`)
	nameWord     = regexp.MustCompile(`[\p{L}][\p{L}'’-]*`)
	greeting     = regexp.MustCompile(`(?m)^((?:Hi|Hello|Hey|Dear|Thanks|Cheers|Thank you|Howdy),? )([A-Z][\p{L}'’-]+)\b`)
	closing      = regexp.MustCompile(`(?i)^\W*(regards|best regards|kind regards|best|cheers|thanks|thank you|thx|ciao|love|yours|sincerely|later|slainte|rgds|greetings|bye)?\W*$`)
	beside       = regexp.MustCompile(`\b[A-Z][\p{L}'’-]+ \[name\]|\[name\] (?:[A-Z]\. )?[A-Z][\p{L}'’-]+`)
	manyNames    = regexp.MustCompile(`\[name\](?: (?:[A-Z]\. )?\[name\])+|\[\[name\]\]`)
	letterNumber = regexp.MustCompile(`^[\p{L}][\p{L}\p{N}._'-]*$`)
)

// greetings stand before a name and are none.
const greetings = " hi hello hey dear thanks cheers howdy "

// masker knows every name and handle of the people in the corpus.
type masker struct {
	full   *regexp.Regexp      // "First Last" of any sender or recipient, longest first
	single map[string]bool     // names that, capitalised, mean a person and nothing else
	handle map[string]bool     // every part of a name and every mailbox name, lower case: for sign-offs
	host   map[string]bool     // domains that belong to one person
	common map[string][2]int   // word → times in lower case, times capitalised inside a line
	skip   map[string]struct{} // list and product names that are in From headers too
}

// newMasker learns names from the headers, and from the bodies which of them are ordinary words too.
func newMasker(mails []*mail, bodies []string) *masker {
	m := &masker{single: map[string]bool{}, handle: map[string]bool{}, host: map[string]bool{}, common: map[string][2]int{}, skip: map[string]struct{}{}}
	for _, s := range []string{"linux", "perl", "python", "exmh", "spamassassin", "razor", "list", "news", "mail", "the", "and", "windows", "tech", "daily", "red", "hat", "microsoft", "apple", "mac", "web", "media", "use"} {
		m.skip[s] = struct{}{}
	}
	for _, body := range bodies {
		m.count(body)
	}
	fulls := map[string]bool{}
	owners := map[string]map[string]bool{}
	for _, mail := range mails {
		for _, name := range append([]string{mail.name}, mail.others...) {
			m.learn(name, fulls)
		}
		if at := strings.LastIndexByte(mail.address, '@'); at > 0 {
			m.handle[mail.address[:at]] = true
			domain := mail.address[at+1:]
			if owners[domain] == nil {
				owners[domain] = map[string]bool{}
			}
			owners[domain][mail.address] = true
		}
	}
	for domain, who := range owners {
		m.host[domain] = len(who) == 1
	}
	list := make([]string, 0, len(fulls))
	for name := range fulls {
		list = append(list, regexp.QuoteMeta(name))
	}
	sort.Slice(list, func(i, j int) bool {
		if len(list[i]) != len(list[j]) {
			return len(list[i]) > len(list[j])
		}
		return list[i] < list[j]
	})
	m.full = regexp.MustCompile(`(?i)\b(?:` + strings.Join(list, "|") + `)\b`)
	return m
}

// count notes how often each word is written in lower case and how often capitalised away from a line's start.
func (m *masker) count(body string) {
	for line := range strings.SplitSeq(body, "\n") {
		for i, w := range nameWord.FindAllString(line, -1) {
			seen := m.common[strings.ToLower(w)]
			if unicode.IsLower(rune(w[0])) {
				seen[0]++
			} else if i > 0 {
				seen[1]++
			}
			m.common[strings.ToLower(w)] = seen
		}
	}
}

// learn takes a display name apart.
func (m *masker) learn(name string, fulls map[string]bool) {
	if strings.ContainsAny(name, "@") {
		return
	}
	if last, first, ok := strings.Cut(name, ", "); ok {
		name = first + " " + last
	}
	parts := nameWord.FindAllString(name, -1)
	for _, p := range parts {
		low := strings.ToLower(p)
		if _, skip := m.skip[low]; skip || len(low) < 2 {
			return // the name of a list, a newsletter or a company
		}
	}
	if len(parts) >= 2 && len(parts) <= 4 {
		fulls[strings.Join(parts, " ")] = true
		fulls[parts[0]+" "+parts[len(parts)-1]] = true
	}
	for _, p := range parts {
		low := strings.ToLower(p)
		m.handle[low] = true
		if len(low) >= 3 && m.common[low][0]*8 <= m.common[low][1] {
			m.single[low] = true
		}
	}
}

// hosts lists the hosts that a text links to, without those that belong to one person, each once.
func (m *masker) hosts(s string) []string {
	var out []string
	seen := map[string]bool{}
	for _, link := range linkPattern.FindAllString(s, -1) {
		host := hostOf(link)
		if host == "" || seen[host] || m.personal(host) {
			continue
		}
		seen[host] = true
		out = append(out, host)
	}
	return out
}

// personal says whether a host is one person's own domain or has a person's name in it.
func (m *masker) personal(host string) bool {
	for rest := host; rest != ""; _, rest, _ = strings.Cut(rest, ".") {
		if m.host[rest] {
			return true
		}
	}
	for _, label := range strings.FieldsFunc(host, func(r rune) bool { return r == '.' || r == '-' }) {
		if m.single[label] && len(label) > 3 {
			return true
		}
	}
	return false
}

func hostOf(link string) string {
	if !strings.Contains(link, "://") {
		link = "http://" + link
	}
	u, err := url.Parse(strings.TrimRight(link, ".,;:!?"))
	if err != nil {
		return ""
	}
	host := strings.Trim(strings.TrimPrefix(strings.ToLower(u.Hostname()), "www."), ".")
	if !strings.Contains(host, ".") || strings.Trim(host, "0123456789.") == "" || strings.ContainsAny(host, "@%$[") {
		return ""
	}
	return host
}

// text masks addresses, phone numbers, links and names; a link becomes its host in brackets.
func (m *masker) text(s string) string {
	s = m.signOff(s)
	s = linkPattern.ReplaceAllStringFunc(s, func(link string) string {
		if host := hostOf(link); host != "" && !m.personal(host) {
			return "[" + host + "]"
		}
		return "[link]"
	})
	s = address.ReplaceAllString(s, maskAddress)
	s = spokenAt.ReplaceAllString(s, maskAddress)
	s = bareAt.ReplaceAllString(s, maskAddress)
	s = pgpKey.ReplaceAllString(s, "[key]")
	s = phone.ReplaceAllString(s, maskPhone)
	s = m.full.ReplaceAllString(s, maskName)
	s = greeting.ReplaceAllStringFunc(s, func(g string) string {
		parts := greeting.FindStringSubmatch(g)
		if m.handle[strings.ToLower(parts[2])] {
			return parts[1] + maskName
		}
		return g
	})
	s = nameWord.ReplaceAllStringFunc(s, func(w string) string {
		low := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(w), "'s"), "’s")
		if m.single[low] && unicode.IsUpper([]rune(w)[0]) {
			return maskName
		}
		return w
	})
	return m.neighbors(s)
}

// neighbors masks what stands beside a masked name and is never an ordinary word: the rest of the same name.
func (m *masker) neighbors(s string) string {
	s = beside.ReplaceAllStringFunc(s, func(match string) string {
		for _, w := range nameWord.FindAllString(match, -1) {
			low := strings.ToLower(w)
			if w != "name" && m.rather(low) {
				return maskName
			}
		}
		return match
	})
	return manyNames.ReplaceAllString(s, maskName)
}

// rather says whether a capitalized word beside a name belongs to it: a handle, or hardly ever in lower case.
func (m *masker) rather(low string) bool {
	seen := m.common[low]
	return !strings.Contains(greetings, " "+low+" ") && (m.handle[low] || seen[1] > 0 && seen[0]*8 <= seen[1])
}

// person says whether a word is rather a name than a word.
func (m *masker) person(low string) bool {
	return m.single[low] || m.handle[low] && m.common[low][0] < m.common[low][1]
}

// signOff cuts the closing lines: "Cheers,", a name, a handle.
func (m *masker) signOff(s string) string {
	lines := strings.Split(s, "\n")
	for end, tries := len(lines), 0; end > 0 && tries < 5; end, tries = end-1, tries+1 {
		line := strings.TrimSpace(lines[end-1])
		if !closing.MatchString(line) && !m.isName(line) {
			break
		}
		lines = lines[:end-1]
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// isName says whether a line holds nothing but names, handles and initials.
func (m *masker) isName(line string) bool {
	parts := strings.Fields(strings.Trim(line, " -~*_.,;:!/\\()<>'\""))
	if len(parts) == 0 || len(parts) > 4 {
		return len(parts) == 0
	}
	for _, p := range parts {
		p = strings.Trim(p, ".,-()")
		short := len([]rune(p)) <= 2 && letterNumber.MatchString(p)
		if !m.handle[strings.ToLower(p)] && !short {
			return false
		}
	}
	return true
}
