package cassandra_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/cassandra"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// proxy stands before the server, and can go away.
type proxy struct {
	net.Listener
	mu    sync.Mutex
	conns []net.Conn
	held  bool
}

func before(t *testing.T, server string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Listener: l}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", server)
			if err != nil {
				_ = in.Close()
				continue
			}
			p.mu.Lock()
			p.conns = append(p.conns, in, out)
			p.mu.Unlock()
			running.Go(func() { _, _ = io.Copy(out, in) })
			running.Go(func() { p.copy(in, out) })
		}
	})
	t.Cleanup(func() { p.down(); running.Wait() })
	return p
}

// copy hands on what the server answers, unless answers are held.
func (p *proxy) copy(to io.Writer, from io.Reader) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		p.mu.Lock()
		held := p.held
		p.mu.Unlock()
		if !held {
			_, _ = to.Write(buffer[:n])
		}
	}
}

func (p *proxy) hold() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = true
}

func (p *proxy) down() {
	_ = p.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		_ = c.Close()
	}
}

func address(t *testing.T) *url.URL {
	t.Helper()
	at, err := url.Parse(testenv.Cassandra(t))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestServerDown(t *testing.T) {
	t.Parallel()
	relation := wide(t, 10)
	at := address(t)
	p := before(t, at.Host)
	at.Host = p.Addr().String()
	s := opened(t, cassandra.Config{URL: at.String(), Timeout: 10 * time.Second})
	if r, err := s.Query(t.Context(), summed(relation)); err != nil || r.Stats.Scanned != 80 {
		t.Fatal(r, err)
	}
	p.down()
	for range 2 {
		if _, err := s.Query(t.Context(), summed(relation)); fault.ClassOf(err) != fault.Transient || fault.ReasonOf(err) != "source_unavailable" {
			t.Errorf("a query: %v", err)
		}
	}
	if err := s.Ping(t.Context()); fault.ClassOf(err) != fault.Transient {
		t.Errorf("a ping: %v", err)
	}
	if _, err := cassandra.Open(t.Context(), cassandra.Config{URL: at.String(), Timeout: 5 * time.Second}); fault.ClassOf(err) != fault.Transient || fault.ReasonOf(err) != "source_unavailable" {
		t.Errorf("open: %v", err)
	}
}

// A server that takes requests and answers none.
func TestServerHangs(t *testing.T) {
	t.Parallel()
	relation := wide(t, 10)
	at := address(t)
	p := before(t, at.Host)
	at.Host = p.Addr().String()
	// The timeout bounds the start of the connection too, which a busy machine wants seconds for.
	s := opened(t, cassandra.Config{URL: at.String(), Timeout: 8 * time.Second})
	p.hold()
	late, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := s.Query(late, summed(relation)); fault.ClassOf(err) != fault.Timeout || fault.ReasonOf(err) != "source_timeout" {
		t.Errorf("past the deadline: %v", err)
	}
	gone, stop := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, stop)
	if _, err := s.Query(gone, summed(relation)); fault.ClassOf(err) != fault.Canceled {
		t.Errorf("after a cancel: %v", err)
	}
	if _, err := s.Query(t.Context(), summed(relation)); fault.ClassOf(err) != fault.Transient || fault.ReasonOf(err) != "source_unavailable" {
		t.Errorf("past the source's own timeout: %v", err)
	}
	opening, over := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer over()
	// An Open that waits for the source's own timeout instead ends as transient.
	if _, err := cassandra.Open(opening, cassandra.Config{URL: at.String(), Timeout: time.Minute}); fault.ClassOf(err) != fault.Timeout {
		t.Errorf("opened past the deadline: %v", err)
	}
}

