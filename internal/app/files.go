package app

import (
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/storage"
	"github.com/go-dispatcher/dispatcher/internal/storage/bucket"
	"github.com/go-dispatcher/dispatcher/internal/storage/folder"
)

// openFiles returns where exports and reports are kept: the object storage's bucket, else the folder, else nil.
func openFiles(c *config.Config) (storage.Store, error) {
	switch m := c.MinIO; {
	case m.Configured && m.EngagementBucket != "":
		return bucket.Open(bucket.Config{
			Endpoint: m.Endpoint, AccessKey: m.AccessKey.Reveal(), SecretKey: m.SecretKey.Reveal(), Region: m.Region, TLS: m.UseSSL,
			Bucket: m.EngagementBucket, LinkFor: c.Dispatcher.LinkExpiry,
		})
	case c.Dispatcher.Files != "":
		return folder.Open(c.Dispatcher.Files, c.Dispatcher.FilesURL)
	}
	return nil, nil //nolint:nilnil // none is configured, which only a request for a file makes an error
}
