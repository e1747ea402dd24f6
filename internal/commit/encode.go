package commit

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// appendArgs appends a submission as the script reads it.
func appendArgs(args []any, s *Submission) []any {
	due, member := "", ""
	if s.Requeue != nil {
		due = strconv.FormatInt(s.Requeue.At.UnixMilli(), 10)
		member = packFields(s.Entry, s.Requeue.Fields)
	}
	args = append(args, s.Entry, s.Request, flag(s.Marked), flag(s.Final), flag(s.Fresh), due, member, 0, len(s.Outputs))
	outputs := len(args)
	for i := range s.Outputs {
		o := &s.Outputs[i]
		args = append(args, o.Key, o.Note, 0, len(o.Ops))
		ops := len(args)
		for _, op := range o.Ops {
			args = appendOp(args, op)
		}
		args[ops-2] = len(args) - ops
	}
	// The script steps over what it does not write.
	args[outputs-2] = len(args) - outputs
	return args
}

func appendOp(args []any, op Op) []any {
	switch op := op.(type) {
	case Append:
		args = append(args, "x", op.Stream, op.MaxLen, len(op.Fields))
		for _, f := range op.Fields {
			args = append(args, f)
		}
	case SetField:
		args = append(args, "h", op.Key, op.Field, op.Value, op.TTL, op.CompleteAt, op.CompleteTTL)
	case CountFinished:
		args = append(args, "f", op.Key, op.CountField, op.StatusKey, op.DoneStatus, op.TTL)
	}
	return args
}

func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// packFields makes one byte-exact member of the delayed set: the entry's id, which makes it unique,
// and the fields, each with its length before it.
func packFields(entry string, fields []string) string {
	var b strings.Builder
	for _, f := range append([]string{entry}, fields...) {
		var n [binary.MaxVarintLen64]byte
		b.Write(n[:binary.PutUvarint(n[:], uint64(len(f)))])
		b.WriteString(f)
	}
	return b.String()
}

// UnpackFields reads a member of the delayed set: the entry that was put back, and its fields.
func UnpackFields(member string) (entry string, fields []string, err error) {
	rest := []byte(member)
	for len(rest) > 0 {
		size, n := binary.Uvarint(rest)
		if n <= 0 || size > uint64(len(rest)-n) {
			return "", nil, fmt.Errorf("commit: a delayed request is cut off after %d of %d bytes", len(member)-len(rest), len(member))
		}
		fields = append(fields, string(rest[n:n+int(size)]))
		rest = rest[n+int(size):]
	}
	if len(fields)%2 == 0 {
		return "", nil, fmt.Errorf("commit: a delayed request has a name without a value")
	}
	return fields[0], fields[1:], nil
}
