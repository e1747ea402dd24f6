package telemetry

import "sync/atomic"

// Other is the label of a name that is on no list.
const Other = "other"

// names is a set that is replaced as a whole when a catalog is loaded again.
type names struct {
	set atomic.Pointer[map[string]struct{}]
}

func (n *names) replace(list []string) {
	set := make(map[string]struct{}, len(list))
	for _, s := range list {
		set[s] = struct{}{}
	}
	n.set.Store(&set)
}

func (n *names) label(s string) string {
	if set := n.set.Load(); set != nil {
		if _, ok := (*set)[s]; ok {
			return s
		}
	}
	return Other
}

// word keeps a label that comes from this program's own constants; anything that does not look
// like one (a snake_case word of moderate length) is a mistake or foreign text.
func word(s string) string {
	if s == "" || len(s) > 48 {
		return Other
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' {
			return Other
		}
	}
	return s
}
