package httpapi

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

const (
	// maxRedirects is how many redirects one request follows, all of them within its origin.
	maxRedirects = 3
	// maxHeader bounds the header of an answer.
	maxHeader = 256 << 10
	// dialTimeout bounds the time until there is a connection.
	dialTimeout = 10 * time.Second
)

// errRedirect is the error of a redirect that is not followed.
var errRedirect = errors.New("httpapi: the API redirects to where it may not")

// connect makes the client. It knows no proxy: one would connect to where the check of addresses does not see.
func (s *Source) connect() error {
	secure, err := source.TLS(s.cfg.CAFile)
	if err != nil {
		return err
	}
	s.dialer = &net.Dialer{Timeout: dialTimeout, Control: control(s.cfg.AllowPrivate), Resolver: s.cfg.Resolver}
	s.client = &http.Client{CheckRedirect: sameOrigin, Transport: &http.Transport{
		DialContext: s.dialer.DialContext, TLSClientConfig: secure, TLSHandshakeTimeout: dialTimeout, ForceAttemptHTTP2: true,
		MaxIdleConnsPerHost: s.cfg.Connections, MaxConnsPerHost: s.cfg.Connections, IdleConnTimeout: 90 * time.Second,
		MaxResponseHeaderBytes: maxHeader,
	}}
	return nil
}

// sameOrigin follows a redirect that changes neither scheme, host, port nor method, a few times.
func sameOrigin(r *http.Request, via []*http.Request) error {
	first := via[0]
	if len(via) > maxRedirects || !origins(r.URL, first.URL) || r.Method != first.Method {
		return errRedirect
	}
	return nil
}

func origins(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && a.Hostname() == b.Hostname() && port(a) == port(b)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "http" {
		return "80"
	}
	return "443"
}

// base returns the API's URL, and what puts the credentials on a request.
func (s *Source) base() (*url.URL, Auth, error) {
	text, err := s.cfg.URL()
	if err != nil {
		return nil, nil, notConfigured(err)
	}
	bad := func(what string) (*url.URL, Auth, error) {
		return nil, nil, fault.New(fault.Permanent, "source_config", "the data source's URL "+what, nil)
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Opaque != "" || u.Fragment != "" || u.Scheme != "http" && u.Scheme != "https" {
		return bad("is not http(s)://host/path") // the error would quote it
	}
	auth := s.cfg.Auth
	if u.User != nil {
		if auth != nil {
			return bad("has a user, and the catalog says otherwise how to prove who asks")
		}
		user, password := u.User.Username(), ""
		password, _ = u.User.Password()
		auth, u.User = &Basic{User: Text(user), Password: Text(password)}, nil
	}
	if auth != nil && u.Scheme == "http" && !s.cfg.AllowPrivate {
		return bad("is not https: credentials would travel in the clear")
	}
	return u, auth, nil
}

// Ping says whether the API answers: its health path where there is one, else whether it can be connected to.
func (s *Source) Ping(ctx context.Context) error {
	base, auth, err := s.base()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	if s.cfg.Health != "" {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, base.JoinPath(s.cfg.Health).String(), nil)
		if err != nil {
			return fault.New(fault.Permanent, "source_config", "the data source's health path cannot be used", nil)
		}
		_, err = s.exchange(ctx, r, auth)
		return err
	}
	address := net.JoinHostPort(base.Hostname(), port(base))
	var conn net.Conn
	if base.Scheme == "https" {
		secure := s.client.Transport.(*http.Transport).TLSClientConfig //nolint:forcetypeassert,errcheck // made above
		conn, err = (&tls.Dialer{NetDialer: s.dialer, Config: secure}).DialContext(ctx, "tcp", address)
	} else {
		conn, err = s.dialer.DialContext(ctx, "tcp", address)
	}
	if err != nil {
		return classify(ctx, fmt.Errorf("httpapi: connect: %w", err))
	}
	return conn.Close()
}
