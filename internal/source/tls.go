package source

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"strings"

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

// Untrusted returns the classified error of a server whose certificate is not believed, and nil where err is any other one. It is permanent: what
// has to change is the certificate, or the authorities that the source trusts.
func Untrusted(err error) error {
	if refused, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return UntrustedAs(refused.Error(), err)
	}
	return nil
}

// UntrustedAs is Untrusted for drivers that hand on no more of an error than its text. Names of hosts that the text has are not repeated.
func UntrustedAs(text string, err error) error {
	_, why, failed := strings.Cut(text, "tls: failed to verify certificate: ")
	if !failed {
		return nil
	}
	safe := "the data source's certificate is not one that is trusted"
	for _, known := range []struct{ begins, says string }{
		{"certificate signed by unknown authority", "the data source's certificate is by an authority that is not trusted"},
		{"certificate has expired or is not yet valid", "the data source's certificate has expired, or is not valid yet"},
		{"certificate is valid for", "the data source's certificate is for another host"},
		{"certificate is not valid for any names", "the data source's certificate is for another host"},
		{"cannot validate certificate for", "the data source's certificate is for another host"},
	} {
		if strings.HasPrefix(why, "x509: "+known.begins) {
			safe = known.says
		}
	}
	return fault.New(fault.Permanent, "source_config", safe, err)
}
