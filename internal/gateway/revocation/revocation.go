package revocation

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// Usual is how long a revocation lasts of which nobody says when its tokens end.
	Usual = 366 * 24 * time.Hour
	// Longest is how long any may last.
	Longest = 10 * Usual
	// Most is how many there may be at a time: each gateway has all of them in memory.
	Most = 100_000
	// longestName bounds a name and the reason.
	longestName = 512
)

//go:embed add.lua
var addSource string

// Revocation says which tokens are not taken any more: those that have all of what it names.
type Revocation struct {
	// ID is given by Add.
	ID string `json:"id"`
	// TokenID is a token's jti; Subject its sub; Tenant its tenant. At least one is said.
	TokenID string `json:"token_id,omitempty"`
	Subject string `json:"subject,omitempty"`
	Tenant  string `json:"tenant,omitempty"`
	// IssuedBefore leaves out tokens whose iat is not before it. It counts where no TokenID is said; a token without iat was issued before any moment.
	IssuedBefore time.Time `json:"issued_before"`
	// ExpiresAt is when the last of the tokens ends by itself: the revocation is forgotten then.
	ExpiresAt time.Time `json:"expires_at"`
	// At is when it was revoked, By by whom, and Why is said to whoever wonders.
	At  time.Time `json:"at"`
	By  string    `json:"by"`
	Why string    `json:"why"`
}

// Key is the stream of revocations that belongs to an input stream, and shares its slot on a cluster.
func Key(input string) string { return input + ":revoked" }

// ErrInvalid is why a revocation cannot be; ErrTooMany that there are so many already.
var (
	ErrInvalid = errors.New("revocation: cannot be")
	ErrTooMany = fmt.Errorf("revocation: there are %d already: rotate the keys of tokens instead", Most)
)

// Check fills in what is left out at a moment, and says what is wrong with the rest.
func (r *Revocation) Check(now time.Time) error {
	if r.TokenID == "" && r.Subject == "" && r.Tenant == "" {
		return fmt.Errorf("%w: it names no token_id, subject or tenant", ErrInvalid)
	}
	for _, text := range []string{r.TokenID, r.Subject, r.Tenant, r.By, r.Why} {
		if len(text) > longestName || strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f }) {
			return fmt.Errorf("%w: a text is longer than %d bytes, or has control characters", ErrInvalid, longestName)
		}
	}
	r.At = now.UTC().Truncate(time.Millisecond)
	if r.IssuedBefore.IsZero() {
		// iat is in whole seconds: a token of the same second may be one of before.
		r.IssuedBefore = now.Truncate(time.Second).Add(time.Second)
	}
	if r.ExpiresAt.IsZero() {
		r.ExpiresAt = now.Add(Usual)
	}
	r.IssuedBefore, r.ExpiresAt = wholeSecond(r.IssuedBefore), wholeSecond(r.ExpiresAt)
	switch {
	case !r.ExpiresAt.After(now) || r.ExpiresAt.After(now.Add(Longest)):
		return fmt.Errorf("%w: expires_at is not within the next ten years", ErrInvalid)
	case r.IssuedBefore.After(now.Add(24*time.Hour)) || r.IssuedBefore.Unix() < 0:
		return fmt.Errorf("%w: issued_before is more than a day from now, or before 1970", ErrInvalid)
	}
	return nil
}

// wholeSecond is the first one that is not before a moment.
func wholeSecond(at time.Time) time.Time {
	if whole := at.UTC().Truncate(time.Second); whole.Before(at) {
		return whole.Add(time.Second)
	}
	return at.UTC()
}

// Add revokes. It takes those off the stream that have ended.
func Add(ctx context.Context, rdb redis.UniversalClient, key string, r Revocation) (Revocation, error) {
	if err := r.Check(time.Now()); err != nil {
		return Revocation{}, err
	}
	if err := prune(ctx, rdb, key); err != nil {
		return Revocation{}, err
	}
	// The stream goes when the last one has ended; a minute more is for clocks that differ.
	lasts := time.Until(r.ExpiresAt) + time.Minute
	id, err := redis.NewScript(addSource).Run(ctx, rdb, []string{key}, append([]any{int64(lasts/time.Second) + 1, Most}, r.fields()...)...).Text()
	switch {
	case errors.Is(err, redis.Nil):
		return Revocation{}, ErrTooMany
	case err != nil:
		return Revocation{}, fmt.Errorf("revocation: add: %w", err)
	}
	r.ID = id
	return r, nil
}

// prune deletes what has ended. An entry never changes: nobody else's is taken off.
func prune(ctx context.Context, rdb redis.UniversalClient, key string) error {
	list, err := after(ctx, rdb, key, "")
	if err != nil {
		return err
	}
	now := time.Now()
	var ended []string
	for _, r := range list {
		if !r.ExpiresAt.After(now) {
			ended = append(ended, r.ID)
		}
	}
	for some := range slices.Chunk(ended, page) {
		if err := rdb.XDel(ctx, key, some...).Err(); err != nil {
			return fmt.Errorf("revocation: forget those that have ended: %w", err)
		}
	}
	return nil
}

// page is how many entries are read at a time.
const page = 1000

// pageLimit bounds how long one of them takes, so that a Redis that hangs does not hold back the next look.
const pageLimit = 2 * time.Second

// Counting returns the revocations of which tokens would not have ended yet, the newest first.
func Counting(ctx context.Context, rdb redis.UniversalClient, key string) ([]Revocation, error) {
	list, err := after(ctx, rdb, key, "")
	if err != nil {
		return nil, err
	}
	now := time.Now()
	list = slices.DeleteFunc(list, func(r Revocation) bool { return !r.ExpiresAt.After(now) })
	slices.Reverse(list)
	return list, nil
}

// after returns those behind an entry in the order in which they were made; behind none, all.
func after(ctx context.Context, rdb redis.UniversalClient, key, id string) (list []Revocation, err error) {
	for {
		from := "-"
		if id != "" {
			from = "(" + id
		}
		entries, err := readPage(ctx, rdb, key, from)
		if err != nil {
			return nil, fmt.Errorf("revocation: read: %w", err)
		}
		for _, e := range entries {
			list = append(list, read(e))
			id = e.ID
		}
		if len(entries) < page {
			return list, nil
		}
	}
}

// readPage reads so many entries that Redis is not held up. The limit is a page's: to read all takes as long as there is.
func readPage(ctx context.Context, rdb redis.UniversalClient, key, from string) ([]redis.XMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, pageLimit)
	defer cancel()
	return rdb.XRangeN(ctx, key, from, "+", page).Result()
}

func (r *Revocation) fields() []any {
	return []any{
		"token_id", r.TokenID, "subject", r.Subject, "tenant", r.Tenant, "issued_before", r.IssuedBefore.Unix(), "expires_at", r.ExpiresAt.Unix(), "by", r.By, "why", r.Why, "at", r.At.UnixMilli(),
	}
}

// read makes a revocation of an entry. What somebody else has put there names nobody, and ends nothing.
func read(e redis.XMessage) Revocation {
	text := func(name string) string { s, _ := e.Values[name].(string); return s }
	number := func(name string) int64 { n, _ := strconv.ParseInt(text(name), 10, 64); return n }
	return Revocation{
		ID: e.ID, TokenID: text("token_id"), Subject: text("subject"), Tenant: text("tenant"), By: text("by"), Why: text("why"),
		IssuedBefore: time.Unix(number("issued_before"), 0).UTC(), ExpiresAt: time.Unix(number("expires_at"), 0).UTC(), At: time.UnixMilli(number("at")).UTC(),
	}
}
