package source

import (
	"crypto/tls"
	"crypto/x509"
	"os"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// TLS returns how sources prove the servers that they connect to: by the system's authorities, or by those of a file of certificates (PEM) in
// their place. Nothing older than TLS 1.2 is spoken.
func TLS(caFile string) (*tls.Config, error) {
	out := &tls.Config{MinVersion: tls.VersionTLS12}
	if caFile == "" {
		return out, nil
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fault.New(fault.Permanent, "source_config", "the file of certificates cannot be read", err)
	}
	out.RootCAs = x509.NewCertPool()
	if !out.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fault.New(fault.Permanent, "source_config", "the file of certificates holds none", nil)
	}
	return out, nil
}
