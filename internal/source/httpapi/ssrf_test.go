package httpapi_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/httpapi"
)

// canary listens on every address of this machine and counts who connects.
type canary struct {
	port     string
	accepted atomic.Int64
}

func listen(t *testing.T) *canary {
	t.Helper()
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	c := &canary{}
	_, c.port, _ = net.SplitHostPort(l.Addr().String())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c.accepted.Add(1)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-ended })
	return c
}

// resolver answers every name with loopback, and counts.
func resolver(t *testing.T) (*net.Resolver, *atomic.Int64) {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked := &atomic.Int64{}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		buffer := make([]byte, 1500)
		for {
			n, from, err := server.ReadFrom(buffer)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buffer[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			asked.Add(1)
			q := m.Questions[0]
			m.Response, m.Authoritative, m.Additionals = true, true, nil
			header := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}
			switch q.Type {
			case dnsmessage.TypeA:
				m.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}}}}
			case dnsmessage.TypeAAAA:
				m.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AAAAResource{AAAA: netip.IPv6Loopback().As16()}}}
			default: // no such record
			}
			if packed, err := m.Pack(); err == nil {
				_, _ = server.WriteTo(packed, from)
			}
		}
	}()
	t.Cleanup(func() { _ = server.Close(); <-ended })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", server.LocalAddr().String())
	}}, asked
}

// Wherever a URL leads that is not a public address, nothing connects: however the address is written, and whatever a name resolves to.
func TestOnlyPublicAddresses(t *testing.T) {
	t.Parallel()
	c := listen(t)
	names, asked := resolver(t)
	forbidden := 0
	for _, host := range []string{
		"127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.1.", "localhost", "localhost.", "LOCALHOST", "0.0.0.0", "0", "[::1]", "[::]",
		"[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "[fe80::1]", "[fc00::1]",
		"10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "[::ffff:169.254.169.254]", "[fd00:ec2::254]", "100.64.0.1", "100.100.100.200", "224.0.0.1",
		"255.255.255.255", "198.18.0.1", "192.0.0.192", "[ff02::1]", "[fec0::1]", "[2001:db8::1]",
		"api.example.com@127.0.0.1", "127.0.0.1:80@127.0.0.1", "api.example.com%00@127.0.0.1", "api.example.com%2f@127.0.0.1", "127.0.0.1%09", "127。0。0。1", "①②⑦.⓪.⓪.①",
		"api.example.com", "metadata.google.internal", "rebound.example.org", "127.0.0.1.nip.io",
	} {
		for _, scheme := range []string{"http", "https"} {
			s := openedAs(t, httpapi.Config{URL: httpapi.Text(scheme + "://" + host + ":" + c.port), Resolver: names, Timeout: time.Minute})
			_, _, err := ask(t.Context(), s, counting(get(t)))
			switch fault.ReasonOf(err) {
			case "source_forbidden":
				forbidden++
			case "source_config", "source_not_configured", "source_unavailable": // no URL, or no name
			default:
				t.Errorf("%s: %v", host, err)
			}
			if err := s.Ping(t.Context()); err == nil {
				t.Errorf("%s: ping", host)
			}
		}
	}
	if forbidden < 70 {
		t.Errorf("%d were refused for their address", forbidden)
	}
	tokens := openedAs(t, httpapi.Config{URL: httpapi.Text("https://example.com"), Auth: oauth("http://127.0.0.1:"+c.port, "s3cret"), Resolver: names})
	if _, _, err := ask(t.Context(), tokens, counting(get(t))); fault.ReasonOf(err) != "source_forbidden" {
		t.Errorf("the server of tokens: %v", err)
	}
	if asked.Load() == 0 {
		t.Error("no name was ever resolved")
	}
	if n := c.accepted.Load(); n != 0 {
		t.Errorf("%d connections", n)
	}
	// The same names lead somewhere once that is allowed: what was tested is the check.
	s := openedAs(t, httpapi.Config{URL: httpapi.Text("http://api.example.com:" + c.port), Resolver: names, AllowPrivate: true})
	if _, _, err := ask(t.Context(), s, counting(get(t))); fault.ClassOf(err) != fault.Transient || c.accepted.Load() == 0 {
		t.Errorf("%d connections where they are allowed: %v", c.accepted.Load(), err)
	}
}

func TestPublic(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450:4001::200e", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::"} {
		if !httpapi.Public(netip.MustParseAddr(text)) {
			t.Errorf("%s is refused", text)
		}
	}
	for _, text := range []string{
		"127.255.255.255", "10.255.255.255", "172.31.255.255", "192.168.255.255", "169.254.0.1", "100.127.255.255", "0.1.2.3", "192.0.2.1", "198.51.100.1", "203.0.113.1", "240.0.0.1",
		"::", "::1", "fe80::1%eth0", "fdff::1", "ff0e::1", "2001::1", "2001:db8::1", "100::1", "64:ff9b:1::1", "64:ff9b::a00:1", "2002:a00:1::", "::ffff:10.0.0.1", "::10.0.0.1", "4000::1",
	} {
		if httpapi.Public(netip.MustParseAddr(text)) {
			t.Errorf("%s is allowed", text)
		}
	}
	if httpapi.Public(netip.Addr{}) {
		t.Error("no address is allowed")
	}
}

