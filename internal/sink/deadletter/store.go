package deadletter

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// ReplayedField is the field of an input entry that came back from the dead letters; its value is the dead letter's id.
// Such a request is not checked for its age again, and is a request of its own: what it sends is not
// held against what it sent before.
const ReplayedField = "replayed"

// ErrNotFound says that no dead letter has the id.
var ErrNotFound = errors.New("no dead letter has this id")

// Stored is a dead letter as it is kept.
type Stored struct {
	ID string `json:"id"`
	// Fields are all fields, as written, and those that were folded.
	Fields map[string]string `json:"fields"`
}

// Reason returns the letter's reason.
func (s *Stored) Reason() string { return s.Fields["reason"] }

// Filter picks dead letters; empty fields match all.
type Filter struct {
	Reason, Event, RoutingKey string
	// Since and Until bound when they were written, by the server's clock; both may be zero.
	Since, Until time.Time
}

func (f *Filter) match(s *Stored) bool {
	return (f.Reason == "" || f.Reason == s.Fields["reason"]) &&
		(f.Event == "" || f.Event == s.Fields["eventName"]) &&
		(f.RoutingKey == "" || f.RoutingKey == s.Fields["routing_key"])
}

// Store reads the dead letters and puts them back.
type Store struct {
	Redis redis.Cmdable
	// Stream is the rejected stream; Input the request stream, for letters that name none.
	Stream, Input string
}

// pageSize is how many entries one read takes: dead letters may be as large as requests.
const pageSize = 100

// Each calls visit for every dead letter that f matches, oldest first, until visit returns false.
func (s *Store) Each(ctx context.Context, f Filter, visit func(*Stored) (more bool, err error)) error {
	from := "-"
	if !f.Since.IsZero() {
		from = fmt.Sprintf("%d-0", f.Since.UnixMilli())
	}
	to := "+"
	if !f.Until.IsZero() {
		to = strconv.FormatInt(f.Until.UnixMilli(), 10) // with all entries of that millisecond
	}
	for {
		page, err := s.Redis.XRangeN(ctx, s.Stream, from, to, pageSize).Result()
		if err != nil {
			return fmt.Errorf("deadletter: read %s: %w", s.Stream, err)
		}
		for i := range page {
			letter := stored(&page[i])
			if !f.match(letter) {
				continue
			}
			if more, err := visit(letter); err != nil || !more {
				return err
			}
		}
		if len(page) < pageSize {
			return nil
		}
		from = "(" + page[len(page)-1].ID
	}
}

// Newest calls visit for dead letters that f matches, newest first, from before the given id on (empty for all), until visit returns false or so many were
// looked at. next is the id before which to go on, empty where there is nothing left.
func (s *Store) Newest(ctx context.Context, f Filter, before string, most int, visit func(*Stored) (more bool)) (next string, err error) {
	from, to := "+", "-"
	if !f.Until.IsZero() {
		from = strconv.FormatInt(f.Until.UnixMilli(), 10)
	}
	if before != "" && (f.Until.IsZero() || commit.Before(before, from+"-0")) {
		from = "(" + before
	}
	if !f.Since.IsZero() {
		to = fmt.Sprintf("%d-0", f.Since.UnixMilli())
	}
	for looked := 0; ; {
		page, err := s.Redis.XRevRangeN(ctx, s.Stream, from, to, pageSize).Result()
		if err != nil {
			return "", fmt.Errorf("deadletter: read %s: %w", s.Stream, err)
		}
		for i := range page {
			letter := stored(&page[i])
			looked++
			if more := !f.match(letter) || visit(letter); !more || looked >= most {
				return letter.ID, nil
			}
		}
		if len(page) < pageSize {
			return "", nil
		}
		from = "(" + page[len(page)-1].ID
	}
}

// Get returns the dead letter of the given id, or ErrNotFound.
func (s *Store) Get(ctx context.Context, id string) (*Stored, error) {
	found, err := s.Redis.XRange(ctx, s.Stream, id, id).Result()
	if err != nil {
		return nil, fmt.Errorf("deadletter: read %s: %w", id, err)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: %w", id, ErrNotFound)
	}
	return stored(&found[0]), nil
}

