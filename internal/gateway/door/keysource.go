package door

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
)

// longestKeySet bounds a key set, in bytes.
const longestKeySet = 1 << 20

// KeysAt reads a key set from an address. Redirects are not followed: what is configured is what is trusted.
func KeysAt(address string) Source {
	client := &http.Client{
		Timeout:       readLimit,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return func(ctx context.Context) ([]byte, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
		if err != nil {
			return nil, errors.New("its address is none")
		}
		req.Header.Set("Accept", "application/jwk-set+json, application/json")
		res, err := client.Do(req)
		if err != nil {
			return nil, errors.New("its server does not answer")
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("its server answers %d", res.StatusCode)
		}
		return limited(res.Body)
	}
}

// KeysIn reads a key set from a file.
func KeysIn(path string) Source {
	return func(context.Context) ([]byte, error) {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		return limited(file)
	}
}

func limited(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, longestKeySet+1))
	if err == nil && len(text) > longestKeySet {
		err = fmt.Errorf("it is longer than %d bytes", longestKeySet)
	}
	return text, err
}
