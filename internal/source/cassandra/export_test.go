package cassandra

import (
	"context"
	"fmt"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Parse returns the parts of a URL.
func Parse(text string) (hosts []string, others string, err error) {
	a, err := parseURL(text)
	return a.hosts, strings.Join([]string{a.user, a.password, a.keyspace, a.location}, " "), err
}

// Port returns where the driver takes nodes to listen that do not say it.
func Port(text string) (int, error) {
	a, err := parseURL(text)
	if err != nil {
		return 0, err
	}
	c, err := cluster(Config{}.withDefaults(), a)
	if err != nil {
		return 0, err
	}
	return c.Port, nil
}

// Secure says whether a URL asks for TLS.
func Secure(text string) (bool, error) {
	a, err := parseURL(text)
	return a.secure, err
}

// Arguments returns the statement of q, and the arguments of every partition as the driver gets them.
func Arguments(q *query.Query) (text string, all []string, err error) {
	p, err := compile(q, "ks")
	if err != nil {
		return "", nil, err
	}
	for i := range p.partitions.count() {
		all = append(all, strings.TrimSuffix(fmt.Sprintln(bind(p.args(i))...), "\n"))
	}
	return p.text, all, nil
}

// Merged says whether the server aggregates q.
func Merged(q *query.Query) bool {
	p, err := compile(q, "ks")
	return err == nil && p.merge != nil
}

// Classify is classify.
func Classify(err error) error { return classify(err) }

// Ended is ended.
func Ended(ctx context.Context, err error) error { return ended(ctx, err) }

// TookTooLong is tookTooLong.
func TookTooLong(err error) bool { return tookTooLong(err) }

// Reading returns the statement that reads the rows of a query which the server was to aggregate.
func Reading(q *query.Query) (string, error) {
	p, err := compile(q, "ks")
	if err != nil {
		return "", err
	}
	if p, err = p.read(q); err != nil {
		return "", err
	}
	return p.text, nil
}