// Purge deletes a dead letter.
func (s *Store) Purge(ctx context.Context, letter *Stored) error {
	if err := s.Redis.XDel(ctx, s.Stream, letter.ID).Err(); err != nil {
		return fmt.Errorf("deadletter: purge %s: %w", letter.ID, err)
	}
	return nil
}

// Replay puts a dead letter back on the stream that it came from and removes the dead letter, in one
// step: a replay that is interrupted happened or did not, and one that is repeated finds nothing.
func (s *Store) Replay(ctx context.Context, letter *Stored) (entry string, err error) {
	fields := []string{ReplayedField, letter.ID}
	if payload := letter.Fields["payload"]; payload != "" || !hasOriginals(letter) {
		fields = append(fields, "payload", payload)
	}
	for name, value := range letter.Fields {
		if original, ok := strings.CutPrefix(name, originalPrefix); ok && original != ReplayedField {
			fields = append(fields, original, value)
		}
	}
	args := []any{letter.ID}
	for _, f := range commit.Fold(fields) {
		args = append(args, f)
	}
	to := s.Input
	if from := letter.Fields["stream"]; from != "" {
		to = from
	}
	if _, cluster := s.Redis.(*redis.ClusterClient); cluster && commit.Slot(s.Stream) != commit.Slot(to) {
		return s.replayApart(ctx, letter, to, args[1:])
	}
	entry, err = replay.Run(ctx, s.Redis, []string{s.Stream, to}, args...).Text()
	if errors.Is(err, redis.Nil) {
		return "", fmt.Errorf("%s: %w", letter.ID, ErrNotFound)
	}
	if err != nil {
		return "", fmt.Errorf("deadletter: replay %s: %w", letter.ID, err)
	}
	return entry, nil
}

// replayedLasts is how long it is known that a letter was put back, for a replay that was interrupted before the letter was removed.
const replayedLasts = 24 * time.Hour

// replayApart puts a letter back on a stream in another slot of a cluster: first that, once, then the letter goes.
func (s *Store) replayApart(ctx context.Context, letter *Stored, to string, fields []any) (entry string, err error) {
	mark := commit.Beside(to, "replayed:"+s.Stream+":"+letter.ID)
	args := append([]any{int64(replayedLasts / time.Second)}, fields...)
	entry, err = replayOnce.Run(ctx, s.Redis, []string{to, mark}, args...).Text()
	if err != nil {
		return "", fmt.Errorf("deadletter: replay %s: %w", letter.ID, err)
	}
	if err := s.Redis.XDel(ctx, s.Stream, letter.ID).Err(); err != nil {
		return "", fmt.Errorf("deadletter: %s was put back and is not removed; replay it again, which only removes it: %w", letter.ID, err)
	}
	return entry, nil
}

//nolint:gochecknoglobals // a compiled script is a constant
var replayOnce = redis.NewScript(`
local entry = redis.call('GET', KEYS[2])
if entry then return entry end
entry = redis.call('XADD', KEYS[1], '*', unpack(ARGV, 2))
redis.call('SET', KEYS[2], entry, 'EX', ARGV[1])
return entry`)

func hasOriginals(letter *Stored) bool {
	for name := range letter.Fields {
		if strings.HasPrefix(name, originalPrefix) {
			return true
		}
	}
	return false
}

//nolint:gochecknoglobals // a compiled script is a constant
var replay = redis.NewScript(`
if #redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1]) == 0 then return false end
local id = redis.call('XADD', KEYS[2], '*', unpack(ARGV, 2))
redis.call('XDEL', KEYS[1], ARGV[1])
return id`)

func stored(m *redis.XMessage) *Stored {
	s := &Stored{ID: m.ID, Fields: make(map[string]string, len(m.Values))}
	for name, value := range m.Values {
		text, _ := value.(string)
		fields := commit.Unfold([]string{name, text})
		for i := 0; i+1 < len(fields); i += 2 {
			s.Fields[fields[i]] = fields[i+1]
		}
	}
	return s
}
