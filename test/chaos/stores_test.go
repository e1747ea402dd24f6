package chaos

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
	"github.com/go-dispatcher/dispatcher/internal/testenv/client"
)

// filled are stores with the same rows: a name each, and a text that makes them long.
type filled struct {
	// place is the name of the database and the keyspace; the bucket's has dashes.
	place string
	urls  map[string]string
	csv   string
}

// before puts a proxy before a server.
func before(t testing.TB, address string) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	p := newProxy(t, u.Host)
	u.Host = p.Listen
	return p, u.String()
}

// fill puts rows into every kind of store, in a place of the test's own.
func fill(t testing.TB, rows int) *filled {
	t.Helper()
	f := &filled{place: fmt.Sprintf("chaos_%d", time.Now().UnixNano()), urls: map[string]string{}}
	var csv, list strings.Builder
	csv.WriteString("name,text\n")
	var documents []any
	long := strings.Repeat("long ", 60)
	for i := range rows {
		fmt.Fprintf(&csv, "n%d,%s\n", i, long)
		fmt.Fprintf(&list, `,{"name":"n%d","text":"%s"}`, i, long)
		documents = append(documents, bson.M{"name": fmt.Sprint("n", i), "text": long})
	}
	f.csv = csv.String()
	f.documents(t, documents)
	f.wideRows(t, rows, long)
	f.object(t)
	answer := "[" + list.String()[1:] + "]"
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(func() { api.CloseClientConnections(); api.Close() })
	f.urls["http"] = api.URL
	return f
}

// clean is a context for what is done when the test is over.
func clean(t testing.TB) context.Context {
	t.Helper()
	return context.WithoutCancel(t.Context())
}

func (f *filled) documents(t testing.TB, documents []any) {
	t.Helper()
	f.urls["mongodb"] = testenv.MongoDB(t)
	client, err := mongo.Connect(options.Client().ApplyURI(f.urls["mongodb"]))
	if err != nil {
		t.Fatal(err)
	}
	db := client.Database(f.place)
	t.Cleanup(func() {
		_ = db.Drop(clean(t))
		_ = client.Disconnect(clean(t))
	})
	if _, err := db.Collection("rows").InsertMany(t.Context(), documents); err != nil {
		t.Fatal(err)
	}
}

func (f *filled) wideRows(t testing.TB, rows int, text string) {
	t.Helper()
	f.urls["cassandra"] = testenv.Cassandra(t)
	session, err := client.Cassandra(f.urls["cassandra"])
	if err != nil {
		t.Fatal(err)
	}
	exec := func(statement string, values ...any) {
		t.Helper()
		if err := session.Query(statement, values...).ExecContext(clean(t)); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	exec("CREATE KEYSPACE " + f.place + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1} AND durable_writes = false")
	t.Cleanup(func() { exec("DROP KEYSPACE " + f.place); session.Close() })
	exec("CREATE TABLE " + f.place + ".rows (part text, id int, name text, text text, PRIMARY KEY (part, id))")
	for i := range rows {
		exec("INSERT INTO "+f.place+".rows (part, id, name, text) VALUES (?, ?, ?, ?)", "a", i, fmt.Sprint("n", i), text)
	}
}

func (f *filled) object(t testing.TB) {
	t.Helper()
	f.urls["s3"] = testenv.MinIO(t)
	bucket := strings.ReplaceAll(f.place, "_", "-")
	s3 := client.Bucket(t, f.urls["s3"], bucket)
	if _, err := s3.PutObject(t.Context(), bucket, "rows.csv", strings.NewReader(f.csv), int64(len(f.csv)), minio.PutObjectOptions{}); err != nil {
		t.Fatal(err)
	}
}
