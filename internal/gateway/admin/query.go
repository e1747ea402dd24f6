package admin

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
)

// longestText bounds a text in the query.
const longestText = 512

// query reads parameters, and keeps all that is wrong with them.
type query struct {
	values url.Values
	wrong  []problem.Field
}

func newQuery(r *http.Request) *query { return &query{values: r.URL.Query()} }

func (q *query) refuse(name, expected string) {
	q.wrong = append(q.wrong, problem.Field{Pointer: "?" + name, Detail: expected})
}

func (q *query) text(name string) string {
	text := q.values.Get(name)
	if len(text) > longestText || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) {
		q.refuse(name, fmt.Sprintf("a text of at most %d bytes without control characters", longestText))
		return ""
	}
	return text
}

func (q *query) number(name string, usual, least, most int64) int64 {
	text := q.values.Get(name)
	if text == "" {
		return usual
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most {
		q.refuse(name, fmt.Sprintf("a whole number from %d to %d", least, most))
		return usual
	}
	return n
}

func (q *query) oneOf(name string, words []string, usual string) string {
	text := q.values.Get(name)
	if text == "" {
		return usual
	}
	if !slices.Contains(words, text) {
		q.refuse(name, "one of "+strings.Join(words, ", "))
		return usual
	}
	return text
}

// fault is what is wrong with all that was read; nil where nothing is.
func (q *query) fault() error {
	if len(q.wrong) == 0 {
		return nil
	}
	return problem.New(http.StatusBadRequest, "bad_parameter", "a parameter cannot be read", q.wrong...)
}
