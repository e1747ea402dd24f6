package commit

import (
	"fmt"
	"slices"
	"strconv"
)

// encoder writes submissions as the script reads them: commit.lua describes shapes and arguments.
type encoder struct {
	args  []any
	shape []byte
	// last is the shape of the run that goes on, from the argument run, and length how many submissions it has.
	last        string
	run, length int
}

func (e *encoder) submission(s *Submission) {
	e.shape = e.shape[:0]
	for _, f := range [...]struct {
		set  bool
		flag byte
	}{{s.Final, 'f'}, {s.Fresh, 'n'}, {s.Marked, 'm'}, {s.Request != s.Entry, 'i'}, {s.Requeue != nil, 'q'}, {s.Gone, 't'}, {s.Elsewhere, 'e'}, {s.Withdrawn, 'w'}} {
		if f.set {
			e.shape = append(e.shape, f.flag)
		}
	}
	if len(e.shape) == 0 {
		e.shape = append(e.shape, '-')
	}
	at := len(e.args)
	e.args = append(e.args, &s.Entry)
	if s.Request != s.Entry {
		e.add(s.Request)
	}
	if s.Requeue != nil {
		e.add(s.Requeue.At.UnixMilli(), packFields(s.Entry, s.Requeue.Fields))
	}
	// What is written in one piece with the end of its request needs no ledger.
	single := s.Final && s.Fresh && s.Requeue == nil && len(s.Outputs) == 1 && len(s.Outputs[0].Ops) == 1 && s.Outputs[0].Unless == nil
	for i := range s.Outputs {
		o := &s.Outputs[i]
		if o.Key == "" || single {
			e.shape = append(e.shape, " u"...)
		} else {
			e.shape = append(e.shape, " k"...)
			e.add(o.Key, o.Note)
		}
		if o.Unless != nil {
			e.unless(o.Unless, words(o.Ops))
		}
		for _, op := range o.Ops {
			e.op(op)
		}
		if o.Unless != nil {
			for _, op := range o.Unless.Else {
				e.op(op)
			}
		}
	}
	if e.length > 0 && e.last == string(e.shape) {
		e.length++
		return
	}
	e.close()
	e.last, e.run, e.length = string(e.shape), at, 1
	e.args = slices.Insert(e.args, at, any(e.last), nil)
}

// close ends a run.
func (e *encoder) close() {
	if e.length > 0 {
		e.args[e.run+1] = e.length
	}
}

// words is how many writes of the script some ops are.
func words(ops []Op) int {
	n := len(ops)
	for _, op := range ops {
		if a, ok := op.(Append); ok && a.TTL > 0 {
			n++
		}
	}
	return n
}

// unless begins the ops that are written where none of the keys is there.
func (e *encoder) unless(u *Unless, ops int) {
	e.shape = strconv.AppendInt(append(e.shape, " g"...), int64(len(u.Keys)), 10)
	e.shape = strconv.AppendInt(append(e.shape, ','), int64(ops), 10)
	e.add(u.Value, max(1, u.TTL.Milliseconds()))
	for _, key := range u.Keys {
		e.add(key)
	}
}

func (e *encoder) add(args ...any) { e.args = append(e.args, args...) }

func (e *encoder) op(op Op) {
	switch op := op.(type) {
	case Append:
		e.appendTo(op)
		if op.TTL > 0 {
			e.shape = strconv.AppendInt(append(e.shape, " t"...), op.TTL, 10)
			e.add(op.Stream)
		}
	case Queue:
		n := NamesOf(op.Stream)
		e.shape = strconv.AppendInt(append(e.shape, " l"...), int64(len(op.Fields)/2), 10)
		e.add(op.Stream, n.Turns, n.Line(op.Key), n.Waiting, op.Key)
		e.fields(op.Fields)
	case Pass:
		n := NamesOf(op.Stream)
		e.shape = append(e.shape, " p"...)
		e.add(op.Stream, n.Turns, n.Line(op.Key), n.Waiting, op.Key, op.Turn)
	case SetField:
		e.shape = append(e.shape, " h"...)
		e.add(op.Key, op.Field, op.Value, op.TTL, op.CompleteAt, op.CompleteTTL)
	case CountFinished:
		e.shape = strconv.AppendInt(append(e.shape, " c"...), op.Least, 10)
		e.add(op.Key, op.CountField, op.StatusKey, op.DoneStatus, op.TTL)
	case Withdraw:
		n := NamesOf(op.Stream)
		e.shape = append(e.shape, " w"...)
		e.add(n.Marks, n.Withdrawn, op.Request, string(op.As), seconds(op.For), MostWithdrawn)
	case Round:
		e.shape = append(e.shape, " r"...)
		e.add(op.Key, op.Holder, flag(op.First), op.TTL)
		if op.Next == nil {
			e.add("", "")
		} else {
			e.add(op.Next.At.UnixMilli(), packFields(op.Holder, op.Next.Fields))
		}
	}
}

func (e *encoder) appendTo(op Append) {
	e.add(op.Stream)
	before := len(e.shape)
	e.shape = strconv.AppendInt(append(e.shape, " x"...), op.MaxLen, 10)
	for i := 0; i+1 < len(op.Fields); i += 2 {
		if name := op.Fields[i]; isWord(name) {
			e.shape = append(append(e.shape, ','), name...)
			continue
		}
		// A name that came from outside travels as an argument, and the others with it.
		e.shape = strconv.AppendInt(append(e.shape[:before], " X"...), op.MaxLen, 10)
		e.shape = strconv.AppendInt(append(e.shape, ','), int64(len(op.Fields)/2), 10)
		e.fields(op.Fields)
		return
	}
	for i := 1; i < len(op.Fields); i += 2 {
		e.args = append(e.args, &op.Fields[i])
	}
}

// fields adds names and values: a pointer is no copy in the heap.
func (e *encoder) fields(fields []string) {
	for i := range fields {
		e.args = append(e.args, &fields[i])
	}
}

// isWord says whether a name can stand in a shape.
func isWord(name string) bool {
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return name != ""
}

func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// packFields makes one byte-exact member of the delayed set: the entry's id, which makes it unique, and the fields.
func packFields(entry string, fields []string) string {
	return pack(append([]string{entry}, fields...))
}

// UnpackFields reads a member of the delayed set: the entry that was put back, and its fields.
func UnpackFields(member string) (entry string, fields []string, err error) {
	fields, err = unpack(member)
	if err != nil {
		return "", nil, err
	}
	if len(fields)%2 == 0 {
		return "", nil, fmt.Errorf("commit: a delayed request has a name without a value")
	}
	return fields[0], fields[1:], nil
}
