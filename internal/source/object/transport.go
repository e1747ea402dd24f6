package object

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
)

// answerMost bounds answers that are read whole: listings, of at most 1000 objects each, and errors.
const answerMost = 16 << 20

// bounded is a transport whose answers have an end, unless they are the bytes of an object, which are counted by whoever reads them.
type bounded struct{ next http.RoundTripper }

// RoundTrip sends a request.
func (b bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := b.next.RoundTrip(req)
	if err != nil || res.StatusCode < http.StatusMultipleChoices && req.Header.Get("Range") != "" {
		return res, err
	}
	body := bufio.NewReaderSize(io.LimitReader(res.Body, answerMost), listingHead)
	if req.URL.Query().Has("list-type") && res.StatusCode < http.StatusMultipleChoices {
		// Whatever is XML would pass for a listing of nothing.
		if head, err := body.Peek(listingHead); !bytes.Contains(head, []byte("<ListBucketResult")) {
			_ = res.Body.Close()
			return nil, errors.Join(errors.New("the answer is not a listing"), err)
		}
	}
	res.Body = limited{body, res.Body}
	return res, nil
}

// listingHead is how soon a listing says that it is one.
const listingHead = 4 << 10

type limited struct {
	io.Reader
	io.Closer
}
