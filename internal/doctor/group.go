package doctor

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/broker"
)

// Stream is what is known of one input stream.
type Stream struct {
	// Subject is what findings are about: stream, or stream.CLASS.
	Subject string
	// Name and Group are as configured; Lease is the consumers', StaleAfter the age past which a request is not served any more.
	Name, Group       string
	Lease, StaleAfter time.Duration
	DeliveryLimit     int
	State             *broker.Group
	// Places is the variable by which a consumer serves this class of requests; empty for the input stream, which all serve.
	Places  string
	Members []broker.Member
	// Stuck are some entries that nobody has renewed for longer than two leases.
	Stuck []broker.Entry
	// DeadLetters is how many there are.
	DeadLetters int64
}

// Judge judges the stream, its group, and who serves it.
func (s *Stream) Judge() []Finding {
	l := &list{subject: s.Subject}
	l.group(s)
	live := l.consumers(s)
	l.backlog(s, live)
	l.stuck(s)
	if s.DeadLetters > 0 {
		l.add(Note, "dead-letters", count(s.DeadLetters, "dead letter", "dead letters"), "dispatcher dead-letter list; then replay what may go now, and purge the rest")
	} else {
		l.add(OK, "dead-letters", "none", "")
	}
	return l.findings
}

func (l *list) group(s *Stream) {
	switch {
	case !s.State.Exists:
		l.add(Warn, "group", fmt.Sprintf("the group %s of %s does not exist", s.Group, s.Name), "start a consumer, which makes it at the beginning of the stream; if one runs, compare its APP_DISPATCHER_INPUT_STREAM and APP_DISPATCHER_CONSUMER_GROUP")
	case !s.State.Alone:
		l.add(Note, "group", fmt.Sprintf("%s exists, and others read %s too: finished entries stay in it", s.Group, s.Name), "when the others are gone, XGROUP DESTROY them, and XTRIM what is finished; until then the stream grows")
	default:
		l.add(OK, "group", fmt.Sprintf("%s is the only one of %s: its length is the backlog", s.Group, s.Name), "")
	}
}

// consumers judges who serves the group, and returns how many do.
func (l *list) consumers(s *Stream) (live int) {
	var gone, foreign []string
	for _, m := range s.Members {
		switch {
		case m.Heartbeat < 0 && m.Idle < 2*s.Lease:
			live++
		case m.Heartbeat >= 0 && m.Heartbeat < 2*s.Lease:
			live++
		case m.Heartbeat < 0 && m.Pending > 0:
			foreign = append(foreign, fmt.Sprintf("%s (%d pending)", m.Name, m.Pending))
		case m.Pending > 0:
			gone = append(gone, fmt.Sprintf("%s (%d pending, last seen %s ago)", m.Name, m.Pending, span(m.Heartbeat)))
		}
	}
	switch {
	case live == 0 && s.State.Backlog != 0 && s.Places != "":
		l.add(Fail, "consumers", "requests wait in "+s.Name+", and no consumer serves it", "start a consumer with "+s.Places+" above 0; it is 0 at all that run, if any does")
	case live == 0 && s.State.Backlog != 0:
		l.add(Fail, "consumers", "none is running, and requests wait", "start a consumer; if one runs, read its log")
	case live == 0:
		l.add(Warn, "consumers", "none is running", "start a consumer")
	default:
		l.add(OK, "consumers", count(int64(live), "is running", "are running"), "")
	}
	if len(gone) > 0 {
		l.add(Warn, "consumers", "gone without a word: "+strings.Join(gone, ", "), "nothing while another runs: it takes over when the lease ("+span(s.Lease)+") is over")
	}
	if len(foreign) > 0 {
		l.add(Warn, "consumers", "of another program, silent: "+strings.Join(foreign, ", "), "their entries are taken over after APP_DISPATCHER_CLAIM_MIN_IDLE; XGROUP DELCONSUMER them only when nothing is pending")
	}
	return live
}

func (l *list) backlog(s *Stream, live int) {
	g := s.State
	if g.Backlog < 0 {
		l.add(Note, "backlog", "the server cannot tell how much waits beside another group; the oldest is "+span(g.Oldest)+" old", "judge by the age, or remove the other groups")
		return
	}
	found := count(g.Backlog, "request waits or runs", "requests wait or run")
	if g.Backlog > 0 {
		found += ", the oldest is " + span(g.Oldest) + " old"
	}
	if g.Delayed > 0 {
		found += ", " + count(g.Delayed, "more waits", "more wait") + " for a later attempt or round"
	}
	switch {
	case g.Backlog > 0 && s.StaleAfter > 0 && g.Oldest > s.StaleAfter:
		l.add(Fail, "backlog", found+": older than APP_GO_DISPATCHER_EVENT_TIMEOUT, such requests become dead letters", "start more consumers, or raise APP_GO_DISPATCHER_EVENT_TIMEOUT until the backlog is served")
	case g.Backlog > 0 && s.StaleAfter > 0 && g.Oldest > s.StaleAfter/2:
		l.add(Warn, "backlog", found+", more than half of APP_GO_DISPATCHER_EVENT_TIMEOUT", moreConsumers(live))
	default:
		l.add(OK, "backlog", found, "")
	}
}

func moreConsumers(live int) string {
	return fmt.Sprintf("start more consumers (%d now), see whether stores are slow (dispatcher_source_query_seconds)", live)
}

func (l *list) stuck(s *Stream) {
	if len(s.Stuck) == 0 {
		l.add(OK, "stuck", "no entry was left alone for longer than two leases", "")
		return
	}
	var some []string
	often := false
	for i, e := range s.Stuck {
		if i < 3 {
			some = append(some, fmt.Sprintf("%s (%s, left alone for %s, delivered %d times)", e.ID, e.Consumer, span(e.Idle), e.Deliveries))
		}
		often = often || e.Deliveries >= int64(s.DeliveryLimit)
	}
	do := "a running consumer takes them over: if they stay, compare its group and stream with these"
	if often {
		do += "; one that was delivered so often may be what kills its consumers: the next delivery makes it a dead letter"
	}
	l.add(Warn, "stuck", fmt.Sprintf("%d or more: %s", len(s.Stuck), strings.Join(some, ", ")), do)
}
