package stores

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"github.com/go-dispatcher/dispatcher/internal/app"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// line is a way to a server that a test makes bad, and that counts who uses it.
type line struct {
	proxy *toxiproxy.Proxy
	// made is how many connections there were, open how many there are.
	made, open atomic.Int64
	// cuts are the answers that end in their middle.
	cuts cuts
}

// through puts a line before a server, and returns it with the URL that leads through it.
func through(t *testing.T, address string) (*line, string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	zerolog.SetGlobalLevel(zerolog.Disabled) // some faults write to the logger of the whole process
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	l := &line{proxy: toxiproxy.NewProxy(server, "p", "127.0.0.1:0", u.Host)}
	if err := l.proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.proxy.Stop)
	u.Host = l.counting(t)
	return l, u.String()
}

// counting listens before the proxy, which does not tell how many connections it has.
func (l *line) counting(t *testing.T) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // ends with the test
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(func() { _ = listener.Close(); all.Wait() })
	all.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			l.made.Add(1)
			l.open.Add(1)
			all.Go(func() { defer l.open.Add(-1); l.relay(c) })
		}
	})
	return listener.Addr().String()
}

// relay carries bytes both ways until one side ends, and ends the other as it did: a reset stays one.
func (l *line) relay(c net.Conn) {
	defer func() { _ = c.Close() }()
	to, err := net.Dial("tcp", l.proxy.Listen) //nolint:noctx // on loopback
	if err != nil {
		return
	}
	defer func() { _ = to.Close() }()
	reset := func(err error, other net.Conn) {
		if tcp, ok := other.(*net.TCPConn); ok && err != nil {
			_ = tcp.SetLinger(0)
		}
		_ = other.Close()
	}
	var back sync.WaitGroup
	back.Go(func() { _, err := io.Copy(&cutter{Conn: c, cuts: &l.cuts}, to); reset(err, c) })
	_, err = io.Copy(to, c)
	reset(err, to)
	back.Wait()
}

// patience is what a busy machine may want for anything: no test waits longer than it has to.
const patience = 3 * time.Minute

// toxin is one way in which a network is bad.
type toxin struct {
	name, toxic string
	limit       time.Duration
	// atLeast is what it costs when it works: a fault that does nothing proves nothing.
	atLeast time.Duration
	// fails lists the classes that the error may be of; none: the answer comes.
	fails []fault.Class
}

func toxins() []toxin {
	return []toxin{
		{"latency", `{"name":"x","type":"latency","attributes":{"latency":80,"jitter":10}}`, patience, 70 * time.Millisecond, nil},
		{"bandwidth", `{"name":"x","type":"bandwidth","attributes":{"rate":1}}`, patience, 30 * time.Millisecond, nil},
		{"slices", `{"name":"x","type":"slicer","attributes":{"average_size":60,"size_variation":10,"delay":2000}}`, patience, 3 * time.Millisecond, nil},
		{"reset", `{"name":"x","type":"reset_peer","attributes":{"timeout":0}}`, patience, 0, []fault.Class{fault.Transient}},
		{"cut", `{"name":"x","type":"limit_data","attributes":{"bytes":20}}`, patience, 0, []fault.Class{fault.Transient}},
		{"silence", `{"name":"x","type":"timeout","attributes":{"timeout":0}}`, 700 * time.Millisecond, 0, []fault.Class{fault.Timeout, fault.Transient}},
	}
}

// Networks that are slow, cut answers off, reset connections or swallow everything cost an error of the right class, and
// nothing once they are well again.
//
//nolint:paralleltest // goroutines are counted
func TestFaultyNetworksCostClassifiedErrorsOnly(t *testing.T) {
	root, columns, rows := posts(t)
	for _, place := range []struct {
		name string
		put  func(t *testing.T) store
	}{
		{"mongodb", func(t *testing.T) store { t.Helper(); return inMongoDB(t, columns, rows) }},
		{"cassandra", func(t *testing.T) store { t.Helper(); return inCassandra(t, columns, rows) }},
		{"minio", func(t *testing.T) store { t.Helper(); return inBucket(t, testenv.MinIO(t), root) }},
		{"trino", func(t *testing.T) store { t.Helper(); return inLake(t, root, columns, rows) }},
	} {
		t.Run(place.name, func(t *testing.T) {
			s := place.put(t)
			var l *line
			l, s.url = through(t, s.url)
			if place.name == "mongodb" {
				s.url = testenv.Impatient(s.url, 3*time.Second)
			}
			before := goroutines()
			pages := opened(t, s, root)
			lab := &faultLab{pages: pages, src: pages.Snapshot().Engine.Sources["tested"]}
			lab.foundBack(t, "the start")
			for _, c := range toxins() {
				lab.suffer(t, l, &c)
			}
			if err := pages.Close(); err != nil {
				t.Error(err)
			}
			settles(t, "connections", 0, func() int { return int(l.open.Load()) })
			settles(t, "goroutines", before+3, goroutines)
		})
	}
}

