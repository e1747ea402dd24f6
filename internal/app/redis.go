package app

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/config"
)

const (
	redisDial = 5 * time.Second
	redisCall = 10 * time.Second
	// A blocking read must not be sent twice; commits are retried by their own rules.
	redisRetries = -1
	// RESP2 serves Redis 7, Valkey and the embedded server alike.
	redisProtocol = 2
	// clusterRedirects is how often a command follows a slot to another node, or waits for one that is on its way.
	clusterRedirects = 8
)

// Connect returns a client of the configured server, of the primary that the configured sentinels name, or of the configured cluster. It does not
// dial yet.
func Connect(c config.Redis) (redis.UniversalClient, error) {
	secure, err := tlsOf(&c)
	if err != nil {
		return nil, err
	}
	if nodes := c.ClusterAddrs(); len(nodes) > 0 {
		return redis.NewClusterClient(&redis.ClusterOptions{
			Addrs: nodes, Username: c.Username, Password: c.Password.Reveal(), TLSConfig: secure, MaxRedirects: clusterRedirects,
			DialTimeout: redisDial, ReadTimeout: redisCall, WriteTimeout: redisCall,
			MaxRetries: redisRetries, Protocol: redisProtocol, DisableIdentity: true,
		}), nil
	}
	if sentinels := c.SentinelAddrs(); len(sentinels) > 0 {
		return redis.NewFailoverClient(&redis.FailoverOptions{
			MasterName: c.SentinelMaster, SentinelAddrs: sentinels, SentinelUsername: c.SentinelUsername, SentinelPassword: c.SentinelPassword.Reveal(),
			Username: c.Username, Password: c.Password.Reveal(), DB: c.DB, TLSConfig: secure,
			DialTimeout: redisDial, ReadTimeout: redisCall, WriteTimeout: redisCall,
			MaxRetries: redisRetries, Protocol: redisProtocol, DisableIdentity: true,
		}), nil
	}
	return redis.NewClient(&redis.Options{
		Addr: c.Addr(), Username: c.Username, Password: c.Password.Reveal(), DB: c.DB, TLSConfig: secure,
		DialTimeout: redisDial, ReadTimeout: redisCall, WriteTimeout: redisCall,
		MaxRetries: redisRetries, Protocol: redisProtocol, DisableIdentity: true,
	}), nil
}

// tlsOf returns how the server is reached over TLS, nil where it is not. The server's name is that of the address that is dialed. An error names the
// file's purpose: the broker's and the backend's variables differ in their prefix alone.
func tlsOf(c *config.Redis) (*tls.Config, error) {
	if !c.TLS {
		return nil, nil //nolint:nilnil // no TLS is no fault
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.TLSCAFile != "" {
		pem, err := os.ReadFile(c.TLSCAFile)
		if err != nil {
			return nil, fmt.Errorf("redis: authorities (TLS_CA_FILE): %w", err)
		}
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(pem) {
			return nil, errors.New("redis: authorities (TLS_CA_FILE): the file holds no certificate")
		}
	}
	if c.TLSCertFile != "" {
		cert, err := tls.LoadX509KeyPair(c.TLSCertFile, c.TLSKeyFile)
		if err != nil {
			return nil, fmt.Errorf("redis: certificate (TLS_CERT_FILE, TLS_KEY_FILE): %w", err)
		}
		conf.Certificates = []tls.Certificate{cert}
	}
	return conf, nil
}

// backendOf connects to the Redis of buffers and statuses; nil where it is the broker.
func backendOf(c *config.Config) (redis.UniversalClient, error) {
	if c.Backend.Addr() == c.Broker.Addr() {
		return nil, nil //nolint:nilnil // there is no other
	}
	return Connect(c.Backend)
}
