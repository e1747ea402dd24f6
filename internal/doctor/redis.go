package doctor

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/broker"
)

// skewNoted and skewTooMuch bound how far the clocks of this machine and of the server may be apart: the age of a request, and when a
// delayed one is due, are reckoned by the consumer's clock from times that others wrote.
const (
	skewNoted   = time.Second
	skewTooMuch = 30 * time.Second
	// memoryFull is the part of the allowed memory from which on there is not much left.
	memoryFull = 0.8
)

// Redis judges a server that holds the streams (subject redis) or the poll buffers alone (backend). evictionAllowed says that the
// configuration lets consumers start on a server that evicts.
func Redis(subject string, s *broker.Server, evictionAllowed bool) []Finding {
	l := &list{subject: subject}
	l.version(s)
	l.role(s)
	l.persistence(&s.Persistence)
	l.eviction(s, evictionAllowed)
	l.clock(s)
	return l.findings
}

func (l *list) version(s *broker.Server) {
	if s.Product == "" {
		l.add(Warn, "version", "the server does not tell its version", "let the user run INFO (+info), and ask again")
		return
	}
	name := s.Product + " " + s.Version.String()
	if s.Product == "redis" && s.Version.Before(broker.Least) {
		l.add(Fail, "version", name+" is older than "+broker.Least.String(), "use Redis "+broker.Least.String()+" or newer, or Valkey")
		return
	}
	known := broker.Advisories(s.Product, s.Version)
	if len(known) == 0 {
		l.add(OK, "version", fmt.Sprintf("%s, answers in %s", name, span(s.RoundTrip)), "")
	}
	for _, a := range known {
		fixed := make([]string, len(a.Fixed))
		for i, v := range a.Fixed {
			fixed[i] = v.String()
		}
		l.add(Warn, "version", fmt.Sprintf("%s has %s: %s", name, a.ID, a.What),
			"update to "+strings.Join(fixed, ", ")+" or newer; a distribution's package may hold the fix under an older number: its changelog names "+a.ID)
	}
}

func (l *list) role(s *broker.Server) {
	switch {
	case s.Role == "slave":
		l.add(Fail, "role", "this is a replica, which takes no writes", "point APP_REDIS_HOST at the primary, or name the sentinels in APP_REDIS_SENTINELS")
	case s.Mode == "cluster" && s.ThroughCluster:
		l.add(OK, "role", "a cluster; what a failover has not copied yet is lost with its primary", "")
	case s.Mode == "cluster":
		l.add(Fail, "role", "this is a node of a cluster", "name nodes in APP_REDIS_CLUSTER_NODES, and give the input stream a hash tag (docs/operations.md)")
	case s.Replicas > 0:
		l.add(OK, "role", "primary with "+count(int64(s.Replicas), "replica", "replicas")+"; what a failover has not copied yet is lost with the primary", "")
	case s.Role != "":
		l.add(OK, "role", "primary without replicas", "")
	}
}

// persistence says which of the promises of docs/ARCHITECTURE.md the server can keep.
func (l *list) persistence(p *broker.Persistence) {
	const check = "persistence"
	switch {
	case !p.Known:
		l.add(Warn, check, "the server does not tell how it keeps its data", "let the user run INFO (+info), or see to it that appendonly is yes")
	case p.Fault != "":
		l.add(Fail, check, p.Fault+" failed last time", "look for a full disk and into the server's log; it refuses writes until that works again")
	case p.AOF && p.Fsync == "always":
		l.add(OK, check, "append-only file, written through at each command: a killed server loses nothing", "")
	case p.AOF && p.Fsync == "everysec":
		l.add(OK, check, "append-only file, written through every second: a killed server may lose the last two seconds", "")
	case p.AOF && p.Fsync == "no":
		l.add(Warn, check, "append-only file, written through when the system likes: a killed machine may lose half a minute", "set appendfsync to everysec or always")
	case p.AOF:
		l.add(Note, check, "append-only file; how often it is written through is not visible to this user", "CONFIG GET appendfsync as an administrator: everysec may lose two seconds, always nothing")
	case p.Snapshot != "":
		l.add(Warn, check, "snapshots alone ("+p.Snapshot+"): a killed server loses all since the last one", "set appendonly to yes")
	default:
		l.add(Warn, check, "none that is visible: a killed server may lose all that is in it, waiting requests as well", "set appendonly to yes (appendfsync everysec, or always)")
	}
}

func (l *list) eviction(s *broker.Server, allowed bool) {
	const check = "eviction"
	bound := "memory without a bound"
	if s.MaxMemory > 0 {
		bound = fmt.Sprintf("%d of %d MB", s.UsedMemory>>20, s.MaxMemory>>20)
	}
	switch {
	case s.Eviction == "":
		l.add(Warn, check, "the server does not tell what it does when its memory is full", "let the user run INFO (+info), or see to it that maxmemory-policy is noeviction")
	case s.Evicts() && allowed:
		l.add(Warn, check, s.Eviction+" ("+bound+"): when its memory is full the server drops requests, results or marks, without a word; APP_DISPATCHER_ALLOW_EVICTION accepts that", "CONFIG SET maxmemory-policy noeviction")
	case s.Evicts():
		l.add(Fail, check, s.Eviction+" ("+bound+"): when its memory is full the server drops requests, results or marks, without a word", "CONFIG SET maxmemory-policy noeviction, or give the streams a server of their own")
	case s.MaxMemory > 0 && float64(s.UsedMemory) > memoryFull*float64(s.MaxMemory):
		l.add(Warn, check, "noeviction, "+bound+": writes are refused when it is full, and consumers wait", "raise maxmemory, or set APP_DISPATCHER_STREAM_MAXLEN so that output streams end")
	default:
		l.add(OK, check, "noeviction, "+bound, "")
	}
}

func (l *list) clock(s *broker.Server) {
	apart, where := s.Skew.Abs(), "ahead of"
	if s.Skew < 0 {
		where = "behind"
	}
	found := fmt.Sprintf("the server's clock is %s %s this machine's", span(apart), where)
	const do = "let both machines follow the same time servers (chrony, systemd-timesyncd)"
	switch {
	case apart > skewTooMuch+s.RoundTrip:
		l.add(Fail, "clock", found+": requests look older or newer than they are", do)
	case apart > skewNoted+s.RoundTrip:
		l.add(Warn, "clock", found, do)
	default:
		l.add(OK, "clock", "the server's clock is this machine's, within "+span(max(apart, s.RoundTrip)), "")
	}
}
