package mongodb_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/mongodb"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// The wire protocol's kinds of message.
const (
	opReply   = 1
	opQuery   = 2004
	opMessage = 2013
)

// scripted is a server of the wire protocol that answers as a test says: what no healthy server can be brought to say.
type scripted struct {
	address string
	hello   func(address string) bson.D // what it is, besides what any server is
	answer  func(command bson.Raw) bson.D
	// silent, when set, is closed at the first aggregation, which is never answered; left then tells that its connection was closed.
	silent, left chan bool
	mu           sync.Mutex
	asked        []bson.Raw // aggregations
}

func (s *scripted) start(t *testing.T) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = listener.Addr().String()
	var wg sync.WaitGroup
	var conns sync.Map
	t.Cleanup(func() {
		_ = listener.Close()
		conns.Range(func(c, _ any) bool { _ = c.(net.Conn).Close(); return true })
		wg.Wait()
	})
	wg.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			conns.Store(c, true)
			wg.Go(func() { s.serve(c) })
		}
	})
}

func (s *scripted) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	for {
		var head [16]byte
		if _, err := io.ReadFull(c, head[:]); err != nil {
			return
		}
		body := make([]byte, binary.LittleEndian.Uint32(head[:])-16)
		if _, err := io.ReadFull(c, body); err != nil {
			return
		}
		var command bson.Raw
		var before []byte // what stands before the answer's document
		kind := uint32(opMessage)
		if binary.LittleEndian.Uint32(head[12:]) == opQuery {
			name := strings.IndexByte(string(body[4:]), 0)
			command, kind, before = body[4+name+1+8:], opReply, make([]byte, 20)
			before[16] = 1 // one document
		} else {
			command, before = body[5:], make([]byte, 5)
		}
		answer := s.reply(c, command)
		if answer == nil {
			return // as a member that stops
		}
		document, err := bson.Marshal(answer)
		if err != nil {
			return
		}
		out := binary.LittleEndian.AppendUint32(nil, uint32(16+len(before)+len(document)))
		out = append(out, 0, 0, 0, 0)
		out = append(out, head[4:8]...)
		out = binary.LittleEndian.AppendUint32(out, kind)
		if _, err := c.Write(append(append(out, before...), document...)); err != nil {
			return
		}
	}
}

func (s *scripted) reply(c net.Conn, command bson.Raw) bson.D {
	elements, err := command.Elements()
	if err != nil {
		return nil
	}
	switch strings.ToLower(elements[0].Key()) {
	case "hello", "ismaster":
		return append(bson.D{
			{Key: "ok", Value: 1}, {Key: "helloOk", Value: true}, {Key: "maxBsonObjectSize", Value: 16 << 20},
			{Key: "maxMessageSizeBytes", Value: 48 << 20}, {Key: "maxWriteBatchSize", Value: 1000}, {Key: "minWireVersion", Value: 0}, {Key: "maxWireVersion", Value: 21},
		}, s.hello(s.address)...)
	case "aggregate":
		s.mu.Lock()
		s.asked = append(s.asked, command)
		s.mu.Unlock()
		if s.silent != nil {
			close(s.silent)
			_, _ = c.Read(make([]byte, 1)) // until the other side hangs up
			s.left <- true
			return nil
		}
	}
	return s.answer(command)
}

func (s *scripted) times() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked)
}

func (s *scripted) source(t *testing.T, options string, change func(*mongodb.Config)) *mongodb.Source {
	t.Helper()
	return opened(t, func(c *mongodb.Config) {
		c.URL = strings.Replace(options, "HOST", s.address, 1)
		if change != nil {
			change(c)
		}
	})
}

// one is the answer of a server that has counted.
func one() bson.D {
	return bson.D{{Key: "ok", Value: 1}, {Key: "cursor", Value: bson.D{
		{Key: "id", Value: int64(0)}, {Key: "ns", Value: "d.c"}, {Key: "firstBatch", Value: bson.A{bson.D{{Key: "c0", Value: 7}}}},
	}}}
}

func failed(code int) bson.D {
	return bson.D{{Key: "ok", Value: 0}, {Key: "code", Value: code}, {Key: "codeName", Value: "Scripted"}, {Key: "errmsg", Value: "scripted"}}
}

