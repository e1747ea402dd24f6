package stores

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/cassandra"
	"github.com/go-dispatcher/dispatcher/internal/source/httpapi"
	"github.com/go-dispatcher/dispatcher/internal/source/mongodb"
	"github.com/go-dispatcher/dispatcher/internal/source/object"
	"github.com/go-dispatcher/dispatcher/internal/source/trino"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// authority makes a certificate for 127.0.0.1, and the file of the authority that signed it.
func authority(t *testing.T) (file string, server tls.Certificate) {
	t.Helper()
	return authorityOf(t, func(*x509.Certificate) {})
}

// authorityOf makes a certificate that is otherwise than the one for 127.0.0.1.
func authorityOf(t *testing.T, otherwise func(*x509.Certificate)) (file string, server tls.Certificate) {
	t.Helper()
	made := func(of *x509.Certificate, by *x509.Certificate, signer *ecdsa.PrivateKey) (*ecdsa.PrivateKey, []byte) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if signer == nil {
			signer = key
		}
		raw, err := x509.CreateCertificate(rand.Reader, of, by, &key.PublicKey, signer)
		if err != nil {
			t.Fatal(err)
		}
		return key, raw
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a test's authority"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	signer, caRaw := made(ca, ca, nil)
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "127.0.0.1"}, NotBefore: ca.NotBefore, NotAfter: ca.NotAfter,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	otherwise(leaf)
	key, raw := made(leaf, ca, signer)
	file = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caRaw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}
}

// relay stands before a server. With a certificate it speaks TLS to those who come; what it gets from them as it comes is kept.
type relay struct {
	addr string
	mu   sync.Mutex
	seen bytes.Buffer
}

func (r *relay) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen.Write(p)
}

func (r *relay) got() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen.String()
}

func before(t *testing.T, server string, certificate *tls.Certificate) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	out := &relay{addr: l.Addr().String()}
	var running sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	running.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("tcp", server)
			if err != nil {
				_ = in.Close()
				continue
			}
			mu.Lock()
			open = append(open, in, to)
			mu.Unlock()
			if certificate != nil {
				in = tls.Server(in, &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12})
			}
			running.Go(func() { _, _ = io.Copy(to, io.TeeReader(in, out)); _ = to.Close() })
			running.Go(func() { _, _ = io.Copy(in, to); _ = in.Close() })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		for _, c := range open {
			_ = c.Close()
		}
		mu.Unlock()
		running.Wait()
	})
	return out
}

// secured opens a store by an address with TLS in it.
type secured struct {
	plain string // the stack's address
	// secure returns the address that asks for TLS of a host.
	secure func(host string) string
	open   func(t *testing.T, address, caFile string) (source.Source, error)
}

const tlsPassword = "canary-s3cret"

func securedStores(t *testing.T) map[string]secured {
	t.Helper()
	user := func(address string) *url.Userinfo {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		return u.User
	}
	return map[string]secured{
		"mongodb": {testenv.MongoDB(t), func(host string) string { return "mongodb://" + host + "/?tls=true" },
			func(t *testing.T, address, caFile string) (source.Source, error) {
				return mongodb.Open(t.Context(), mongodb.Config{URL: address, Database: "dispatcher_test", CAFile: caFile})
			}},
		"cassandra": {testenv.Cassandra(t), func(host string) string {
			return "cassandra://" + user(testenv.Cassandra(t)).String() + "@" + host + "?tls=true"
		},
			func(t *testing.T, address, caFile string) (source.Source, error) {
				return cassandra.Open(t.Context(), cassandra.Config{URL: address, Keyspace: "system", CAFile: caFile, Timeout: time.Minute})
			}},
		"s3": {testenv.MinIO(t), func(host string) string { return "https://" + user(testenv.MinIO(t)).String() + "@" + host },
			func(t *testing.T, address, caFile string) (source.Source, error) {
				return object.Open(t.Context(), object.Config{URL: address, Bucket: "no-such-bucket", CacheDir: filepath.Join(t.TempDir(), "cache"), CAFile: caFile})
			}},
		"trino": {testenv.Trino(t), func(host string) string { return "https://" + user(testenv.Trino(t)).String() + "@" + host },
			func(t *testing.T, address, caFile string) (source.Source, error) {
				if caFile != "" {
					address += "?SSLCertPath=" + url.QueryEscape(caFile)
				}
				return trino.Open(t.Context(), trino.Config{URL: address, Catalog: "tpch", Schema: "tiny"})
			}},
		"http": {plainAPI(t), func(host string) string { return "https://" + host },
			func(t *testing.T, address, caFile string) (source.Source, error) {
				return httpapi.Open(httpapi.Config{URL: httpapi.Text(address), Health: "/", CAFile: caFile, AllowPrivate: true})
			}},
	}
}

// plainAPI serves an HTTP API without TLS.
func plainAPI(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	t.Cleanup(server.Close)
	return server.URL
}

// reached opens a store and asks whether it is there. Of an object store, that it knows no such bucket is an answer.
func (s secured) reached(t *testing.T, address, caFile string) error {
	t.Helper()
	src, err := s.open(t, address, caFile)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	if err = src.Ping(t.Context()); fault.ReasonOf(err) == "source_schema" {
		return nil
	}
	return err
}

