package trino

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	driver "github.com/trinodb/trino-go-client/trino"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// What a URL may say after its question mark: how TLS is checked, who asks, and what holds for every query. Lists are key:value;key:value.
func parameters() []string {
	return []string{
		"SSLCertPath", "SSLVerification", "SSLClientCertPath", "SSLClientKeyPath", "accessToken", "roles", "extra_credentials", "session_properties", "clientTags",
	}
}

// A request of the driver's is tried so often, and so long: the engine above tries whole queries again.
const (
	attempts = 3
	trying   = 3 * time.Second
)

// Open makes the client. It does not wait for the server.
func Open(_ context.Context, cfg Config) (*Source, error) {
	if cfg.Connections <= 0 {
		cfg.Connections = 16
	}
	if cfg.MaxBytes <= 0 {
		cfg.MaxBytes = 256 << 20
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	conf, err := configured(cfg.URL)
	if err != nil {
		return nil, fault.New(fault.Permanent, "source_config", "the URL of the Trino server cannot be used", err)
	}
	transport, err := transport(conf, cfg.Connections)
	if err != nil {
		return nil, fault.New(fault.Permanent, "source_config", "a certificate or key of the Trino server's URL cannot be read", err)
	}
	s := &Source{cfg: cfg, session: header(conf.SessionProperties)}
	s.watch = newWatcher(transport, conf, cfg.MaxBytes)
	conf.HTTPClient, conf.SessionProperties = &http.Client{Transport: s.watch}, nil
	connector, err := driver.NewConnector(conf)
	if err != nil {
		return nil, fault.New(fault.Permanent, "source_config", "the Trino client cannot be made", errors.New("trino: the driver refuses the URL"))
	}
	s.db = sql.OpenDB(connector)
	s.db.SetMaxOpenConns(cfg.Connections)
	s.db.SetMaxIdleConns(cfg.Connections)
	return s, nil
}

// configured reads the URL. Its errors say what is wrong without repeating any of it.
func configured(text string) (*driver.Config, error) {
	bad := func(what string) (*driver.Config, error) { return nil, errors.New("trino: the URL " + what) }
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return bad("is none")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return bad("is not http(s)://user:password@host:port")
	case u.User.Username() == "":
		return bad("names no user")
	case strings.Trim(u.Path, "/") != "":
		return bad("has a path; the catalog and the schema are keys of the source")
	}
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return bad("has parameters that cannot be read")
	}
	for name := range values {
		if !slices.Contains(parameters(), name) {
			return bad("has a parameter that is not known; there are " + strings.Join(parameters(), ", "))
		}
	}
	if _, password := u.User.Password(); u.Scheme == "http" && (password || values.Has("accessToken")) {
		return bad("sends a password or token in the clear: it has to begin with https")
	}
	conf, err := driver.ParseDSN(text)
	if err != nil {
		return bad("has a parameter that cannot be used") // the driver's own words repeat it
	}
	conf.Source, conf.TimeZone = "dispatcher", "UTC"
	// A statement stands in the body: as a header, a long one would be refused.
	conf.DisableExplicitPrepare = true
	tries, patience := attempts, trying
	conf.RequestRetryMaxAttempts, conf.RequestRetryTimeout = &tries, &patience
	return conf, nil
}

// transport takes over what the driver's settings say of TLS.
func transport(conf *driver.Config, connections int) (*http.Transport, error) {
	secure, err := conf.TLSConfig()
	if err != nil {
		return nil, errors.New("trino: TLS of the URL")
	}
	conf.SSLCertPath, conf.SSLVerification, conf.SSLClientCertPath, conf.SSLClientKeyPath = "", "", "", ""
	if secure == nil {
		secure = &tls.Config{}
	}
	secure.MinVersion = tls.VersionTLS12
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: secure, TLSHandshakeTimeout: 5 * time.Second,
		MaxIdleConnsPerHost: connections + 2, IdleConnTimeout: 90 * time.Second,
	}, nil
}

// header writes properties of a session as a header has them.
func header(properties map[string]string) string {
	parts := make([]string, 0, len(properties))
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		parts = append(parts, key+"="+url.QueryEscape(properties[key]))
	}
	return strings.Join(parts, ",")
}
