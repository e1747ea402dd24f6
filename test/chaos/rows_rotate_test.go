package chaos

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// rotateRows replace what workers prove themselves with.
func rotateRows() []row {
	return []row{{
		matrix: "31", name: "rotate", fault: "authority, certificates and password are replaced in load, and all connections are cut; what was replaced is refused then; SIGHUP", short: true,
		few: 600, many: 10_000, how: mix{millis: 3, passing: 3}, harm: rotate,
	}}
}

const workerUser = "worker"

// rotate gives a Redis over TLS another authority, both sides other certificates and the workers another password, in the order in which operators do.
func rotate(s *site) {
	rounds := 2
	if full() {
		rounds = 10
	}
	v := newVault(s)
	names := []string{"w0", "w1"}
	ports := s.startCounted(names...)
	s.load(time.Duration(rounds) * 2500 * time.Millisecond)
	for n := range rounds {
		s.eventually("requests in work", func() (bool, string) { return s.pending() > 0 || s.ledger.done(), "none" })
		v.rotate(fmt.Sprint("authority ", n+1))
		for _, name := range names {
			s.workers[name].Signal(s.t, syscall.SIGHUP)
			s.eventually(name+" has read its files again", func() (bool, string) {
				got := s.counter(ports[name], "dispatcher_catalog_reloads_total", `"ok"`)
				return got > n, fmt.Sprint(got)
			})
			s.eventually(name+" works", func() (bool, string) { return s.holds(name) > 0 || s.ledger.done(), s.workers[name].Tail() })
		}
	}
	for _, name := range names {
		printed := s.workers[name].Output()
		for _, trouble := range []string{"WRONGPASS", "NOAUTH", "unknown authority", "bad certificate", "certificate required"} {
			if strings.Contains(printed, trouble) {
				s.t.Errorf("%s was refused: %s", name, trouble)
			}
		}
	}
	s.verdict.note("%d times all was replaced, %d times a worker met files that did not fit together", rounds, v.unfit())
}

// vault is what workers are given to prove themselves with: files that are replaced.
type vault struct {
	s         *site
	dir       string
	secured   string // the server's address for TLS
	authority *testenv.Authority
	password  string
	replaced  int
}

// newVault has the row's Redis speak TLS beside its other port, and the workers use that one.
func newVault(s *site) *vault {
	s.t.Helper()
	port := testenv.FreePort(s.t)
	v := &vault{s: s, dir: s.t.TempDir(), secured: "127.0.0.1:" + port, authority: issued(s, "authority 0"), password: "password 0"}
	a := v.authority
	v.do("CONFIG", "SET", "tls-cert-file", a.File("server"), "tls-key-file", a.File("server-key"), "tls-ca-cert-file", a.File("ca"), "tls-auth-clients", "yes", "tls-port", port)
	v.do("ACL", "SETUSER", workerUser, "on", ">"+v.password, "~*", "&*", "+@all")
	v.put("ca", v.read(a.File("ca")))
	v.put("client", v.read(a.File("client")))
	v.put("client-key", v.read(a.File("client-key")))
	v.put("password", []byte(v.password+"\n"))
	s.env = slices.Concat(s.env, at(v.secured), []string{
		"APP_REDIS_TLS=true", "APP_REDIS_TLS_CA_FILE=" + v.file("ca"), "APP_REDIS_TLS_CERT_FILE=" + v.file("client"), "APP_REDIS_TLS_KEY_FILE=" + v.file("client-key"),
		"APP_REDIS_USERNAME=" + workerUser, "APP_REDIS_PASSWORD_FILE=" + v.file("password"),
	})
	return v
}

// issued makes an authority with a certificate for each side.
func issued(s *site, name string) *testenv.Authority {
	s.t.Helper()
	a := testenv.NewAuthority(s.t, name)
	a.Issue(s.t, "server")
	a.Issue(s.t, "client")
	return a
}

