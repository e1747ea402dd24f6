package days

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// fileOverhead is what a file takes besides its bytes, and its place in a folder.
	fileOverhead = 4 << 10
	// fileSuffix ends the name of an entry's file; newSuffix that of one which is being written. Another version of what entries are has another suffix: this one lets them go by their age.
	fileSuffix, newSuffix = ".kept1", ".new"
	// abandoned is how old a file is that nobody is writing any more, and used how exactly the time of the last use is kept.
	abandoned, usedWithin = time.Hour, time.Minute
)

// Disk keeps entries in files of a folder, up to a number of bytes; what was used longest ago makes room. Several processes may share the folder, and all of it is there after a restart, whenever they ended: a file is written
// under another name first, and has in it of which entry it is, and a checksum. One that is not whole is removed, as if it had never been.
type Disk struct {
	dir string

	mu      sync.Mutex
	stats   Stats
	corrupt int64
	written int64 // since the folder was looked through
}

// OpenDisk returns the entries of a folder, which is made where it is not there.
func OpenDisk(dir string, budget int64) (*Disk, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("days: %w", err)
	}
	d := &Disk{dir: dir, stats: Stats{Budget: budget}}
	if err := d.sweep(); err != nil {
		return nil, err
	}
	return d, nil
}

// Spans returns of which spans there are entries of a shape.
func (d *Disk) Spans(_ context.Context, of Shape) []Span {
	names, _ := os.ReadDir(d.folder(of)) // none are there where there is no folder
	out := make([]Span, 0, len(names))
	for _, n := range names {
		if s, ok := spanOf(n.Name()); ok {
			out = append(out, s)
		}
	}
	return out
}

// Get reads an entry.
func (d *Disk) Get(_ context.Context, key Key) (Entry, bool) {
	path := d.path(key)
	data, err := os.ReadFile(path)
	if err != nil {
		d.count(func(s *Stats) { s.Misses++ })
		return Entry{}, false
	}
	e, err := decode(key, data)
	if err != nil {
		_ = os.Remove(path)
		d.count(func(s *Stats) { s.Misses++; d.corrupt++ })
		return Entry{}, false
	}
	if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > usedWithin {
		_ = os.Chtimes(path, time.Time{}, time.Now())
	}
	d.count(func(s *Stats) { s.Hits++ })
	return e, true
}

// Put writes an entry. What can't be written is not kept.
func (d *Disk) Put(_ context.Context, key Key, e Entry) {
	data, err := encode(key, e)
	if err != nil || int64(len(data)) > d.stats.Budget/8 || d.write(key, data) != nil {
		return
	}
	size := int64(len(data)) + fileOverhead
	d.mu.Lock()
	d.stats.Entries++
	d.stats.Bytes += size
	d.written += size
	full := d.written > d.stats.Budget/64
	d.mu.Unlock()
	if full {
		_ = d.sweep() // the next one tries again
	}
}

func (d *Disk) write(key Key, data []byte) error {
	folder := d.folder(key.Shape)
	to, err := os.CreateTemp(folder, "*"+newSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.Mkdir(folder, 0o700); err == nil || errors.Is(err, fs.ErrExist) {
			to, err = os.CreateTemp(folder, "*"+newSuffix)
		}
	}
	if err != nil {
		return err
	}
	_, err = to.Write(data)
	if err = errors.Join(err, to.Close()); err == nil { // it is not flushed: what a power failure leaves of it is found out by its checksum
		err = os.Rename(to.Name(), d.path(key))
	}
	if err != nil {
		return errors.Join(err, os.Remove(to.Name()))
	}
	return nil
}

// sweep looks through the folder, removes what nobody is writing any more, and of the entries those that were used longest ago, until an eighth of the room is free: until the next sweep
// all processes together write no more than that.
func (d *Disk) sweep() error {
	type file struct {
		path  string
		bytes int64
		used  time.Time
	}
	var files []file
	total := int64(0)
	err := d.each(func(path string, info fs.FileInfo) {
		switch {
		case filepath.Ext(path) == newSuffix && time.Since(info.ModTime()) > abandoned:
			_ = os.Remove(path)
		case filepath.Ext(path) != newSuffix:
			size := info.Size() + fileOverhead
			files, total = append(files, file{path, size, info.ModTime()}), total+size
		}
	})
	if err != nil {
		return fmt.Errorf("days: %w", err)
	}
	slices.SortFunc(files, func(a, b file) int { return a.used.Compare(b.used) })
	left, evicted := len(files), int64(0)
	for _, f := range files {
		if total <= d.stats.Budget-d.stats.Budget/8 {
			break
		}
		if os.Remove(f.path) == nil {
			evicted++
		}
		_ = os.Remove(filepath.Dir(f.path)) // if it was the last one
		left, total = left-1, total-f.bytes
	}
	d.count(func(s *Stats) { s.Entries, s.Bytes, s.Evicted, d.written = left, total, s.Evicted+evicted, 0 })
	return nil
}

// each goes over the files there are. What goes away meanwhile is left out.
func (d *Disk) each(do func(path string, info fs.FileInfo)) error {
	folders, err := os.ReadDir(d.dir)
	if err != nil {
		return err
	}
	for _, folder := range folders {
		if _, err := hex.DecodeString(folder.Name()); err != nil || !folder.IsDir() {
			continue // not ours
		}
		files, _ := os.ReadDir(filepath.Join(d.dir, folder.Name()))
		for _, f := range files {
			if info, err := f.Info(); err == nil && info.Mode().IsRegular() {
				do(filepath.Join(d.dir, folder.Name(), f.Name()), info)
			}
		}
	}
	return nil
}

// Purge removes what was computed of a dataset, all where it is "", and returns how many entries that were.
func (d *Disk) Purge(ctx context.Context, dataset string) (int, error) {
	n := 0
	err := d.each(func(path string, info fs.FileInfo) {
		if ctx.Err() != nil || filepath.Ext(path) == newSuffix {
			return
		}
		if dataset != "" {
			data, err := os.ReadFile(path)
			if err != nil || datasetOf(data) != dataset {
				return
			}
		}
		if os.Remove(path) == nil {
			n++
			d.count(func(s *Stats) { s.Entries--; s.Bytes -= info.Size() + fileOverhead })
		}
	})
	return n, cmp.Or(err, ctx.Err())
}

// Stats returns what there is, as far as it is known: others may write, too.
func (d *Disk) Stats() Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.stats
}

// Corrupt is how many files were not whole when they were read.
func (d *Disk) Corrupt() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.corrupt
}

func (d *Disk) count(change func(*Stats)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(&d.stats)
}

func (d *Disk) folder(of Shape) string { return filepath.Join(d.dir, hex.EncodeToString(of[:])) }

func (d *Disk) path(key Key) string {
	return filepath.Join(d.folder(key.Shape), fmt.Sprintf("%d_%d%s", key.From, key.To, fileSuffix))
}

// spanOf is that of a file by its name.
func spanOf(name string) (s Span, ok bool) {
	name, ok = strings.CutSuffix(name, fileSuffix)
	if !ok {
		return Span{}, false
	}
	_, err := fmt.Sscanf(name, "%d_%d", &s.From, &s.To)
	return s, err == nil
}
