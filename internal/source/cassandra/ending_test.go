package cassandra_test

import (
	"context"
	"net"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/source/cassandra"
)

// requests is how many the server has had over the connections of a proxy, as the server counts them.
func (p *proxy) requests(t *testing.T) (n int64) {
	t.Helper()
	p.mu.Lock()
	ours := make(map[int]bool)
	for _, c := range p.conns {
		if at, ok := c.LocalAddr().(*net.TCPAddr); ok {
			ours[at.Port] = true
		}
	}
	p.mu.Unlock()
	s, _ := keyspace(t)
	it := s.Query("SELECT port, request_count FROM system_views.clients").IterContext(t.Context())
	var port int
	var count int64
	for it.Scan(&port, &count) {
		if ours[port] {
			n += count
		}
	}
	if err := it.Close(); err != nil {
		t.Fatal(err)
	}
	return n
}

// Cassandra cannot end a statement, but it is asked for no page more when the request has ended; its connections serve the next.
func TestACancelEndsTheReadingOnTheServer(t *testing.T) {
	t.Parallel()
	const pages = 320 // of 50 rows: 8 partitions of 2000
	relation := wide(t, 2000)
	at := address(t)
	p := before(t, at.Host)
	at.Host = p.Addr().String()
	for name, c := range map[string]struct {
		stop        int // after so many rows
		least, most int64
		class       fault.Class
	}{
		// Readers are ahead by what the channel between holds: eight batches of 256 rows each way, and the pages that are asked for.
		"canceled": {1000, 20, pages / 2, fault.Canceled},
		"read":     {0, pages, pages + 50, 0},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		s := opened(t, cassandra.Config{URL: at.String(), PageSize: 50, Parallel: 4, Connections: 1, Local: taking(func(_ context.Context, n int, _ []any) bool {
			if n == c.stop {
				cancel()
			}
			return true
		})})
		if err := s.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		asked := p.requests(t)
		_, err := s.Query(ctx, summed(relation))
		cancel()
		if c.stop > 0 && fault.ClassOf(err) != c.class || c.stop == 0 && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		// What was under way is answered before this is, on the one connection that there is.
		if err := s.Ping(t.Context()); err != nil {
			t.Errorf("%s: afterwards: %v", name, err)
		}
		n := p.requests(t) - asked
		t.Logf("%s: %d requests of %d pages", name, n, pages)
		if n < c.least || n > c.most {
			t.Errorf("%s: the server was asked %d times, not %d to %d", name, n, c.least, c.most)
		}
	}
}

// What answers in another way than Cassandra does is no data source that could be asked, and nobody waits for the rest of it.
func TestGarbage(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"another protocol":   "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
		"half a header":      "\x84\x00",
		"half an answer":     "\x84\x00\x00\x00\x06\x00\x00\x00\xffabc",
		"a length below 0":   "\x84\x00\x00\x00\x06\xff\xff\xff\xff",
		"a length of 2 GB":   "\x84\x00\x00\x00\x06\x7f\xff\xff\xff",
		"an unknown version": "\x8f\x00\x00\x00\x06\x00\x00\x00\x00",
		"another kind":       "\x84\x00\x00\x00\x63\x00\x00\x00\x00",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // ends with the test
			if err != nil {
				t.Fatal(err)
			}
			over := make(chan bool)
			go func() {
				defer close(over)
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					_, _ = c.Read(make([]byte, 64))
					_, _ = c.Write([]byte(text))
					_ = c.Close()
				}
			}()
			_, err = cassandra.Open(t.Context(), cassandra.Config{URL: "cassandra://u:swordfish@" + l.Addr().String()})
			if fault.ClassOf(err) != fault.Transient || fault.ReasonOf(err) != "source_unavailable" {
				t.Errorf("%v: %v", fault.ClassOf(err), err)
			}
			_ = l.Close()
			<-over
		})
	}
}
