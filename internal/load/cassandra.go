package load

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// MonthColumn is the column that cuts a tenant's rows into partitions of a month, in UTC, written as MonthLayout.
const (
	MonthColumn = "month"
	MonthLayout = "2006-01"
)

// Cassandra puts tables into a keyspace, which it creates with one replica where it is missing.
type Cassandra struct {
	session  *gocql.Session
	keyspace string
}

// OpenCassandra connects to cassandra://user:password@host:port,host:port. Errors do not hold the URL.
func OpenCassandra(address, keyspace string) (*Cassandra, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "cassandra" || u.Host == "" {
		return nil, fmt.Errorf("load: the URL of Cassandra is not cassandra://user:password@host:port")
	}
	cluster := gocql.NewCluster(strings.Split(u.Host, ",")...)
	if password, ok := u.User.Password(); ok {
		cluster.Authenticator = gocql.PasswordAuthenticator{Username: u.User.Username(), Password: password}
	}
	cluster.Timeout, cluster.ConnectTimeout = 20*time.Second, 10*time.Second
	cluster.Events.DisableSchemaEvents = true // as package source/cassandra says
	session, err := cluster.CreateSession()
	if err != nil {
		return nil, fmt.Errorf("load: connect to Cassandra: %w", err)
	}
	return &Cassandra{session: session, keyspace: keyspace}, nil
}

// Load creates a table that is cut by tenant, and by month where it has a time, or by the column that it says; then by its time and key.
func (c *Cassandra) Load(ctx context.Context, t *Table, replace bool, progress Progress) error {
	name := c.keyspace + "." + t.Name
	statements := []string{"CREATE KEYSPACE IF NOT EXISTS " + c.keyspace + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"}
	if replace {
		statements = append(statements, "DROP TABLE IF EXISTS "+name)
	}
	for _, s := range append(statements, "CREATE TABLE IF NOT EXISTS "+name+" ("+t.cql()+")") {
		if err := c.session.Query(s).ExecContext(ctx); err != nil {
			return fmt.Errorf("load: %s: %w", strings.SplitN(s, " (", 2)[0], err)
		}
	}
	if c.session.Query("SELECT "+t.Tenant+" FROM "+name+" LIMIT 1").IterContext(ctx).NumRows() > 0 {
		return has(name)
	}
	insert, at := t.insertCQL(name), -1
	if t.monthly() {
		at = t.index(t.Time)
	}
	fill := c.filler(ctx, t, name, progress)
	for row, err := range t.Rows {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return errors.Join(err, fill.wait())
		}
		values := set(row)
		if at >= 0 {
			when, ok := row[at].(time.Time)
			if !ok {
				return errors.Join(fmt.Errorf("load: a row of %s has no %s", t.Name, t.Time), fill.wait())
			}
			values = append(values, when.Format(MonthLayout))
		}
		if !fill.add(insert, values) {
			break
		}
	}
	return fill.wait()
}

// cql declares the columns and the primary key.
func (t *Table) cql() string {
	var parts []string
	for _, c := range t.Columns {
		kind := map[query.Type]string{
			query.String: "text", query.Int: "bigint", query.Float: "double", query.Bool: "boolean", query.Time: "timestamp",
		}[c.Type]
		if c.Multi {
			kind = "list<" + kind + ">"
		}
		parts = append(parts, `"`+c.Name+`" `+kind)
	}
	partition, clustering := t.Tenant, t.Key
	if t.Time != "" {
		clustering = append([]string{t.Time}, t.Key...)
	}
	switch {
	case t.By != "":
		partition += ", " + t.By
	case t.monthly():
		parts = append(parts, MonthColumn+" text")
		partition += ", " + MonthColumn
	}
	return strings.Join(parts, ", ") + ", PRIMARY KEY ((" + partition + "), " + strings.Join(clustering, ", ") + ")"
}

// set leaves nulls out: a null that is written is a tombstone, and Cassandra refuses to read past 100,000 of them.
func set(row []any) []any {
	out := slices.Clone(row)
	for i, v := range out {
		if v == nil {
			out[i] = gocql.UnsetValue
		}
	}
	return out
}

// monthly says that each month of a tenant is a partition.
func (t *Table) monthly() bool { return t.Time != "" && t.By == "" }

func (t *Table) insertCQL(name string) string {
	var names, marks []string
	for _, c := range t.Columns {
		names, marks = append(names, `"`+c.Name+`"`), append(marks, "?")
	}
	if t.monthly() {
		names, marks = append(names, MonthColumn), append(marks, "?")
	}
	return "INSERT INTO " + name + " (" + strings.Join(names, ", ") + ") VALUES (" + strings.Join(marks, ", ") + ")"
}

// Close ends the connections.
func (c *Cassandra) Close() error {
	c.session.Close()
	return nil
}
