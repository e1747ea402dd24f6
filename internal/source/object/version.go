package object

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Version tells the objects that q reads by their keys, sizes and ETags. It is as fresh as the listing (Config.ListFor), which is the one that q is answered by.
func (s *Source) Version(ctx context.Context, q *query.Query) (string, error) {
	objects, err := s.objects(ctx, q)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for i := range objects {
		fmt.Fprintf(sum, "%q %q %d\n", objects[i].Key, objects[i].ETag, objects[i].Size)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16]), nil
}