func counting() *query.Query {
	return &query.Query{Dataset: "d", Relation: query.Relation{Table: "c"}, MaxRows: 10, Measures: []query.Measure{{Name: "n", Agg: query.Count}}}
}

func writable(string) bson.D { return bson.D{{Key: "isWritablePrimary", Value: true}} }

func TestErrorsOfTheServerAreClassified(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]struct {
		class  fault.Class
		reason string
		asked  int
	}{
		10107: {fault.Transient, "source_unavailable", 2}, // not primary
		11600: {fault.Transient, "source_unavailable", 2}, // shutting down
		189:   {fault.Transient, "source_unavailable", 2}, // stepped down
		43:    {fault.Transient, "source_unavailable", 2}, // cursor not found
		50:    {fault.Timeout, "source_timeout", 1},
		13:    {fault.Permanent, "source_denied", 1},
		18:    {fault.Permanent, "source_denied", 1},
		146:   {fault.Permanent, "source_limit", 1}, // one accumulator
		292:   {fault.Permanent, "source_limit", 1}, // without the disk
		10334: {fault.Permanent, "source_limit", 1}, // one document
		40324: {fault.Permanent, "source_error", 1}, // no such stage
		9:     {fault.Permanent, "source_error", 1},
	} {
		server := &scripted{hello: writable, answer: func(bson.Raw) bson.D { return failed(code) }}
		server.start(t)
		s := server.source(t, "mongodb://HOST/", nil)
		_, err := s.Query(t.Context(), counting())
		if fault.ClassOf(err) != want.class || fault.ReasonOf(err) != want.reason {
			t.Errorf("code %d: %v", code, err)
		}
		if n := server.times(); n != want.asked {
			t.Errorf("code %d: asked %d times, want %d", code, n, want.asked)
		}
	}
}

func TestCredentialsThatAreRefused(t *testing.T) {
	t.Parallel()
	const secret = "swordfish"
	server := &scripted{hello: func(address string) bson.D {
		return append(writable(address), bson.E{Key: "saslSupportedMechs", Value: bson.A{"SCRAM-SHA-256"}})
	}, answer: func(bson.Raw) bson.D { return failed(18) }}
	server.start(t)
	s := server.source(t, "mongodb://user:"+secret+"@HOST/", nil)
	_, err := s.Query(t.Context(), counting())
	if fault.ReasonOf(err) != "source_denied" || strings.Contains(err.Error(), secret) {
		t.Error(err)
	}
	if native, err := s.Explain(t.Context(), counting()); err != nil || strings.Contains(strings.Join(native.Notes, " "), secret) {
		t.Errorf("%v %q", err, native.Notes)
	}
}

// A connection of the pool that died unnoticed costs nobody a widget.
func TestAskedAgainAfterALostConnection(t *testing.T) {
	t.Parallel()
	var lost atomic.Bool
	server := &scripted{hello: writable, answer: func(bson.Raw) bson.D {
		if lost.CompareAndSwap(false, true) {
			return nil
		}
		return one()
	}}
	server.start(t)
	r, err := server.source(t, "mongodb://HOST/", nil).Query(t.Context(), counting())
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := r.Frame.At(0).Int(0); n != 7 {
		t.Errorf("%d", n)
	}
}