// faultLab asks one source, another month each time, so that nothing of it is at hand.
type faultLab struct {
	pages *app.Pages
	src   source.Source
	month int
}

func (f *faultLab) ask(t *testing.T, limit time.Duration) error {
	t.Helper()
	f.month++
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	_, err := f.src.Query(ctx, total(t, f.pages, f.month))
	return err
}

// suffer asks over a bad network, and again over the mended one until an answer comes.
func (f *faultLab) suffer(t *testing.T, l *line, c *toxin) {
	t.Helper()
	if _, err := l.proxy.Toxics.AddToxicJson(strings.NewReader(c.toxic)); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	err := f.ask(t, c.limit)
	took := time.Since(begin)
	switch {
	case len(c.fails) == 0 && err != nil, len(c.fails) > 0 && !slices.Contains(c.fails, fault.ClassOf(err)):
		t.Errorf("%s: %v, %v", c.name, fault.ClassOf(err), err)
	case len(c.fails) == 0 && took < c.atLeast:
		t.Errorf("%s did nothing: the answer took %v", c.name, took)
	case len(c.fails) > 0 && !strings.HasPrefix(fault.ReasonOf(err), "source_"):
		t.Errorf("%s: reason %s", c.name, fault.ReasonOf(err))
	}
	if err := l.proxy.Toxics.RemoveToxic(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	f.foundBack(t, c.name)
}

// foundBack asks over a sound network until an answer comes.
func (f *faultLab) foundBack(t *testing.T, after string) {
	t.Helper()
	recovered, again := time.Now().Add(patience), time.NewTicker(50*time.Millisecond)
	defer again.Stop()
	err := f.ask(t, patience/6)
	for ; err != nil && time.Now().Before(recovered); err = f.ask(t, patience/6) {
		<-again.C // a breaker that is open answers at once
	}
	if err != nil {
		t.Fatalf("after %s: %v", after, err)
	}
}

// settles waits until a count is down to a bound.
func settles(t *testing.T, what string, bound int, count func() int) {
	t.Helper()
	end, again := time.Now().Add(patience), time.NewTicker(20*time.Millisecond)
	defer again.Stop()
	for count() > bound && time.Now().Before(end) {
		<-again.C
	}
	if n := count(); n > bound {
		buf := make([]byte, 1<<20)
		t.Errorf("%d %s are left, more than %d\n%s", n, what, bound, buf[:runtime.Stack(buf, true)])
	}
}

// goroutines counts those that run, without the proxy's: it leaves some of its own behind when it cuts a connection.
func goroutines() (n int) {
	buf := make([]byte, 4<<20)
	for stack := range bytes.SplitSeq(buf[:runtime.Stack(buf, true)], []byte("\n\n")) {
		if !bytes.Contains(stack, []byte("toxiproxy")) {
			n++
		}
	}
	return n
}

// total returns the query for the posts of a month of 2002, another one for each number.
func total(t *testing.T, pages *app.Pages, n int) *query.Query {
	t.Helper()
	s := pages.Snapshot()
	from := time.Date(2002, time.Month(1+n%12), 1+n/12, 0, 0, 0, 0, time.UTC)
	p, err := plan.Build(&models.Request{
		CompanyID: "1", StartDate: from.Format(time.DateOnly), EndDate: from.AddDate(0, 0, 20).Format(time.DateOnly), SelectedWidgets: []string{"total_posts"},
	}, s.Catalog.Pages["ResearchInsightsPage"], s.Catalog, time.Now())
	if err != nil || len(p.Widgets) != 1 || len(p.Widgets[0].Steps) == 0 {
		t.Fatal(fmt.Errorf("no plan: %w", err))
	}
	return p.Widgets[0].Steps[0].Query
}
