package commit

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
)

// passing says whether a failed call may succeed later: the connection, or the server's state, is at fault.
func passing(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return true // the caller's ctx is looked at before the next try
	}
	var network net.Error
	if errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
		return true
	}
	return passingText(err.Error())
}

// passingText knows the server's errors that pass by themselves.
func passingText(text string) bool {
	for _, prefix := range []string{
		"OOM", "LOADING", "READONLY", "MISCONF", "BUSY", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN", "NOREPLICAS", "NOGROUP", "UNBLOCKED", "MOVED ", "ASK ",
		"WRONGPASS", "NOAUTH", // a password that is being replaced: of all requests, it is the fault of none
		"Script attempted to access a non local key",
		"redis: connection pool", "ERR max number of clients",
	} {
		if strings.Contains(text, prefix) {
			return true
		}
	}
	return false
}

// entries returns the lowest and the highest entry id of a batch, empty when none has one.
func entries(subs []*Submission) (lowest, highest string) {
	ids := make([]string, 0, len(subs))
	for _, s := range subs {
		if s.Entry != "" {
			ids = append(ids, s.Entry)
		}
	}
	return Bounds(ids)
}

// Bounds returns the lowest and the highest of stream entry ids, empty when there is none.
func Bounds(ids []string) (lowest, highest string) {
	for _, id := range ids {
		if lowest == "" || Before(id, lowest) {
			lowest = id
		}
		if highest == "" || Before(highest, id) {
			highest = id
		}
	}
	return lowest, highest
}

// Before orders stream ids.
func Before(a, b string) bool {
	if dash := strings.IndexByte(a, '-'); len(a) == len(b) && dash >= 0 && strings.IndexByte(b, '-') == dash {
		return a < b // as good as always
	}
	ams, aseq := idParts(a)
	bms, bseq := idParts(b)
	return ams < bms || ams == bms && aseq < bseq
}

func idParts(id string) (ms, seq uint64) {
	m, s, _ := strings.Cut(id, "-")
	ms, _ = strconv.ParseUint(m, 10, 64)
	seq, _ = strconv.ParseUint(s, 10, 64)
	return ms, seq
}
