package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/app/process"
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// reach is a store's server, for a process that has no question for it: whether it takes connections. Whether it answers questions, with these credentials, is
// what consumers find out, who have some.
type reach struct{ def *catalog.Source }

var _ process.Pinger = reach{}

// Ping connects to one of the addresses that the source's URL names. Where that stands is read anew each time.
func (r reach) Ping(ctx context.Context) error {
	if process.Missing(r.def) {
		return fault.New(fault.Permanent, "source_not_configured", "the data source is not configured", nil)
	}
	text, err := process.URLOf(r.def)
	if err != nil {
		return fault.New(fault.Permanent, "source_config", "the data source's URL cannot be read", err)
	}
	addresses, err := addressesOf(ctx, text)
	if err != nil {
		return err
	}
	var faults []error
	for _, at := range addresses {
		network := "tcp"
		if strings.HasPrefix(at, "/") {
			network = "unix"
		}
		conn, err := new(net.Dialer).DialContext(ctx, network, at)
		if err == nil {
			return conn.Close()
		}
		faults = append(faults, err)
	}
	return fault.New(fault.Transient, "source_unavailable", "the data source cannot be reached", errors.Join(faults...))
}

// addressesOf returns the servers that a URL names, of which there may be several. An error never quotes it: it holds credentials.
func addressesOf(ctx context.Context, text string) ([]string, error) {
	bad := fault.New(fault.Permanent, "source_config", "the data source's URL names no server", nil)
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		return nil, bad
	}
	rest, _, _ = strings.Cut(rest, "?")
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		rest = rest[at+1:]
	}
	hosts, _, _ := strings.Cut(rest, "/")
	if scheme == "mongodb+srv" {
		_, found, err := net.DefaultResolver.LookupSRV(ctx, "mongodb", "tcp", hosts)
		if err != nil {
			return nil, fault.New(fault.Transient, "source_unavailable", "the data source's servers cannot be looked up", fmt.Errorf("look up servers: %w", err))
		}
		var list []string
		for _, s := range found {
			list = append(list, net.JoinHostPort(s.Target, fmt.Sprint(s.Port)))
		}
		return list, nil
	}
	var list []string
	for h := range strings.SplitSeq(hosts, ",") {
		if socket, err := url.PathUnescape(h); err == nil && strings.HasPrefix(socket, "/") {
			list = append(list, socket)
		} else if u := (&url.URL{Host: strings.TrimSpace(h)}); u.Hostname() != "" {
			list = append(list, net.JoinHostPort(u.Hostname(), portOf(u, scheme)))
		}
	}
	if len(list) == 0 {
		return nil, bad
	}
	return list, nil
}

// portOf is the port that a URL says, or its scheme does.
func portOf(u *url.URL, scheme string) string {
	if port := u.Port(); port != "" {
		return port
	}
	return map[string]string{"http": "80", "https": "443", "mongodb": "27017", "cassandra": "9042"}[scheme]
}
