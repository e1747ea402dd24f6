package report

import (
	"fmt"
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/format"
)

// badge is a word beside a title that a reader must not miss.
type badge struct{ Class, Text string }

// notices says what a reader must know: the gravest as badges, all as sentences.
func (l *locale) notices(out *widget, d *format.Data) {
	add := func(class, text string) {
		if b := (badge{class, text}); !slices.Contains(out.Badges, b) {
			out.Badges = append(out.Badges, b)
		}
	}
	for _, n := range d.Notices {
		text := l.notice(&n)
		switch n.Code {
		case "synthetic":
			add("synthetic", l.Synthetic)
		case "stale":
			add("stale", l.Stale)
		case "truncated":
			if n.Severity == "warning" {
				add("partial", l.Partial)
			}
		}
		if text != "" && !slices.Contains(out.Notices, text) {
			out.Notices = append(out.Notices, text)
		}
	}
	c := &chart{locale: l, d: d}
	for _, h := range d.Halves {
		if at := c.named(h.Measure); at >= 0 {
			out.Notices = append(out.Notices, fmt.Sprintf(l.Half, c.name(at), l.value(h.At, c.field(0))))
		}
	}
	if d.Status == "partial" {
		add("partial", l.Partial)
	}
}

// notice is what a notice says, in the reader's language where that has words for it.
func (l *locale) notice(n *format.Notice) string {
	if own, ok := l.Notices[n.Code]; ok {
		return own
	}
	return clean(n.Text)
}
