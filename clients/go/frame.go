package client

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
)

// frame is one event as text/event-stream has it.
type frame struct {
	event, id string
	data      []byte
}

// frames reads a stream of them.
type frames struct{ lines *bufio.Scanner }

// longestLine bounds a line: a message of a page.
const longestLine = 64 << 20

var errTooLong = errors.New("client: an event is longer than 64 MiB")

func newFrames(r io.Reader) *frames {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 64<<10), longestLine)
	s.Split(lines)
	return &frames{lines: s}
}

// next returns the next frame that has data. One that is cut off by the stream's end is none.
func (f *frames) next() (frame, error) {
	var out frame
	for f.lines.Scan() {
		line := f.lines.Text()
		if line == "" {
			if out.data != nil {
				out.data = bytes.TrimSuffix(out.data, []byte("\n"))
				return out, nil
			}
			out = frame{}
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "event":
			out.event = value
		case "id":
			out.id = value
		case "data":
			out.data = append(append(out.data, value...), '\n')
		}
	}
	if err := f.lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return frame{}, errTooLong
	} else if err != nil {
		return frame{}, err
	}
	return frame{}, io.EOF
}

// lines splits at CR LF, LF or CR.
func lines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	i := bytes.IndexAny(data, "\r\n")
	switch {
	case i < 0:
		return 0, nil, nil // a line without an end is none
	case data[i] == '\n':
		return i + 1, data[:i], nil
	case i+1 < len(data) && data[i+1] == '\n':
		return i + 2, data[:i], nil
	case i+1 < len(data) || atEOF:
		return i + 1, data[:i], nil
	}
	return 0, nil, nil // whether it is CR or CR LF, the next byte tells
}

// position is an id, EPOCH.MS-SEQ, taken apart.
func position(id string) (epoch string, ms, seq uint64, ok bool) {
	at := strings.LastIndexByte(id, '.')
	if at < 0 {
		return "", 0, 0, false
	}
	left, right, _ := strings.Cut(id[at+1:], "-")
	ms, err := strconv.ParseUint(left, 10, 64)
	if err != nil {
		return "", 0, 0, false
	}
	if seq, err = strconv.ParseUint(right, 10, 64); err != nil {
		return "", 0, 0, false
	}
	return id[:at], ms, seq, true
}

// seen says that an id is not after another one of its epoch.
func seen(after, id string) bool {
	epoch, ms, seq, ok := position(after)
	e, m, s, also := position(id)
	return ok && also && e == epoch && (m < ms || m == ms && s <= seq)
}

// later is the id to go on from: the second, unless it is before the first.
func later(after, id string) string {
	if id == "" || seen(after, id) {
		return after
	}
	return id
}