// answered is what reached says once it is about the store: that a handshake took longer on a busy machine than the driver waits for it is not.
func (s secured) answered(t *testing.T, address, caFile string) error {
	t.Helper()
	var err error
	for limit := time.Now().Add(patience); ; {
		if err = s.reached(t, address, caFile); fault.ClassOf(err) != fault.Transient || time.Now().After(limit) {
			return err
		}
	}
}

// Stores are reached over TLS where the authority is known, and not at all where it is not, or where the server speaks no TLS.
func TestStoresOverTLS(t *testing.T) {
	t.Parallel()
	for name, s := range securedStores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u, err := url.Parse(s.plain)
			if err != nil {
				t.Fatal(err)
			}
			ca, certificate := authority(t)
			other, _ := authority(t)
			encrypted := before(t, u.Host, &certificate)
			if err := s.answered(t, s.secure(encrypted.addr), ca); err != nil {
				t.Errorf("by its authority: %v", err)
			}
			if encrypted.got() == "" {
				t.Error("nothing went through TLS")
			}
			for what, file := range map[string]string{"by the system's authorities": "", "by another authority": other} {
				if err := s.reached(t, s.secure(encrypted.addr), file); err == nil {
					t.Errorf("%s: it is believed", what)
				} else if strings.Contains(err.Error(), "dispatcher-test") || strings.Contains(err.Error(), "cassandra:cassandra") {
					t.Errorf("%s: the error has a secret: %v", what, err)
				}
			}
			// What TLS is asked of and speaks none learns nothing that can be read.
			plaintext := before(t, u.Host, nil)
			if err := s.reached(t, s.secure(plaintext.addr), ca); err == nil {
				t.Error("a server without TLS is good enough")
			}
			if seen := plaintext.got(); seen == "" || strings.Contains(seen, "dispatcher") || strings.Contains(seen, "cassandra") || strings.Contains(seen, "hello") {
				t.Errorf("what went over the wire: %q", seen)
			}
			if err := s.reached(t, s.secure(plaintext.addr), filepath.Join(t.TempDir(), "absent.pem")); fault.ReasonOf(err) != "source_config" {
				t.Errorf("no file of certificates: %v", err)
			}
		})
	}
}

// A certificate that is not believed is the configuration's fault, which no further attempt mends; its text says what is wrong with it, and not where.
func TestCertificatesThatAreNotBelieved(t *testing.T) {
	t.Parallel()
	strangers := func(t *testing.T) (string, tls.Certificate) {
		_, certificate := authority(t)
		other, _ := authority(t)
		return other, certificate
	}
	expired := func(t *testing.T) (string, tls.Certificate) {
		return authorityOf(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	}
	elsewhere := func(t *testing.T) (string, tls.Certificate) {
		return authorityOf(t, func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"elsewhere.example"} })
	}
	address := func(t *testing.T) (string, tls.Certificate) {
		return authorityOf(t, func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(192, 0, 2, 1)} })
	}
	for name, s := range securedStores(t) {
		for what, c := range map[string]struct {
			made func(*testing.T) (string, tls.Certificate)
			text string
		}{
			"unknown authority": {strangers, "the data source's certificate is by an authority that is not trusted"},
			"expired":           {expired, "the data source's certificate has expired, or is not valid yet"},
			"wrong host":        {elsewhere, "the data source's certificate is for another host"},
			"wrong address":     {address, "the data source's certificate is for another host"},
		} {
			t.Run(name+"/"+what, func(t *testing.T) {
				t.Parallel()
				u, err := url.Parse(s.plain)
				if err != nil {
					t.Fatal(err)
				}
				ca, certificate := c.made(t)
				err = s.answered(t, s.secure(before(t, u.Host, &certificate).addr), ca)
				if fault.ClassOf(err) != fault.Permanent || fault.ReasonOf(err) != "source_config" || fault.SafeText(err) != c.text {
					t.Errorf("%s %s %q: %v", fault.ClassOf(err), fault.ReasonOf(err), fault.SafeText(err), err)
				}
			})
		}
	}
}

// What would leave out TLS, or its proof, is refused.
func TestNoWayAroundTLS(t *testing.T) {
	t.Parallel()
	ca, _ := authority(t)
	all := securedStores(t)
	for name, address := range map[string]string{"mongodb": "mongodb://127.0.0.1:1/?tls=true&tlsInsecure=true", "s3": "http://key:secret@127.0.0.1:1"} {
		if err := all[name].reached(t, address, ca); fault.ReasonOf(err) != "source_config" || fault.ClassOf(err) != fault.Permanent {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A wrong password is told as such, and no error has it.
func TestWrongPasswords(t *testing.T) {
	t.Parallel()
	for name, s := range securedStores(t) {
		if name == "mongodb" || name == "trino" || name == "http" {
			continue // these servers ask for none; the tests of the sources' own packages have some that do
		}
		u, err := url.Parse(s.plain)
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword(u.User.Username(), tlsPassword)
		err = s.reached(t, u.String(), "")
		if fault.ReasonOf(err) != "source_denied" || fault.ClassOf(err) != fault.Permanent || strings.Contains(fmt.Sprintf("%+v", err), tlsPassword) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
