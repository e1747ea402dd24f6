package main

import (
	"regexp"
	"strings"
)

var listID = regexp.MustCompile(`<([a-z0-9-]+)\.`)

// channelOf renames lists whose id says too little, and says which project each belongs to. A list with too few
// posts of its own is counted as "other-lists".
func channelOf(kind string) (name, monitor string) {
	c, ok := map[string]struct{ name, monitor string }{
		"fork":                 {"fork", "community"},
		"irregulars":           {"irregulars", "community"},
		"forteana":             {"forteana", "community"},
		"0xdeadbeef":           {"0xdeadbeef", "community"},
		"ilug":                 {"ilug", "linux"},
		"social":               {"ilug-social", "linux"},
		"webdev":               {"webdev", "linux"},
		"iiu":                  {"iiu", "linux"},
		"rpm-zzzlist":          {"rpm-list", "linux"},
		"exmh-workers":         {"exmh-workers", "exmh"},
		"exmh-users":           {"exmh-users", "exmh"},
		"razor-users":          {"razor-users", "anti-spam"},
		"spamassassin-talk":    {"spamassassin-talk", "anti-spam"},
		"spamassassin-devel":   {"spamassassin-devel", "anti-spam"},
		"spamassassin-commits": {"spamassassin-commits", "anti-spam"},
		"spambayes":            {"spambayes", "anti-spam"},
		"secprog":              {"secprog", "security"},
		"bugtraq":              {"security-lists", "security"},
		"linux-secnews":        {"security-lists", "security"},
		"focus-virus":          {"security-lists", "security"},
		"vulnwatch":            {"security-lists", "security"},
		"rss":                  {"news-feeds", "news"},
		"use-perl":             {"use-perl", "news"},
		"newsletter":           {"newsletters", "news"},
		"direct":               {"direct-mail", "direct"},
	}[kind]
	if !ok {
		return "other-lists", "community"
	}
	return c.name, c.monitor
}

// channel names the mailing list, feed or kind of mail, and the monitor (a group of channels) it belongs to.
func channel(m *mail) (name, monitor string) {
	return channelOf(kind(m))
}

// kind finds what channelOf asks for in the headers.
func kind(m *mail) string {
	get := func(key string) string { return strings.ToLower(m.header.Get(key)) }
	id, to := get("List-Id"), get("To")+" "+get("Cc")
	switch {
	case strings.Contains(id, "irish internet users"):
		return "iiu"
	case id != "":
		if found := listID.FindStringSubmatch(id); found != nil {
			return found[1]
		}
		return "other"
	case strings.Contains(get("Mailing-List"), "zzzzteana"), strings.Contains(to, "zzzzteana"):
		return "forteana"
	case strings.HasPrefix(m.address, feedMailbox):
		return "rss"
	case strings.Contains(to, "use-perl"):
		return "use-perl"
	case strings.Contains(to, "spambayes"), strings.Contains(get("Subject"), "[spambayes]"):
		return "spambayes"
	case strings.Contains(to, "0xdeadbeef@"):
		return "0xdeadbeef"
	case strings.Contains(get("Mailing-List"), "vulnwatch"), strings.Contains(to, "bugtraq@"):
		return "vulnwatch"
	case m.html, newsletter.MatchString(to + " " + m.address + " " + get("Sender")), get("List-Unsubscribe") != "":
		return "newsletter"
	case get("Mailing-List") != "" || get("X-Mailing-List") != "" || get("Precedence") != "":
		return "other"
	}
	return "direct"
}

var newsletter = regexp.MustCompile(`zdnet|cnet|lockergnome|dilbert|theregister|unspun|subscri|newsletter|update@|customers@|ryanair|customerservice|@lists?\.|worldwidewords|bounce|ntk|qqqqqqqqqq-`)