// Whatever an API says, the next request goes to its own scheme, host and port, with its own method.
func TestRedirectsAndLinksStay(t *testing.T) {
	t.Parallel()
	c := listen(t)
	var own string
	elsewhere := func() []string {
		host := strings.TrimPrefix(own, "http://")
		return []string{
			"http://127.0.0.1:" + c.port + "/rows", "http://[::1]:" + c.port + "/", "//127.0.0.1:" + c.port + "/", "http://user@127.0.0.1:" + c.port, "http://169.254.169.254/latest",
			"http://" + host + "@127.0.0.1:" + c.port + "/", "https://" + host + "/rows", "ftp://" + host + "/rows", "file:///etc/passwd", "javascript:alert(1)", "http:opaque", "gopher://127.0.0.1:" + c.port,
		}
	}
	call := get(t)
	links := get(t)
	links.Paging = query.Paging{Kind: query.PagingLink}
	fields := get(t)
	fields.Rows, fields.Paging = []string{"items"}, query.Paging{Kind: query.PagingLink, Next: []string{"next"}}
	target := ""
	own = serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("how") {
		case "link":
			w.Header().Set("Link", "<"+target+`>; rel="next"`)
			jsonOf(twoRows)(w, r)
		case "field":
			jsonOf(fmt.Sprintf(`{"items": %s, "next": %q}`, twoRows, target))(w, r)
		default:
			w.Header().Set("Location", target)
			w.WriteHeader(http.StatusTemporaryRedirect)
		}
	})
	how := func(call *query.Call, name string) *query.Call {
		call.Query = []query.CallField{{Name: "how", Value: template(t, name)}}
		return call
	}
	for _, target = range elsewhere() {
		s := opened(t, own, httpapi.Config{Auth: &httpapi.Bearer{Token: httpapi.Text("t0ken")}})
		for _, c := range []*query.Call{how(call, "redirect"), how(links, "link"), how(fields, "field")} {
			_, _, err := ask(t.Context(), s, counting(c))
			if reason := fault.ReasonOf(err); reason != "source_redirect" && reason != "source_answer" && reason != "source_unavailable" || err == nil {
				t.Errorf("to %s: %v", target, err)
			}
		}
	}
	if n := c.accepted.Load(); n != 0 {
		t.Errorf("%d connections", n)
	}
}

// A few redirects within the API are followed, with the method and the credentials; more are not.
func TestRedirectsWithin(t *testing.T) {
	t.Parallel()
	for hops, ok := range map[int]bool{1: true, 3: true, 4: false} {
		s := opened(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
			var n int
			_, _ = fmt.Sscanf(r.URL.Path, "/rows/%d", &n)
			if n < hops {
				http.Redirect(w, r, fmt.Sprintf("/rows/%d", n+1), http.StatusFound)
				return
			}
			guarded(func(r *http.Request) bool { return r.Header.Get("X-Key") == "k" })(w, r)
		}), httpapi.Config{Auth: &httpapi.APIKey{Header: "X-Key", Value: httpapi.Text("k")}})
		rows, _, err := ask(t.Context(), s, counting(get(t)))
		if ok != (err == nil) || ok && rows != 2 || !ok && fault.ReasonOf(err) != "source_redirect" {
			t.Errorf("%d redirects: %d rows, %v", hops, rows, err)
		}
	}
	s := opened(t, serve(t, status(http.StatusFound, "Location", "/rows")), httpapi.Config{})
	post := &query.Call{Method: http.MethodPost, Path: template(t, "/rows"), Body: map[string]any{"a": "b"}}
	if _, _, err := ask(t.Context(), s, counting(post)); fault.ReasonOf(err) != "source_redirect" {
		t.Errorf("a POST that was to become a GET: %v", err)
	}
}

// A proxy of the environment is not used: it would connect to where nobody looks.
//
//nolint:paralleltest // a proxy stands in the environment
func TestNoProxy(t *testing.T) {
	c := listen(t)
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"} {
		t.Setenv(name, "http://127.0.0.1:"+c.port)
	}
	names, _ := resolver(t)
	s := openedAs(t, httpapi.Config{URL: httpapi.Text("http://api.example.com:1"), Resolver: names})
	if _, _, err := ask(t.Context(), s, counting(get(t))); fault.ReasonOf(err) != "source_forbidden" || c.accepted.Load() != 0 {
		t.Errorf("%d connections to the proxy: %v", c.accepted.Load(), err)
	}
}
