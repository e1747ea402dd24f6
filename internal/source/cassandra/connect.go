package cassandra

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"github.com/go-dispatcher/dispatcher/internal/source"
)

// address is a parsed Config.URL.
type address struct {
	hosts                              []string
	user, password, keyspace, location string
	secure                             bool
}

// parseURL reads the URL by hand: net/url takes no list of hosts, and quotes what it cannot read, password and all.
func parseURL(text string) (a address, err error) {
	bad := func(what string) (address, error) { return address{}, errors.New("cassandra: the URL " + what) }
	rest, ok := strings.CutPrefix(text, "cassandra://")
	if !ok {
		return bad("does not begin with cassandra://")
	}
	rest, parameters, _ := strings.Cut(rest, "?")
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		user, password, _ := strings.Cut(rest[:at], ":")
		var errUser, errPassword error
		a.user, errUser = url.PathUnescape(user)
		a.password, errPassword = url.PathUnescape(password)
		if errUser != nil || errPassword != nil {
			return bad("has a user or password that is not escaped as in a URL")
		}
		rest = rest[at+1:]
	}
	hosts, keyspace, _ := strings.Cut(rest, "/")
	for h := range strings.SplitSeq(hosts, ",") {
		if h = strings.TrimSpace(h); h != "" {
			a.hosts = append(a.hosts, h)
		}
	}
	if len(a.hosts) == 0 {
		return bad("names no host")
	}
	a.keyspace = keyspace
	values, err := url.ParseQuery(parameters)
	if err != nil {
		return bad("has parameters that cannot be read")
	}
	for name := range values {
		if name != "dc" && name != "tls" {
			return bad("has a parameter that is not known; there are dc and tls")
		}
	}
	a.location = values.Get("dc")
	switch values.Get("tls") {
	case "", "false":
	case "true":
		a.secure = true
	default:
		return bad("has a tls that is neither true nor false")
	}
	return a, nil
}

// defaultPort is where a node listens of which nobody says otherwise.
const defaultPort = 9042

// portOf returns the port that all hosts of a URL share. The nodes that the driver finds are taken to listen there where they do not
// tell a port, as none does before Cassandra 4.0.
func portOf(hosts []string) int {
	shared := 0
	for _, h := range hosts {
		port := defaultPort
		if _, text, err := net.SplitHostPort(h); err == nil {
			port, _ = strconv.Atoi(text) // the driver refuses what is no number
		}
		if shared != 0 && port != shared {
			return defaultPort
		}
		shared = port
	}
	return shared
}

// cluster returns the driver's settings.
func cluster(cfg Config, at address) (*gocql.ClusterConfig, error) {
	c := gocql.NewCluster(at.hosts...)
	c.Port = portOf(at.hosts)
	consistency, err := gocql.ParseConsistencyWrapper(strings.ToUpper(cfg.Consistency))
	if err != nil {
		return nil, errors.New("unknown consistency " + cfg.Consistency)
	}
	c.Consistency = consistency
	c.NumConns, c.PageSize = cfg.Connections, cfg.PageSize
	c.Timeout, c.ConnectTimeout = cfg.Timeout, cfg.Timeout
	c.ReconnectInterval = time.Second // of nodes that were away
	c.DefaultIdempotence = true
	c.DefaultTimestamp = false // reads only
	// The next page is asked for by the goroutine that reads it: what the driver fetches ahead nobody could wait for.
	c.NextPagePrefetch = 0
	// Replicas of a keyspace are all that routing needs to know. They are read as the session opens: each change of any table would have them read again, and one
	// that comes meanwhile is a data race in the driver (2.1.2), after which it may ask for tables that there are not.
	c.Metadata.CacheMode = gocql.KeyspaceOnly
	c.Events.DisableSchemaEvents = true
	nodes := gocql.RoundRobinHostPolicy()
	if at.location != "" {
		nodes = gocql.DCAwareRoundRobinPolicy(at.location)
		c.HostFilter = gocql.DataCenterHostFilter(at.location)
	}
	c.PoolConfig.HostSelectionPolicy = gocql.TokenAwareHostPolicy(nodes)
	if at.user != "" {
		c.Authenticator = gocql.PasswordAuthenticator{Username: at.user, Password: at.password}
	}
	if cfg.TLS || at.secure || cfg.CAFile != "" {
		secure, err := source.TLS(cfg.CAFile)
		if err != nil {
			return nil, err
		}
		c.SslOpts = &gocql.SslOptions{Config: secure, EnableHostVerification: true}
	}
	return c, nil
}

// connect opens a session. The driver connects without a context: where ctx ends first, the session is closed as soon as there
// is one, which its own timeouts bound.
func connect(ctx context.Context, cfg Config, at address) (*gocql.Session, error) {
	c, err := cluster(cfg, at)
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	type opened struct {
		session *gocql.Session
		err     error
	}
	done := make(chan opened, 1)
	go func() {
		s, err := c.CreateSession()
		if err == nil && ctx.Err() != nil {
			s.Close()
			s, err = nil, ctx.Err()
		}
		done <- opened{s, err}
	}()
	select {
	case o := <-done:
		return o.session, o.err
	case <-ctx.Done():
		// Either may have come first: a session that nobody takes is closed.
		go func() {
			if o := <-done; o.session != nil {
				o.session.Close()
			}
		}()
		return nil, ctx.Err()
	}
}