func TestErrorsOfTheServer(t *testing.T) {
	t.Parallel()
	const password = "open-sesame-42"
	at := address(t)
	at.User = url.UserPassword("cassandra", password)
	for _, u := range []string{at.String(), "cassandra://" + at.Host} {
		_, err := cassandra.Open(t.Context(), cassandra.Config{URL: u})
		if fault.ClassOf(err) != fault.Permanent || fault.ReasonOf(err) != "source_denied" || strings.Contains(err.Error(), password) {
			t.Errorf("a wrong password: %v", err)
		}
	}
	relation := wide(t, 1)
	s := opened(t, cassandra.Config{})
	lacking := relation
	lacking.Table = "nothing"
	other := summed(relation)
	other.Measures[0].Field.Column = "nothing"
	typed := summed(relation)
	typed.Groups[0].Field = query.Field{Column: "amount", Type: query.Bool}
	merged := summed(relation)
	merged.Groups, merged.Measures[0].Field.Column = nil, "kind"
	half := summed(relation)
	half.Relation.Partition = &query.Partition{Keys: relation.Partition.Keys[:1]}
	for name, q := range map[string]*query.Query{"no table": summed(lacking), "no column": other, "another type": typed, "no number": merged, "half a key": half} {
		if _, err := s.Query(t.Context(), q); fault.ClassOf(err) != fault.Permanent || fault.ReasonOf(err) != "source_schema" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Describe(t.Context(), lacking); fault.ReasonOf(err) != "source_schema" {
		t.Errorf("describe: %v", err)
	}
}

func TestDataCenter(t *testing.T) {
	t.Parallel()
	relation := wide(t, 1)
	s := opened(t, cassandra.Config{URL: testenv.Cassandra(t) + "?dc=datacenter1", Consistency: "one"})
	if r, err := s.Query(t.Context(), summed(relation)); err != nil || r.Stats.Scanned != 8 {
		t.Error(r, err)
	}
	// A dataset may ask for more than its source: two replicas of a keyspace that has one are not there.
	quorum, two := summed(relation), summed(relation)
	quorum.Relation.Consistency, two.Relation.Consistency = "LOCAL_QUORUM", "TWO"
	if r, err := s.Query(t.Context(), quorum); err != nil || r.Stats.Scanned != 8 {
		t.Error(r, err)
	}
	if _, err := s.Query(t.Context(), two); fault.ClassOf(err) != fault.Transient || !strings.Contains(err.Error(), "TWO") {
		t.Errorf("two replicas of one: %v", err)
	}
	if _, err := cassandra.Open(t.Context(), cassandra.Config{URL: testenv.Cassandra(t) + "?dc=elsewhere"}); fault.ClassOf(err) != fault.Transient {
		t.Errorf("a data center without a node: %v", err)
	}
}

func TestClasses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    error
		class  fault.Class
		reason string
	}{
		{gocql.ErrNoConnections, fault.Transient, "source_unavailable"},
		{gocql.ErrNoStreams, fault.Throttled, "source_unavailable"},
		{&net.OpError{Op: "read", Err: errors.New("reset")}, fault.Transient, "source_unavailable"},
		{answer(gocql.ErrCodeOverloaded), fault.Throttled, "source_unavailable"},
		{answer(gocql.ErrCodeReadTimeout), fault.Transient, "source_unavailable"},
		{answer(gocql.ErrCodeUnavailable), fault.Transient, "source_unavailable"},
		{answer(gocql.ErrCodeReadFailure), fault.Transient, "source_unavailable"},
		{answer(gocql.ErrCodeUnauthorized), fault.Permanent, "source_denied"},
		{answer(gocql.ErrCodeInvalid), fault.Permanent, "source_schema"},
		{answer(gocql.ErrCodeSyntax), fault.Permanent, "source_error"},
		{context.Canceled, fault.Canceled, "canceled"},
		{context.DeadlineExceeded, fault.Timeout, "source_timeout"},
		{gocql.MarshalError("no"), fault.Permanent, "source_error"},
	} {
		err := cassandra.Classify(fmt.Errorf("cassandra: query: %w", c.err))
		if fault.ClassOf(err) != c.class || fault.ReasonOf(err) != c.reason || !errors.Is(err, c.err) {
			t.Errorf("%v: %s %s, want %s %s", c.err, fault.ClassOf(err), fault.ReasonOf(err), c.class, c.reason)
		}
	}
}

// An error that the end of a request causes is told as that.
func TestTheContextIsTheCause(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := cassandra.Ended(ctx, io.EOF); fault.ClassOf(err) != fault.Canceled || !strings.Contains(err.Error(), "EOF") {
		t.Error(err)
	}
	if err := cassandra.Ended(ctx, nil); err != nil {
		t.Error(err)
	}
}

// answer is an error of the server with a code.
type answer int

func (a answer) Code() int       { return int(a) }
func (a answer) Message() string { return fmt.Sprintf("code %#x", int(a)) }
func (a answer) Error() string   { return a.Message() }

func TestURLAsksForTLS(t *testing.T) {
	t.Parallel()
	for parameters, want := range map[string]bool{"": false, "?dc=west": false, "?tls=false": false, "?tls=": false, "?tls=true": true, "?dc=west&tls=true": true} {
		if secure, err := cassandra.Secure("cassandra://u:p@h" + parameters); err != nil || secure != want {
			t.Errorf("%q: %v, %v", parameters, secure, err)
		}
	}
}

func TestURL(t *testing.T) {
	t.Parallel()
	hosts, others, err := cassandra.Parse("cassandra://u:p%40:x@y@h1:9042, h2:9043,[::1]:9042/ks?dc=west")
	if err != nil || !slices.Equal(hosts, []string{"h1:9042", "h2:9043", "[::1]:9042"}) || others != "u p@:x@y ks west" {
		t.Error(hosts, others, err)
	}
	for _, bad := range []string{"", "http://h", "cassandra://u:secret@", "cassandra://u:secret%zz@h", "cassandra://u:secret@h?x=1", "cassandra://u:secret@h?%zz", "cassandra://u:secret@h?tls=maybe", "cassandra://u:secret@h?tls=TRUE"} {
		_, err := cassandra.Open(t.Context(), cassandra.Config{URL: bad})
		if err == nil || fault.ClassOf(err) != fault.Permanent || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if _, err := cassandra.Open(t.Context(), cassandra.Config{URL: "cassandra://h", Consistency: "most"}); fault.ClassOf(err) != fault.Permanent {
		t.Error(err)
	}
}

// Nodes that the driver finds are asked at the URL's port where they do not tell their own.
func TestPort(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"cassandra://h": 9042, "cassandra://h:9142": 9142, "cassandra://h1:9142,h2:9142,[::1]:9142/ks": 9142,
		"cassandra://h1:9142,h2:9143": 9042, "cassandra://h1:9142,h2": 9042, "cassandra://[::1]": 9042,
	} {
		if port, err := cassandra.Port(text); err != nil || port != want {
			t.Errorf("%s: %d, want %d, %v", text, port, want, err)
		}
	}
}