// A server takes a command with a field twice for a mistake.
func TestCommandNamesItsTimeOnce(t *testing.T) {
	t.Parallel()
	server := &scripted{hello: writable, answer: func(bson.Raw) bson.D { return one() }}
	server.start(t)
	limited, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	for name, c := range map[string]struct {
		ctx     context.Context //nolint:containedctx // a case of this table
		timeout time.Duration
		url     string
		want    int
	}{
		"no bound":               {t.Context(), 0, "mongodb://HOST/", 0},
		"the request's deadline": {limited, 0, "mongodb://HOST/", 1},
		"the source's own":       {t.Context(), 2 * time.Minute, "mongodb://HOST/", 1},
		"both":                   {limited, 2 * time.Minute, "mongodb://HOST/", 1},
		"the URL's":              {limited, 0, "mongodb://HOST/?timeoutMS=120000", 1},
	} {
		s := server.source(t, c.url, func(cfg *mongodb.Config) { cfg.Timeout, cfg.AllowDiskUse = c.timeout, true })
		if _, err := s.Query(c.ctx, counting()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		fields := make(map[string]int)
		elements, err := server.asked[len(server.asked)-1].Elements()
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range elements {
			fields[e.Key()]++
			if ms, ok := e.Value().AsInt64OK(); e.Key() == "maxTimeMS" && (!ok || ms < 1 || ms > 180_000) {
				t.Errorf("%s: %d ms", name, ms)
			}
		}
		if fields["maxTimeMS"] != c.want || fields["allowDiskUse"] != 1 {
			t.Errorf("%s: %v", name, fields)
		}
	}
}

// A secondary is asked where the catalog or the URL allows it, and only there.
func TestReadPreference(t *testing.T) {
	t.Parallel()
	server := &scripted{answer: func(bson.Raw) bson.D { return one() }, hello: func(address string) bson.D {
		return bson.D{
			{Key: "setName", Value: "rs"}, {Key: "setVersion", Value: 1}, {Key: "secondary", Value: true}, {Key: "isWritablePrimary", Value: false},
			{Key: "hosts", Value: bson.A{address}}, {Key: "me", Value: address},
		}
	}}
	server.start(t)
	for name, c := range map[string]struct {
		options, preference string
		want                bool
	}{
		"primary":                           {"", "", false},
		"the catalog's":                     {"", "secondaryPreferred", true},
		"the URL's":                         {"&readPreference=secondary", "", true},
		"the catalog's wins over the URL's": {"&readPreference=secondary", "primary", false},
	} {
		patience := 300 // ms, for what never comes
		if c.want {
			patience = 60_000
		}
		s := server.source(t, fmt.Sprintf("mongodb://HOST/?replicaSet=rs&serverSelectionTimeoutMS=%d%s", patience, c.options), func(cfg *mongodb.Config) { cfg.ReadPreference = c.preference })
		_, err := s.Query(t.Context(), counting())
		if (err == nil) != c.want || err != nil && fault.ClassOf(err) != fault.Transient {
			t.Errorf("%s: %v", name, err)
		}
		if err := s.Ping(t.Context()); (err == nil) != c.want {
			t.Errorf("%s: ping: %v", name, err)
		}
	}
	if _, err := mongodb.Open(t.Context(), mongodb.Config{URL: "mongodb://host/", ReadPreference: "nearby"}); fault.ReasonOf(err) != "source_config" {
		t.Errorf("a preference that there is not: %v", err)
	}
}

// A server ends what runs for a connection that is closed, so that is what a request's end has to do.
func TestCancelClosesTheConnection(t *testing.T) {
	t.Parallel()
	server := &scripted{hello: writable, silent: make(chan bool), left: make(chan bool, 1)}
	server.start(t)
	s := server.source(t, "mongodb://HOST/", nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		<-server.silent
		cancel()
	}()
	if _, err := s.Query(ctx, counting()); fault.ClassOf(err) != fault.Canceled {
		t.Errorf("%v", err)
	}
	select {
	case <-server.left:
	case <-time.After(time.Minute):
		t.Error("the connection stays open")
	}
}

// What is not read to its end is ended on the server.
func TestCursorThatIsNotReadOnIsKilled(t *testing.T) {
	t.Parallel()
	var killed atomic.Bool
	server := &scripted{hello: writable, answer: func(command bson.Raw) bson.D {
		if _, err := command.LookupErr("killCursors"); err == nil {
			killed.Store(true)
			return bson.D{{Key: "ok", Value: 1}}
		}
		return bson.D{{Key: "ok", Value: 1}, {Key: "cursor", Value: bson.D{
			{Key: "id", Value: int64(42)}, {Key: "ns", Value: "d.c"}, {Key: "firstBatch", Value: bson.A{bson.D{{Key: "c0", Value: 1}}, bson.D{{Key: "c0", Value: 2}}}},
		}}}
	}}
	server.start(t)
	q := selecting(of("n", query.Int))
	q.MaxRows, q.Relation.Table = 1, "c"
	s := server.source(t, "mongodb://HOST/", nil)
	testenv.Eventually(t, time.Minute, "a cursor is killed", func() (bool, string) { // it is tried for a while only, which a busy machine may miss
		got := told(t, s, q)
		if got != "[1]…" {
			t.Error(got)
		}
		return killed.Load(), got
	})
}
