package catalog

import (
	"time"
)

// Source is where to connect.
type Source struct {
	Name string
	Kind string // duckdb, mongodb, cassandra, s3, trino or http
	// Path is a DuckDB database file, or empty for an in-memory database over files.
	Path string
	// ReadOnly opens Path without the right to change it. Default true.
	ReadOnly bool
	// Threads and Connections bound the engine's concurrency; 0 means the default of the adapter.
	Threads, Connections int
	// Queries is how many run at the same time, over all requests; 0 means the default of the kind.
	Queries int

	// URLEnv and URLFile name what holds the URL of a server, with its credentials: a variable, or a file.
	URLEnv, URLFile string
	// Database and ReadPreference are MongoDB's, as is AllowDiskUse: aggregations may use the server's disk.
	Database, ReadPreference string
	AllowDiskUse             bool
	// Keyspace and Consistency are Cassandra's.
	Keyspace, Consistency string
	// Bucket and Region are an object store's.
	Bucket, Region string
	// CacheBytes bounds its local cache, ObjectBytes what one object of text may unpack to; 0 is the adapter's.
	CacheBytes, ObjectBytes int64
	// MemoryLimit bounds in bytes what the embedded engine that computes over its rows holds in memory; 0 is the default.
	MemoryLimit int64
	// CAFile holds the certificates of the authorities to trust, in place of the system's.
	CAFile string
	// Catalog and Schema are Trino's: where tables are that do not say it.
	Catalog, Schema string
	// HTTP is an API's.
	HTTP HTTP
}

// HTTP is how an API is asked. What is zero is the adapter's default.
type HTTP struct {
	Auth                    Auth
	Timeout                 time.Duration
	Rate                    float64 // requests a second
	MaxBytes, MaxTotalBytes int64
	MaxPages                int
	AllowPrivate            bool
	Health                  string
	Reuse                   time.Duration
}

// Auth is how to prove who asks.
type Auth struct {
	Kind string // bearer, basic, api_key or oauth2; empty is none
	// Token is bearer's, User and Password are basic's, Value is api_key's, which goes into Header or the parameter Query.
	Token, User, Password, Value Reference
	Header, Query                string
	// TokenURL, ID, Secret and Scopes are oauth2's; InBody sends id and secret in the body.
	TokenURL, ID, Secret Reference
	Scopes               []string
	InBody               bool
}

// Reference is where a value stands: in a variable, in a file, or, what is no secret, in the catalog.
type Reference struct{ Env, File, Text string }
