package door

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/singleflight"
)

const (
	freshFor  = 10 * time.Minute // from then on a key set is read again, beside the requests
	staleFor  = 24 * time.Hour   // from then on keys are forgotten that could not be read again
	readPause = 30 * time.Second // between two readings for keys that are not in the set
	failPause = 5 * time.Second  // between two attempts while there is no set at all
	readLimit = 10 * time.Second
	mostKeys  = 64
	// shortestRSA is what RFC 7518 asks of RSA keys, in bits.
	shortestRSA = 2048
)

// errNoKeys says that there are no keys to check a token with, which is nobody's fault who sent one.
var errNoKeys = errors.New("the key set cannot be read")

// Source reads a key set (RFC 7517).
type Source func(ctx context.Context) ([]byte, error)

// keySet holds the keys of a source: read when they are first needed, again from time to time, and when a token names a key that is unknown. One
// reading is under way at a time, and whoever needs it waits for that one.
type keySet struct {
	source  Source
	reading singleflight.Group
	work    sync.WaitGroup
	ctx     context.Context // ends with close
	cancel  context.CancelFunc

	mu    sync.Mutex
	keys  []jose.JSONWebKey
	at    time.Time // of the reading that the keys are from
	tried time.Time // of the last attempt
}

func newKeySet(source Source) *keySet {
	s := &keySet{source: source}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

func (s *keySet) close() {
	s.cancel()
	s.work.Wait()
}

// find returns the keys that a token may be signed with: those of its kid, or the only one where it names none.
func (s *keySet) find(ctx context.Context, alg jose.SignatureAlgorithm, kid string) ([]any, error) {
	keys, at, tried := s.state()
	switch age := time.Since(at); {
	case age > staleFor && time.Since(tried) < failPause:
		return nil, errNoKeys
	case age > staleFor:
		if err := s.refresh(ctx); err != nil {
			return nil, fmt.Errorf("%w: %w", errNoKeys, err)
		}
		keys, _, tried = s.state()
	case age > freshFor && time.Since(tried) >= readPause:
		s.start() //nolint:contextcheck // the reading is everybody's, and ends with close
	}
	found, err := pick(keys, alg, kid)
	if err != nil && kid != "" && time.Since(tried) >= readPause {
		// A key that was made a moment ago. A failure is no more than that it is still unknown.
		if s.refresh(ctx) == nil {
			keys, _, _ = s.state()
			found, err = pick(keys, alg, kid)
		}
	}
	return found, err
}

func (s *keySet) state() (keys []jose.JSONWebKey, at, tried time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys, s.at, s.tried
}

// start reads the set, or joins a reading that is under way, and returns what tells its end.
func (s *keySet) start() <-chan singleflight.Result {
	s.work.Add(1)
	out := make(chan singleflight.Result, 1)
	from := s.reading.DoChan("", func() (any, error) { return nil, s.read() })
	go func() {
		defer s.work.Done()
		out <- <-from
	}()
	return out
}

// refresh reads the set and waits for it, or for ctx.
func (s *keySet) refresh(ctx context.Context) error {
	select {
	case done := <-s.start(): //nolint:contextcheck // the reading is everybody's, and ends with close
		return done.Err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *keySet) read() error {
	ctx, cancel := context.WithTimeout(s.ctx, readLimit)
	defer cancel()
	text, err := s.source(ctx)
	var keys []jose.JSONWebKey
	if err == nil {
		keys, err = parseKeys(text)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tried = time.Now()
	if err != nil {
		return fmt.Errorf("door: read the key set: %w", err)
	}
	s.keys, s.at = keys, s.tried
	return nil
}

// parseKeys returns the public keys of a set that sign. Others are left out, as RFC 7517 wants it: secrets in particular.
func parseKeys(text []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, errors.New("it is no JSON object with keys")
	}
	if len(set.Keys) > mostKeys {
		return nil, fmt.Errorf("it has more than %d keys", mostKeys)
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		if json.Unmarshal(raw, &key) != nil || key.Use != "" && key.Use != "sig" {
			continue
		}
		if public := key.Public(); public.Valid() && len(algorithmsOf(&public)) > 0 {
			keys = append(keys, public)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("it has no public key that signs")
	}
	return keys, nil
}

// pick returns the keys of a kid that an algorithm may be checked with.
func pick(keys []jose.JSONWebKey, alg jose.SignatureAlgorithm, kid string) ([]any, error) {
	if kid == "" && len(keys) > 1 {
		return nil, errors.New("the token names no key (kid), and there are several")
	}
	var found []any
	for i := range keys {
		if key := &keys[i]; (kid == "" || key.KeyID == kid) && slices.Contains(algorithmsOf(key), alg) {
			found = append(found, key.Key)
		}
	}
	if len(found) == 0 {
		return nil, errors.New("the token is signed by a key that is not known")
	}
	return found, nil
}

// algorithmsOf returns the algorithms that a public key may be used with: those of its kind, and of them the one that it names.
func algorithmsOf(key *jose.JSONWebKey) (algs []jose.SignatureAlgorithm) {
	switch k := key.Key.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() >= shortestRSA {
			algs = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512}
		}
	case *ecdsa.PublicKey:
		switch k.Curve.Params().BitSize {
		case 256:
			algs = []jose.SignatureAlgorithm{jose.ES256}
		case 384:
			algs = []jose.SignatureAlgorithm{jose.ES384}
		case 521:
			algs = []jose.SignatureAlgorithm{jose.ES512}
		}
	case ed25519.PublicKey:
		algs = []jose.SignatureAlgorithm{jose.EdDSA}
	}
	if named := jose.SignatureAlgorithm(key.Algorithm); named != "" {
		if !slices.Contains(algs, named) {
			return nil
		}
		return []jose.SignatureAlgorithm{named}
	}
	return algs
}

func publicAlgorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA}
}
