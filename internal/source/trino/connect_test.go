package trino_test

import (
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/trino"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// one counts the nations of the world, of which there are 25.
func one() *query.Query {
	return &query.Query{Dataset: "nations", Relation: query.Relation{Table: "tpch.tiny.nation"}, MaxRows: 10, Measures: []query.Measure{{Name: "n", Agg: query.Count}}}
}

// TLS and the password are checked on both sides, and a refusal says which of them it was.
func TestTLSAndCredentials(t *testing.T) {
	t.Parallel()
	address := testenv.TrinoTLS(t)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	changed := func(change func(u *url.URL)) string {
		c := *u
		change(&c)
		return c.String()
	}
	const secret = "swordfish"
	for name, c := range map[string]struct {
		url, reason string
	}{
		"as it should be":               {address, ""},
		"another password":              {changed(func(u *url.URL) { u.User = url.UserPassword(u.User.Username(), secret) }), "source_denied"},
		"no password":                   {changed(func(u *url.URL) { u.User = url.User(u.User.Username()) }), "source_denied"},
		"a token that nobody signed":    {changed(func(u *url.URL) { u.User = url.User("u"); u.RawQuery += "&accessToken=" + secret }), "source_denied"},
		"a certificate nobody vouches":  {changed(func(u *url.URL) { u.RawQuery = "" }), "source_config"},
		"whoever it is":                 {changed(func(u *url.URL) { u.RawQuery = "SSLVerification=NONE" }), ""},
		"another server's certificate":  {changed(func(u *url.URL) { u.Host = "localhost:" + u.Port() }), ""},
		"a password in the clear":       {changed(func(u *url.URL) { u.Scheme = "http" }), "source_config"},
		"a token in the clear":          {strings.Replace(testenv.Trino(t), "@", "@", 1) + "?accessToken=" + secret, "source_config"},
		"a certificate that is missing": {changed(func(u *url.URL) { u.RawQuery = "SSLCertPath=/" + secret }), "source_config"},
		"a parameter that there is not": {changed(func(u *url.URL) { u.RawQuery += "&externalAuthentication=true" }), "source_config"},
		"a path":                        {changed(func(u *url.URL) { u.Path = "/memory/default" }), "source_config"},
		"no user":                       {"https://" + u.Host, "source_config"},
		"another scheme":                {"trino://" + secret + "@" + u.Host, "source_config"},
		"nothing":                       {"", "source_config"},
	} {
		s, err := trino.Open(t.Context(), trino.Config{URL: c.url})
		if err == nil {
			// A handshake has its own limit, which a busy machine may miss.
			testenv.Eventually(t, time.Minute, name, func() (bool, string) {
				_, err = s.Query(t.Context(), one())
				return fault.ClassOf(err) != fault.Transient, fmt.Sprint(err)
			})
			var ping error
			testenv.Eventually(t, time.Minute, name+": ping", func() (bool, string) {
				ping = s.Ping(t.Context())
				return fault.ClassOf(ping) != fault.Transient, fmt.Sprint(ping)
			})
			if c.reason != fault.ReasonOf(ping) && (c.reason != "" || ping != nil) {
				t.Errorf("%s: ping: %v", name, ping)
			}
			if n, e := s.Explain(t.Context(), one()); e != nil || strings.Contains(strings.Join(n.Notes, " "), secret) {
				t.Errorf("%s: explain: %v %v", name, e, n.Notes)
			}
			if e := s.Close(); e != nil {
				t.Error(e)
			}
		}
		switch {
		case c.reason == "" && err != nil, c.reason != "" && (fault.ReasonOf(err) != c.reason || fault.ClassOf(err) != fault.Permanent):
			t.Errorf("%s: %v", name, err)
		case err != nil && strings.Contains(err.Error(), secret):
			t.Errorf("%s: the error tells a secret: %v", name, err)
		}
	}
}

// A server that is away, or hangs up, may be there the next moment.
func TestAServerThatIsAway(t *testing.T) {
	t.Parallel()
	silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	go func() {
		for {
			c, err := silent.Accept()
			if err != nil {
				return
			}
			_ = c.Close()
		}
	}()
	for name, address := range map[string]string{"away": "http://u@127.0.0.1:1", "hanging up": "http://u@" + silent.Addr().String()} {
		s, err := trino.Open(t.Context(), trino.Config{URL: address})
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		if _, err := s.Query(t.Context(), one()); fault.ClassOf(err) != fault.Transient || fault.ReasonOf(err) != "source_unavailable" {
			t.Errorf("%s: %v after %s", name, err, time.Since(begin))
		}
		if err := s.Ping(t.Context()); fault.ClassOf(err) != fault.Transient {
			t.Errorf("%s: ping: %v", name, err)
		}
		n, err := s.Explain(t.Context(), one())
		if err != nil || n.Text == "" || n.Estimate != nil || len(n.Notes) != 1 {
			t.Errorf("%s: explain: %v %+v", name, err, n)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
