package sample

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/go-dispatcher/dispatcher/internal/dataset"
	"github.com/go-dispatcher/dispatcher/internal/load"
)

// version tells one state of the generator from another: files of another one are written anew. Change it with what is made.
const version = "8"

// Folder is where Extract puts the tables below a data root: Folder/interactions.parquet and so on.
const Folder = "sample"

// Extract writes the embedded data, and every table that is made, below a data root: what the built-in catalog reads.
// It is idempotent and safe for several processes at once, because a file appears whole or not at all.
func Extract(ctx context.Context, root string) (err error) {
	if err := dataset.Extract(root); err != nil {
		return err
	}
	mark := filepath.Join(root, Folder, ".version")
	if made, err := os.ReadFile(mark); err == nil && string(made) == version {
		return nil
	}
	d, err := Open(ctx, root)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	db, err := load.OpenDuckDB(ctx, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, name := range Names() {
		made, err := d.Table(ctx, name, 1)
		if err == nil {
			err = db.Load(ctx, made, false, func(string, int, int) {})
		}
		if err == nil {
			err = db.WriteParquet(ctx, name, filepath.Join(root, Folder, name+".parquet"))
		}
		if err != nil {
			return fmt.Errorf("sample: %w", err)
		}
	}
	temp := mark + fmt.Sprintf("-%d", os.Getpid())
	if err := os.WriteFile(temp, []byte(version), 0o600); err != nil {
		return fmt.Errorf("sample: %w", err)
	}
	return os.Rename(temp, mark)
}
