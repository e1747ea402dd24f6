package app

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/config"
)

// Connect returns a client of the configured server. It does not dial yet.
func Connect(c config.Redis) (*redis.Client, error) {
	opts := &redis.Options{
		Addr:         net.JoinHostPort(c.Host, strconv.Itoa(c.Port)),
		Username:     c.Username,
		Password:     c.Password.Reveal(),
		DB:           c.DB,
		DialTimeout:  5 * time.Second,
		ReadTimeout:  10 * time.Second,
		WriteTimeout: 10 * time.Second,
		// A blocking read must not be sent twice; commits are retried by their own rules.
		MaxRetries: -1,
		// RESP2 serves Redis 6 and 7, Valkey and the embedded server alike.
		Protocol:        2,
		DisableIdentity: true,
	}
	if c.TLS {
		conf := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.Host}
		if c.TLSCAFile != "" {
			pem, err := os.ReadFile(c.TLSCAFile)
			if err != nil {
				return nil, fmt.Errorf("APP_REDIS_TLS_CA_FILE: %w", err)
			}
			conf.RootCAs = x509.NewCertPool()
			if !conf.RootCAs.AppendCertsFromPEM(pem) {
				return nil, errors.New("APP_REDIS_TLS_CA_FILE: the file holds no certificate")
			}
		}
		opts.TLSConfig = conf
	}
	return redis.NewClient(opts), nil
}
