package httpapi

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"
)

// errAddress is the error of an address that is not public.
var errAddress = errors.New("httpapi: the address is not a public one; allow_private allows it")

// control runs for each address that is about to be connected to, after names are resolved: whatever a name or a
// redirect led to, this is where the bytes would go.
func control(allowPrivate bool) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		if allowPrivate {
			return nil
		}
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("%w (it cannot be read)", errAddress)
		}
		if !public(at.Addr()) {
			return errAddress
		}
		return nil
	}
}

// public says whether an address is one of the open internet's.
func public(a netip.Addr) bool {
	a = a.WithZone("")
	if inner, ok := embedded(a); ok {
		return public(inner)
	}
	if !a.IsValid() || !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() {
		return false
	}
	for _, p := range special() {
		if p.Contains(a) {
			return false
		}
	}
	return !a.Is6() || netip.MustParsePrefix("2000::/3").Contains(a) // all that was ever given out
}

// embedded returns the IPv4 address that an IPv6 address leads to: mapped, compatible, by NAT64 or by 6to4.
func embedded(a netip.Addr) (netip.Addr, bool) {
	if a.Is4In6() {
		return a.Unmap(), true
	}
	if !a.Is6() {
		return netip.Addr{}, false
	}
	b := a.As16()
	at := 0
	switch {
	case netip.MustParsePrefix("64:ff9b::/96").Contains(a), netip.MustParsePrefix("::/96").Contains(a) && a != netip.IPv6Unspecified() && a != netip.IPv6Loopback():
		at = 12
	case netip.MustParsePrefix("2002::/16").Contains(a):
		at = 2
	default:
		return netip.Addr{}, false
	}
	return netip.AddrFrom4([4]byte(b[at : at+4])), true
}

// special are blocks that package netip does not know as such: IANA's special-purpose registries.
func special() []netip.Prefix {
	texts := []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.175.48.0/24",
		"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10",
	}
	out := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		out[i] = netip.MustParsePrefix(t)
	}
	return out
}
