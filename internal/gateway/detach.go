package gateway

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"
)

const (
	// lingerFor is how long a client may take to close its side after an answer's end, lingerMost what it may send until then: a connection that is closed
	// with something unread is reset, which can cost the client the end of the answer.
	lingerFor  = 500 * time.Millisecond
	lingerMost = 256 << 10
)

// Conn is the connection of an answer that goes on without net/http.
type Conn struct {
	net.Conn
	// Chunked says that the answer's body is a sequence of chunks (RFC 9112, 7.1), which whoever writes it makes; its last one is written by the server. Otherwise
	// the body ends with the connection.
	Chunked bool

	watching sync.WaitGroup
	// more says that the client has sent something behind its request.
	more bool
}

// detached are the connections that answers have for themselves.
type detached struct {
	log *slog.Logger
	ctx context.Context //nolint:containedctx // of all that run, as http.Server.BaseContext is
	cut context.CancelFunc

	mu     sync.Mutex
	closed bool
	conns  map[*Conn]struct{}
	all    sync.WaitGroup
}

type detachedKey struct{}

func newDetached(ctx context.Context, log *slog.Logger) *detached {
	d := &detached{log: log, conns: make(map[*Conn]struct{})}
	d.ctx, d.cut = context.WithCancel(context.WithoutCancel(ctx))
	return d
}

// Detach has run go on with an answer after its handler has returned, on the connection alone: an answer without an end then keeps neither net/http's buffers,
// nor the request, nor a stack that has once been deep. It writes what is left of the head first. The connection is closed when run returns; the context ends
// when the client is gone, or has to be.
//
// False says that this is not possible, as with HTTP/2, whose connection is for many, or where the server stops: the handler goes on itself. After true it
// returns without touching the answer again.
func Detach(w http.ResponseWriter, r *http.Request, run func(ctx context.Context, c *Conn)) bool {
	d, ok := r.Context().Value(detachedKey{}).(*detached)
	if !ok || r.ProtoMajor != 1 {
		return false
	}
	control := http.NewResponseController(w)
	if control.Flush() != nil {
		return false
	}
	c := &Conn{Chunked: r.ProtoAtLeast(1, 1)}
	if !d.enter(c) {
		return false
	}
	conn, buffered, err := control.Hijack()
	if err != nil {
		d.leave(c)
		return false
	}
	d.mu.Lock()
	c.Conn, c.more = conn, buffered.Reader.Buffered() > 0
	d.mu.Unlock()
	go d.serve(c, run) // drain waits for it
	return true
}

func (d *detached) enter(c *Conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return false
	}
	d.conns[c] = struct{}{}
	d.all.Add(1)
	return true
}

func (d *detached) leave(c *Conn) {
	d.mu.Lock()
	delete(d.conns, c)
	d.mu.Unlock()
	d.all.Done()
}

// serve runs an answer to its end.
func (d *detached) serve(c *Conn, run func(context.Context, *Conn)) {
	defer d.leave(c)
	defer c.watching.Wait()
	defer func() { _ = c.Close() }()
	ctx, cancel := context.WithCancel(d.ctx)
	defer cancel()
	if !c.more {
		c.watching.Go(func() { c.watch(cancel) })
	}
	defer func() {
		if p := recover(); p != nil {
			d.log.LogAttrs(ctx, slog.LevelError, "an answer panicked", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
		}
	}()
	run(ctx, c)
	if ctx.Err() == nil {
		c.finish()
	}
}

// watch waits for the client's end. One that sends more is not listened to any further, as net/http does with a request behind one that is being answered:
// its end is noticed where something is written.
func (c *Conn) watch(gone context.CancelFunc) {
	var one [1]byte
	if n, _ := c.Read(one[:]); n > 0 {
		c.more = true
		return
	}
	gone()
}

// finish ends the body, and gives the client time to close first.
func (c *Conn) finish() {
	if c.Chunked {
		if _, err := io.WriteString(c, "0\r\n\r\n"); err != nil {
			return
		}
	}
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	_ = c.SetReadDeadline(time.Now().Add(lingerFor))
	c.watching.Wait()
	if c.more {
		_, _ = io.CopyN(io.Discard, c, lingerMost)
	}
}

// close takes no more connections; drain waits for those that there are, and cuts off what is left when ctx ends.
func (d *detached) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
}

func (d *detached) drain(ctx context.Context) {
	done := make(chan struct{})
	go func() { d.all.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		d.mu.Lock()
		d.log.LogAttrs(ctx, slog.LevelWarn, "some streams were cut off by the stop", slog.Int("streams", len(d.conns)))
		for c := range d.conns {
			if c.Conn != nil { // else it is being taken over, and finds its context ended
				_ = c.Close()
			}
		}
		d.mu.Unlock()
	}
	d.cut()
	<-done
}
