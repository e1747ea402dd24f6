package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Gateway is the HTTP API: who is let in, from where, how often, and the operators' listener.
type Gateway struct {
	JWTSecret Secret
	// JWTSecretFile holds the secret where it is set, and JWTSecret is empty then; JWKSFile the key set, without JWKSURL.
	JWTSecretFile    string
	JWKSURL          URL
	JWKSFile         string
	Issuer, Audience string
	// Origins, FrameAncestors and TrustedProxies are lists as they were given, checked.
	Origins, FrameAncestors, TrustedProxies string
	// Rates are requests a second, Streams those that are open; 0 is no limit.
	AddressRate, TenantRate, AddressStreams, TenantStreams int
	AdminPort                                              int // 0 is off
	AdminHost                                              string
	AdminPprof                                             bool
}

// shortestJWTSecret is what RFC 7518 asks of HS256, in bytes.
const shortestJWTSecret = 32

// Auth says that something is configured to check tokens with.
func (g *Gateway) Auth() bool {
	return !g.JWTSecret.IsZero() || g.JWTSecretFile != "" || !g.JWKSURL.IsZero() || g.JWKSFile != ""
}

// OriginList returns the other sites whose pages may ask.
func (g *Gateway) OriginList() []string { return addresses(g.Origins) }

// FrameList returns the origins whose pages may show the dashboard.
func (g *Gateway) FrameList() []string { return addresses(g.FrameAncestors) }

// Proxies returns the networks of the proxies that are believed.
func (g *Gateway) Proxies() []netip.Prefix {
	nets, _ := g.proxies()
	return nets
}

// proxies reads the list; bad is the first part that is none.
func (g *Gateway) proxies() (nets []netip.Prefix, bad string) {
	for _, text := range addresses(g.TrustedProxies) {
		if addr, err := netip.ParseAddr(text); err == nil {
			nets = append(nets, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, text
		}
		nets = append(nets, network.Masked())
	}
	return nets, ""
}

// finishGateway refuses what would let in somebody who was not meant, and lists that are none.
func (l *loader) finishGateway() {
	g := &l.config.Gateway
	for n, secret := range strings.Fields(g.JWTSecret.Reveal()) {
		if len(secret) < shortestJWTSecret {
			l.fault(Fault{Variable: "APP_GATEWAY_JWT_SECRET", Given: fmt.Sprintf("has a short secret (number %d, not shown)", n+1), Expected: strconv.Itoa(shortestJWTSecret) + " bytes or more, and more secrets after spaces"})
		}
	}
	if !g.JWTSecret.IsZero() && g.JWTSecretFile != "" {
		l.fault(Fault{Variable: "APP_GATEWAY_JWT_SECRET", Given: "and APP_GATEWAY_JWT_SECRET_FILE are both set", Expected: "one of them: which secret holds would not be known"})
	}
	if !g.JWKSURL.IsZero() && g.JWKSFile != "" {
		l.fault(Fault{Variable: "APP_GATEWAY_JWKS_URL", Given: "and APP_GATEWAY_JWKS_FILE are both set", Expected: "one of them: which keys hold would not be known"})
	}
	if at := g.JWKSURL.Reveal(); strings.HasPrefix(strings.ToLower(at), "http:") && !local(at) {
		l.fault(Fault{Variable: "APP_GATEWAY_JWKS_URL", Given: "was " + strconv.Quote(g.JWKSURL.String()), Expected: "https: who changes the keys on their way signs tokens"})
	}
	for _, v := range []struct{ name, value string }{{"APP_GATEWAY_JWT_ISSUER", g.Issuer}, {"APP_GATEWAY_JWT_AUDIENCE", g.Audience}} {
		switch {
		case g.Auth() && v.value == "":
			l.fault(Fault{Variable: v.name, Given: "is not set", Expected: "what tokens have to say, because a secret or a key set is"})
		case !g.Auth() && v.value != "":
			l.fault(Fault{Variable: v.name, Given: "is set", Expected: "a secret or a key set too: APP_GATEWAY_JWT_SECRET, APP_GATEWAY_JWKS_URL or their files"})
		}
	}
	for variable, list := range map[string][]string{"APP_GATEWAY_ORIGINS": g.OriginList(), "APP_GATEWAY_FRAME_ANCESTORS": g.FrameList()} {
		for _, origin := range list {
			if !isOrigin(origin) {
				l.fault(Fault{Variable: variable, Given: "was " + strconv.Quote(redactURL(origin)), Expected: "scheme, host and port of a site as browsers write them, like https://app.example.com, and more of them after commas"})
			}
		}
	}
	if _, bad := g.proxies(); bad != "" {
		l.fault(Fault{Variable: "APP_GATEWAY_TRUSTED_PROXIES", Given: "was " + strconv.Quote(bad), Expected: "an address or a network, like 10.0.0.0/8, and more of them after commas"})
	}
	if g.AdminPort != 0 && g.AdminPort == l.config.Port {
		l.fault(Fault{Variable: "APP_GATEWAY_ADMIN_PORT", Given: "is PORT", Expected: "another port: the operators' API has a listener of its own"})
	}
}

// isOrigin says that a text is an origin as a browser sends it.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.Scheme+"://"+u.Host == text && strings.ToLower(text) == text && !strings.ContainsAny(text, "*'\"; ")
}

// local says that an address is one of this machine.
func local(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && addr.IsLoopback()
}
