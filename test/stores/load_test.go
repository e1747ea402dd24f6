// Package stores holds the built-in pages to the same numbers on every store, on the real servers.
package stores

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/minio/minio-go/v7"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/go-dispatcher/dispatcher/internal/sample"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
	"github.com/go-dispatcher/dispatcher/internal/testenv/client"
)

// store is where the posts are put, as a catalog says it: the source's lines without its address, and the relation's of the dataset.
type store struct {
	kind, relation string
	// url is the server's address, of a store that has one.
	url string
}

// source is the source's lines.
func (s *store) source(t *testing.T) string {
	t.Helper()
	if s.url == "" {
		return s.kind
	}
	return fmt.Sprintf("%s\n    url_file: %q", s.kind, urlFile(t, s.url))
}

// posts are all rows of the embedded data, by column.
func posts(t *testing.T) (root string, columns []string, rows [][]any) {
	t.Helper()
	root = t.TempDir()
	if err := sample.Extract(t.Context(), root); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	result, err := db.QueryContext(t.Context(), "SELECT * FROM read_parquet('"+filepath.Join(root, sample.Folder, "posts.parquet")+"')")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = result.Close() }()
	if columns, err = result.Columns(); err != nil {
		t.Fatal(err)
	}
	for result.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := result.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for i, v := range row {
			if list, ok := v.([]any); ok {
				texts := make([]string, len(list))
				for j := range list {
					texts[j] = fmt.Sprint(list[j])
				}
				row[i] = texts
			}
		}
		rows = append(rows, row)
	}
	if err := result.Err(); err != nil {
		t.Fatal(err)
	}
	return root, columns, rows
}

// inMongoDB puts the posts into a collection.
func inMongoDB(t *testing.T, columns []string, rows [][]any) store {
	t.Helper()
	address := testenv.MongoDB(t)
	client, err := mongo.Connect(options.Client().ApplyURI(address))
	if err != nil {
		t.Fatal(err)
	}
	name := testenv.Name("posts")
	c := client.Database("dispatcher_test").Collection(name)
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		_ = c.Drop(ctx)
		_ = client.Disconnect(ctx)
	})
	documents := make([]any, len(rows))
	for i, row := range rows {
		doc := bson.M{}
		for j, v := range row {
			if v != nil {
				doc[columns[j]] = v
			}
		}
		documents[i] = doc
	}
	if _, err := c.InsertMany(t.Context(), documents); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Indexes().CreateOne(t.Context(), mongo.IndexModel{Keys: bson.D{{Key: "company_id", Value: 1}, {Key: "published_at", Value: 1}}}); err != nil {
		t.Fatal(err)
	}
	return store{
		kind: "kind: mongodb\n    database: dispatcher_test", relation: "table: " + name, url: address,
	}
}

// inCassandra puts the posts into a table, by tenant and month.
func inCassandra(t *testing.T, columns []string, rows [][]any) store {
	t.Helper()
	address := testenv.Cassandra(t)
	session, err := client.Cassandra(address)
	if err != nil {
		t.Fatal(err)
	}
	keyspace := testenv.Name("stores")
	exec := func(statement string, values ...any) {
		t.Helper()
		if err := session.Query(statement, values...).ExecContext(context.WithoutCancel(t.Context())); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	exec("CREATE KEYSPACE " + keyspace + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1} AND durable_writes = false")
	t.Cleanup(func() { exec("DROP KEYSPACE " + keyspace); session.Close() })
	exec("CREATE TABLE " + keyspace + ".posts (" + cqlColumns(t, columns, rows) + `, month text, PRIMARY KEY ((company_id, month), published_at, id))`)
	names := `"` + strings.Join(columns, `", "`) + `", month`
	insert := "INSERT INTO " + keyspace + ".posts (" + names + ") VALUES (" + strings.TrimSuffix(strings.Repeat("?, ", len(columns)+1), ", ") + ")"
	at := index(t, columns, "published_at")
	for from := 0; from < len(rows); from += 5 {
		batch := session.Batch(gocql.UnloggedBatch)
		for _, row := range rows[from:min(from+5, len(rows))] {
			when, ok := row[at].(time.Time)
			if !ok {
				t.Fatal("a post without a time")
			}
			batch.Query(insert, append(append([]any{}, row...), when.Format("2006-01"))...)
		}
		if err := batch.ExecContext(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return store{
		kind: "kind: cassandra\n    keyspace: " + keyspace, url: address,
		relation: "table: posts\n    partition:\n      keys:\n        - {field: company_id}\n        - {field: month, bucket: month, layout: 2006-01}\n" +
			"      clustered: true",
	}
}

func index(t *testing.T, list []string, name string) int {
	t.Helper()
	for i, s := range list {
		if s == name {
			return i
		}
	}
	t.Fatalf("no column %s", name)
	return -1
}

// cqlColumns declares the columns as their first values are.
func cqlColumns(t *testing.T, columns []string, rows [][]any) string {
	t.Helper()
	parts := make([]string, len(columns))
	for i, c := range columns {
		kind := ""
		for _, row := range rows {
			switch row[i].(type) {
			case string:
				kind = "text"
			case int64:
				kind = "bigint"
			case int32, int16, int8:
				kind = "int"
			case float64:
				kind = "double"
			case float32:
				kind = "float"
			case bool:
				kind = "boolean"
			case time.Time:
				kind = "timestamp"
			case []string:
				kind = "list<text>"
			}
			if kind != "" {
				break
			}
		}
		if kind == "" {
			t.Fatalf("column %s has no value", c)
		}
		parts[i] = `"` + c + `" ` + kind
	}
	return strings.Join(parts, ", ")
}

// inBucket puts the posts into a bucket, a Parquet object a month.
func inBucket(t *testing.T, address, root string) store {
	t.Helper()
	bucket := testenv.Name("stores-")
	s3 := client.Bucket(t, address, bucket)
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	dir := t.TempDir()
	if _, err := db.ExecContext(t.Context(), "COPY (SELECT *, strftime(published_at, '%Y/%m') AS m FROM read_parquet('"+filepath.Join(root, sample.Folder, "posts.parquet")+
		"')) TO '"+dir+"' (FORMAT parquet, PARTITION_BY (m), OVERWRITE_OR_IGNORE)"); err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(dir, "m=*", "*.parquet"))
	if err != nil || len(found) < 3 {
		t.Fatalf("%d months, %v", len(found), err)
	}
	for _, path := range found {
		month, err := url.PathUnescape(strings.TrimPrefix(filepath.Base(filepath.Dir(path)), "m="))
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s3.PutObject(t.Context(), bucket, "posts/"+month+"/posts.parquet", data, -1, minio.PutObjectOptions{}); err != nil {
			t.Fatal(err)
		}
		_ = data.Close()
	}
	return store{
		kind: "kind: s3\n    bucket: " + bucket, relation: "files: [\"posts/{yyyy}/{mm}/*.parquet\"]", url: address,
	}
}
