// Package client connects tests with the stores that package testenv starts, to put rows there and to clean up.
package client

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// S3 returns a client of the server at http://access-key:secret@host:port.
func S3(address string) (*minio.Client, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	secret, _ := u.User.Password()
	c, err := minio.New(u.Host, &minio.Options{Creds: credentials.NewStaticV4(u.User.Username(), secret, "")})
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	return c, nil
}

// Bucket makes a bucket, which goes with all that is in it when the test ends.
func Bucket(t testing.TB, address, name string) *minio.Client {
	t.Helper()
	c, err := S3(address)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.MakeBucket(t.Context(), name, minio.MakeBucketOptions{}); err != nil {
		t.Fatal(err)
	}
	ctx := context.WithoutCancel(t.Context())
	t.Cleanup(func() {
		if err := DropBucket(ctx, c, name); err != nil {
			t.Error(err)
		}
	})
	return c
}

// DropBucket removes a bucket, if it is there, and all that is in it, one object after the other: not every server removes a bucket that is not empty.
func DropBucket(ctx context.Context, c *minio.Client, name string) error {
	if there, err := c.BucketExists(ctx, name); err != nil {
		return fmt.Errorf("client: %s: %w", name, err)
	} else if !there {
		return nil
	}
	for o := range c.ListObjects(ctx, name, minio.ListObjectsOptions{Recursive: true}) {
		if o.Err == nil {
			o.Err = c.RemoveObject(ctx, name, o.Key, minio.RemoveObjectOptions{})
		}
		if o.Err != nil {
			return fmt.Errorf("client: %s: %w", name, o.Err)
		}
	}
	if err := c.RemoveBucket(ctx, name); err != nil {
		return fmt.Errorf("client: %s: %w", name, err)
	}
	return nil
}

// Cassandra returns a session with the server at cassandra://user:password@host:port.
func Cassandra(address string) (*gocql.Session, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	cluster := gocql.NewCluster(u.Host)
	password, _ := u.User.Password()
	cluster.Authenticator = gocql.PasswordAuthenticator{Username: u.User.Username(), Password: password}
	cluster.Timeout = time.Minute
	cluster.Events.DisableSchemaEvents = true // as package source/cassandra says
	session, err := cluster.CreateSession()
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	return session, nil
}

// DropKeyspace removes a keyspace, if it is there.
func DropKeyspace(ctx context.Context, address, name string) error {
	session, err := Cassandra(address)
	if err != nil {
		return err
	}
	defer session.Close()
	if err := session.Query("DROP KEYSPACE IF EXISTS " + name).ExecContext(ctx); err != nil {
		return fmt.Errorf("client: %s: %w", name, err)
	}
	return nil
}
