package chaos

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"
)

// wire is a way to Redis that reads what goes over it: one command at a time, and its reply. So a fault can hit exactly between two steps of a
// worker, as it stands between the worker and the only things that others can see of it. Nothing in the product knows of it.
type wire struct {
	Addr  string
	to    string
	named *scripts
	// at is called at each moment of each command; true cuts the connection there.
	at func(c command, m moment) (cut bool)

	all sync.WaitGroup
}

// moment is a point in the life of a command.
type moment int

const (
	// unsent: the worker has sent it, and the server has not got it.
	unsent moment = iota
	// unheard: the server has executed it, and the worker does not know.
	unheard
	// heard: the worker has the reply.
	heard
)

func (m moment) String() string { return [...]string{"before", "executed", "after"}[m] }

// command is what was asked.
type command struct {
	// name is the command's, or the step's that a script is.
	name string
	args []string
	// reply is what the server said, once it has.
	reply string
}

// about says whether the command is of a stream: its first key, or what it reads.
func (c command) about(stream string) bool {
	if c.name == "XREADGROUP" || c.name == "XREAD" {
		return c.args[len(c.args)-2] == stream
	}
	return len(c.args) > 3 && c.args[3] == stream
}

// moved says whether the command was of consequence: empty reads and claims of nothing are not.
func (c command) moved() bool {
	switch c.name {
	case "XREADGROUP", "XREAD":
		return len(c.reply) > len("*-1\r\n")
	case "claim":
		return !strings.Contains(c.reply, "*0\r\n")
	case "turn":
		return !strings.HasSuffix(c.reply, "*0\r\n")
	case "renew":
		return len(c.args) > 9 // ids follow
	case "release", "move":
		return c.reply == ":1\r\n"
	}
	return true
}

// scripts are the known scripts' names by the hash that calls them.
type scripts struct {
	mu     sync.Mutex
	byHash map[string]string
}

// tell are texts that only one of the product's scripts has.
//
//nolint:gochecknoglobals // a constant
var tell = [][2]string{
	{"shapeOf", "commit"}, {"local lease, foreign", "claim"}, {"local lost = {}", "renew"},
	{"10000000000", "release"}, {"DELCONSUMER", "remove"}, {"ZREM", "move"},
	{"RPUSH', prefix", "park"}, {"local idle, steps", "turn"},
}

// name names a command. A server without a script refuses the hash and is sent the text, which tells the hash's name.
func (s *scripts) name(args []string) string {
	name := strings.ToUpper(args[0])
	if len(args) < 2 {
		return name
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch name {
	case "EVAL":
		for _, t := range tell {
			if strings.Contains(args[1], t[0]) {
				if s.byHash == nil {
					s.byHash = map[string]string{}
				}
				s.byHash[redis.NewScript(args[1]).Hash()] = t[1]
				name = t[1]
			}
		}
	case "EVALSHA":
		if known := s.byHash[args[1]]; known != "" {
			name = known
		}
	}
	// The first submission of a batch says what kind it is: its flags are the first word of its shape.
	const shape = 16
	if name == "commit" && len(args) > shape {
		switch flags, ops, _ := strings.Cut(args[shape], " "); {
		case strings.Contains(flags, "w"):
			return "withdrawn"
		case strings.HasSuffix(ops, " w"):
			return "withdraw"
		case !strings.Contains(flags, "f"):
			return "progress"
		case strings.Contains(flags, "e"):
			return "pass"
		}
	}
	return name
}

// newWire listens until the test ends. Wires to one server share the scripts that it knows.
func newWire(t testing.TB, to string, named *scripts, at func(c command, m moment) (cut bool)) *wire {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(context.WithoutCancel(t.Context()), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{Addr: l.Addr().String(), to: to, named: named, at: at}
	w.all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			w.all.Go(func() { w.carry(c) })
		}
	})
	t.Cleanup(func() { _ = l.Close() }) // connections end with their workers
	return w
}

// carry serves one connection.
func (w *wire) carry(client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", w.to)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	asks, replies := bufio.NewReader(client), bufio.NewReader(server)
	for {
		raw, args, err := readCommand(asks)
		if err != nil {
			return
		}
		c := command{name: w.named.name(args), args: args}
		if w.at(c, unsent) {
			return
		}
		if _, err := server.Write(raw); err != nil {
			return
		}
		reply, err := readReply(replies, nil)
		if err != nil {
			return
		}
		c.reply = string(reply)
		if w.at(c, unheard) {
			return
		}
		if _, err := client.Write(reply); err != nil {
			return
		}
		if w.at(c, heard) {
			return
		}
	}
}

// readCommand reads one command: an array of texts.
func readCommand(r *bufio.Reader) (raw []byte, args []string, err error) {
	raw, n, err := readHead(r, nil)
	if err != nil {
		return nil, nil, err
	}
	if raw[0] != '*' || n < 1 {
		return nil, nil, fmt.Errorf("not a command: %q", raw)
	}
	for range n {
		from := len(raw)
		if raw, err = readReply(r, raw); err != nil {
			return nil, nil, err
		}
		_, text, _ := strings.Cut(string(raw[from:len(raw)-2]), "\r\n")
		args = append(args, text)
	}
	return raw, args, nil
}

// readReply reads one value of RESP2 and appends it to raw.
func readReply(r *bufio.Reader, raw []byte) ([]byte, error) {
	from := len(raw)
	raw, n, err := readHead(r, raw)
	if err != nil {
		return nil, err
	}
	switch raw[from] {
	case '$':
		if n >= 0 {
			at := len(raw)
			raw = append(raw, make([]byte, n+2)...)
			if _, err := io.ReadFull(r, raw[at:]); err != nil {
				return nil, err
			}
		}
	case '*':
		for range max(n, 0) {
			if raw, err = readReply(r, raw); err != nil {
				return nil, err
			}
		}
	}
	return raw, nil
}

// readHead reads a value's first line and, where it has one, its size.
func readHead(r *bufio.Reader, raw []byte) (_ []byte, size int, err error) {
	line, err := r.ReadBytes('\n')
	if err != nil {
		return nil, 0, err
	}
	if len(line) < 3 {
		return nil, 0, fmt.Errorf("not RESP: %q", line)
	}
	if line[0] == '$' || line[0] == '*' {
		if size, err = strconv.Atoi(string(line[1 : len(line)-2])); err != nil {
			return nil, 0, err
		}
	}
	return append(raw, line...), size, nil
}
