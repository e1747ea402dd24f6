package events

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// writer is where a stream's frames go.
type writer interface {
	// until gives the client time for what is written next. A deadline that lasts nearly as long as that, but for slack, may stay.
	until(at time.Time, slack time.Duration)
	// add takes a frame, which must not change before flush has returned; flush writes what was added.
	add(frame []byte) error
	flush() error
}

// answer writes through net/http.
type answer struct {
	w        http.ResponseWriter
	control  *http.ResponseController
	deadline time.Time
}

func (a *answer) until(at time.Time, slack time.Duration) {
	if at.Sub(a.deadline) > slack {
		a.deadline = at
		_ = a.control.SetWriteDeadline(at) // where there is no such thing, the server's own limit ends it
	}
}

func (a *answer) add(frame []byte) error {
	_, err := a.w.Write(frame)
	return err
}

func (a *answer) flush() error { return a.control.Flush() }

// direct writes to the connection: frames that many are sent are copied nowhere in this process.
type direct struct {
	conn     net.Conn
	deadline time.Time
	frame    []byte       // the only one
	list     *net.Buffers // of all, where there are more
	lists    *sync.Pool
}

func (d *direct) until(at time.Time, slack time.Duration) {
	if at.Sub(d.deadline) > slack {
		d.deadline = at
		_ = d.conn.SetWriteDeadline(at) // a connection without deadlines is closed, and says so when it is written to
	}
}

func (d *direct) add(frame []byte) error {
	switch {
	case d.list != nil:
		*d.list = append(*d.list, frame)
	case d.frame == nil:
		d.frame = frame
	default:
		if d.list, _ = d.lists.Get().(*net.Buffers); d.list == nil {
			d.list = new(net.Buffers)
		}
		*d.list = append((*d.list)[:0], d.frame, frame)
	}
	return nil
}

func (d *direct) flush() error {
	if d.list == nil {
		frame := d.frame
		d.frame = nil
		if frame == nil {
			return nil
		}
		_, err := d.conn.Write(frame)
		return err
	}
	list, left := d.list, *d.list // WriteTo takes off what it has written
	d.frame, d.list = nil, nil
	_, err := left.WriteTo(d.conn)
	clear(*list)
	*list = (*list)[:0]
	d.lists.Put(list)
	return err
}
