package httpapi

import (
	"net/http"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// What tests reach of the inside.
const MaxPause = maxPause

var (
	RetryAfter = retryAfter
	NextLink   = nextLink
	Public     = public
)

// ReadRows returns the rows of one answer.
func ReadRows(header http.Header, body []byte, call *query.Call, needs []query.Need) (rows [][]any, err error) {
	p, err := split(&answer{header: header, body: body}, call)
	if err != nil {
		return nil, err
	}
	r := newRowReader(needs)
	for _, raw := range p.rows {
		row, err := r.row(raw)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}