// rotate replaces everything. Each side learns to trust the new before the other one shows it, and forgets the old last.
func (v *vault) rotate(name string) {
	s, old, next := v.s, v.authority, issued(v.s, name)
	s.t.Helper()
	both := append(v.read(old.File("ca")), v.read(next.File("ca"))...)
	v.put("ca", both)
	v.put("both", both)
	v.do("CONFIG", "SET", "tls-ca-cert-file", v.file("both"))
	unfit := v.unfit()
	v.put("client", v.read(next.File("client")))
	v.cut() // who connects now finds a certificate whose key is not there yet
	s.eventually("a worker has met it", func() (bool, string) { n := v.unfit(); return n > unfit, fmt.Sprint(n) })
	v.put("client-key", v.read(next.File("client-key")))
	v.do("CONFIG", "SET", "tls-cert-file", next.File("server"), "tls-key-file", next.File("server-key"))
	before := v.password
	v.replaced++
	v.password = fmt.Sprint("password ", v.replaced)
	v.do("ACL", "SETUSER", workerUser, ">"+v.password)
	v.put("password", []byte(v.password+"\n"))
	v.cut()
	v.proved() // who connects at this moment may have read what is about to be taken away
	v.do("ACL", "SETUSER", workerUser, "<"+before)
	v.do("CONFIG", "SET", "tls-ca-cert-file", next.File("ca"))
	v.put("ca", v.read(next.File("ca")))
	v.authority = next
	v.cut()
	if err := v.ask(next, v.password); err != nil {
		s.t.Errorf("what is new is refused: %v", err)
	}
	if err := v.ask(next, before); err == nil || !strings.Contains(err.Error(), "WRONGPASS") {
		s.t.Errorf("the password that was replaced: %v", err)
	}
	if err := v.ask(old, v.password); err == nil {
		s.t.Error("the certificate that was replaced is taken")
	}
}

// unfit is how often workers have met files that do not fit together.
func (v *vault) unfit() (n int) {
	for _, p := range v.s.workers {
		n += strings.Count(p.Output(), "stays in use")
	}
	return n
}

// cut ends all connections of the workers, which make new ones.
func (v *vault) cut() {
	v.s.t.Helper()
	var killed int64
	v.s.eventually("connections to cut", func() (bool, string) {
		var err error
		killed, err = v.s.rdb.ClientKillByFilter(v.s.t.Context(), "USER", workerUser).Result()
		return killed > 0, fmt.Sprint(err)
	})
	v.s.fired(int(killed))
}

// proved waits until nobody is connecting any more of those who are now. Redis knows a connection before its certificate and its password are read.
func (v *vault) proved() {
	v.s.t.Helper()
	connecting := v.connecting()
	v.s.eventually("those who connect are through", func() (bool, string) {
		now := v.connecting()
		connecting = slices.DeleteFunc(connecting, func(id string) bool { return !slices.Contains(now, id) })
		return len(connecting) == 0, fmt.Sprint(connecting)
	})
}

// connecting lists the connections over TLS that have not given the workers' password yet.
func (v *vault) connecting() (ids []string) {
	v.s.t.Helper()
	all, err := v.s.rdb.ClientList(v.s.t.Context()).Result()
	if err != nil {
		v.s.t.Fatal(err)
	}
	for line := range strings.Lines(all) {
		fields := strings.Fields(line)
		if slices.Contains(fields, "laddr="+v.secured) && !slices.Contains(fields, "user="+workerUser) {
			ids = append(ids, fields[0])
		}
	}
	return ids
}

// ask connects with a certificate and a password.
func (v *vault) ask(by *testenv.Authority, password string) error {
	v.s.t.Helper()
	cert, err := tls.LoadX509KeyPair(by.File("client"), by.File("client-key"))
	if err != nil {
		v.s.t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(v.read(v.authority.File("ca")))
	rdb := redis.NewClient(patient(redis.Options{
		Addr: v.secured, Username: workerUser, Password: password,
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool, Certificates: []tls.Certificate{cert}},
	}))
	defer func() { _ = rdb.Close() }()
	return rdb.Ping(v.s.t.Context()).Err()
}

func (v *vault) file(name string) string { return filepath.Join(v.dir, name) }

// put replaces a file in one step, as operators' tools do.
func (v *vault) put(name string, text []byte) {
	v.s.t.Helper()
	next := v.file(name + ".next")
	if err := os.WriteFile(next, text, 0o600); err != nil {
		v.s.t.Fatal(err)
	}
	if err := os.Rename(next, v.file(name)); err != nil {
		v.s.t.Fatal(err)
	}
}

func (v *vault) read(file string) []byte {
	v.s.t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		v.s.t.Fatal(err)
	}
	return text
}

func (v *vault) do(args ...any) {
	v.s.t.Helper()
	if err := v.s.rdb.Do(v.s.t.Context(), args...).Err(); err != nil {
		v.s.t.Fatalf("%v: %v", args, err)
	}
}
