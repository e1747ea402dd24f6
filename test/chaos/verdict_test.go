package chaos

import (
	"fmt"
	"strings"
	"time"
)

// verdict is what a row comes to.
type verdict struct {
	row row
	// asked are the requests that Redis has acknowledged, maybe those without a reply, sent the (request, widget) of both that were delivered.
	asked, maybe, sent int
	// dead are dead letters that the row expects; unexplained those that it does not.
	dead, unexplained int
	// canceled are requests that ended so, because a message canceled them.
	canceled int
	// lost and doubled are V1 and V2 over (request, widget); a closing message counts as a widget.
	lost, doubled int
	// incomplete are dead letters without a field that they must have (V3), both are requests that were answered and dead-lettered (V4), strange are
	// outputs that nobody asked for (V5), wrong those with other data than they must have (V6), disordered those after the closing message or after a later widget.
	incomplete, both, strange, wrong, disordered int
	// late are widgets that came after a later one where Redis may lose its last writes: it had lost them, and whoever took the request over wrote
	// them again. Elsewhere they are disordered.
	late  int
	heal  time.Duration
	rss   int64 // bytes, the largest worker
	fired int
	// mayLose is how many requests the row may lose, because Redis itself did: shown, and bounded.
	mayLose int
	// lostRequests are those of which something is missing, or late.
	lostRequests int
	// failed says that a promise is broken, or what the row looked at besides.
	failed  bool
	notes   []string
	samples []string
}

func (v *verdict) note(format string, args ...any) {
	v.notes = append(v.notes, fmt.Sprintf(format, args...))
}

// said is the verdict in words.
func (v *verdict) said() string {
	said := "holds"
	if v.failed {
		said = "BROKEN"
	}
	if len(v.notes) > 0 {
		said += ": " + strings.Join(v.notes, "; ")
	}
	return said
}

// sample keeps the first few offenders of each kind, for whoever looks into a failure.
func (v *verdict) sample(format string, args ...any) {
	if len(v.samples) < 12 {
		v.samples = append(v.samples, fmt.Sprintf(format, args...))
	}
}

// faults are the promises that the row has broken.
func (v *verdict) faults() (list []string) {
	check := func(ok bool, format string, args ...any) {
		if !ok {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	check(v.fired > 0, "V10: the fault did not fire")
	check(v.asked > 0, "nothing was asked")
	check(v.lostRequests <= v.mayLose, "V1: %d requests lost something (%d messages), at most %d may", v.lostRequests, v.lost, v.mayLose)
	check(v.doubled == 0, "V2: %d doubled", v.doubled)
	check(v.incomplete == 0, "V3: %d dead letters lack a field", v.incomplete)
	check(v.both == 0, "V4: %d requests were answered and dead-lettered", v.both)
	check(v.strange == 0, "V5: %d outputs that nobody asked for", v.strange)
	check(v.wrong == 0, "V6: %d outputs with wrong data", v.wrong)
	check(v.disordered == 0, "%d messages out of order", v.disordered)
	check(v.unexplained == 0, "%d unexplained dead letters", v.unexplained)
	check(v.rss < rssLimit, "V9: a worker took %d MB", v.rss>>20)
	if len(list) > 0 && len(v.samples) > 0 {
		list = append(list, strings.Join(v.samples, "\n"))
	}
	return list
}
