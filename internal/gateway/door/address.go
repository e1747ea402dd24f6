package door

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// proxies are the addresses whose forwarding headers are believed.
type proxies []netip.Prefix

func (p proxies) contain(addr netip.Addr) bool {
	return slices.ContainsFunc(p, func(known netip.Prefix) bool { return known.Contains(addr) })
}

// asker is where a request comes from.
type asker struct {
	addr   netip.Addr // the client's, as far as it is known for sure
	peer   netip.Addr // whoever is at the other end of the connection
	secure bool       // over TLS, up to the last proxy that is believed
}

// asker looks at the forwarding headers of proxies that are known, and at nobody else's.
func (p proxies) asker(r *http.Request) asker {
	port, _ := netip.ParseAddrPort(r.RemoteAddr)
	peer := port.Addr().Unmap().WithZone("")
	a := asker{addr: peer, peer: peer, secure: r.TLS != nil}
	if !p.contain(peer) {
		return a
	}
	// Each proxy adds who asked it at the end: the first one from there that is no proxy of ours is the client, whatever that one has written before.
	for hop := range backward(strings.Join(r.Header.Values("X-Forwarded-For"), ",")) {
		addr, err := netip.ParseAddr(hop)
		if err != nil {
			break
		}
		a.addr = addr.Unmap().WithZone("")
		if !p.contain(a.addr) {
			break
		}
	}
	if proto := r.Header.Values("X-Forwarded-Proto"); len(proto) > 0 {
		for last := range backward(proto[len(proto)-1]) {
			a.secure = strings.EqualFold(last, "https")
			break
		}
	}
	return a
}

// backward yields the parts of a list with commas, the last one first.
func backward(list string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for {
			at := strings.LastIndexByte(list, ',')
			if !yield(strings.TrimSpace(list[at+1:])) || at < 0 {
				return
			}
			list = list[:at]
		}
	}
}

// local says that a process of this machine asks, and means this machine: a page whose name was made to point here (DNS rebinding) says its own
// name, and a proxy would stand for anybody.
func (a asker) local(r *http.Request) bool {
	if !a.peer.IsLoopback() || !loopbackHost(r.Host) {
		return false
	}
	for _, header := range []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Forwarded"} {
		if r.Header.Get(header) != "" {
			return false
		}
	}
	return true
}

// loopbackHost says that a Host header names this machine.
func loopbackHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	if strings.EqualFold(name, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil && addr.Unmap().IsLoopback()
}
