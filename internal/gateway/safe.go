package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// safe returns the class of an error in words. The text of an unclassified error is looked at only
// for the leading words with which servers of this field refuse, and is never handed on.
func safe(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Safe != "" {
		return f.Safe
	}
	text := err.Error()
	for _, known := range []struct{ word, says string }{
		{"WRONGPASS", "wrong password"},
		{"NOAUTH", "asks for a password"},
		{"NOPERM", "lacks a permission"},
		{"LOADING", "is loading its data"},
		{"NOGROUP", "the consumer group is missing"},
	} {
		if strings.Contains(text, known.word) {
			return known.says
		}
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "its certificate is not trusted"
	}
	_, network := errors.AsType[net.Error](err)
	if network || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
		return "does not answer"
	}
	return "is not ready"
}
