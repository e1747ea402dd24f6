package object

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/go-dispatcher/dispatcher/internal/parquet"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// A Parquet object is kept as one local file a row group: a sparse file with the footer of that row group alone, written anew, in which only
// the columns that some query has needed are filled in, at their offsets. The local engine reads no others, and nothing that was not checked.

const (
	parquetFormat = "parquet"
	footerTail    = 64 << 10 // read at once from the end, in the hope that the footer is in it
)

// span is a part of an object.
type span struct{ from, to int64 }

// bringParquet reads the columns and row groups of a Parquet object that q needs.
func (s *Source) bringParquet(ctx context.Context, q *query.Query, e *entry, o *minio.ObjectInfo, b *budget) (piece, error) {
	if e.file == nil {
		if err := s.describe(ctx, e, o, b); err != nil {
			return piece{}, err
		}
	}
	if err := b.describe(e.file.Size()); err != nil {
		return piece{}, err
	}
	out := piece{set: source.FileSet{Format: parquetFormat}, layout: e.layout}
	for _, c := range e.file.Columns {
		if n := len(out.set.Columns); n == 0 || out.set.Columns[n-1] != c.Root {
			out.set.Columns = append(out.set.Columns, c.Root)
		}
	}
	w := want(e.file, q)
	for _, g := range w.groups {
		if err := s.bringGroup(ctx, e, o, g, w.columns, b); err != nil {
			return piece{}, err
		}
		out.set.Paths = append(out.set.Paths, e.groupFile(g))
	}
	return out, nil
}

// describe reads the object's own description of itself; of a small object, all there is.
func (s *Source) describe(ctx context.Context, e *entry, o *minio.ObjectInfo, b *budget) error {
	tail := span{max(0, o.Size-footerTail), o.Size}
	small := o.Size <= s.cfg.WholeBelow
	if small {
		tail.from = 0
	}
	data, err := s.readAll(ctx, o, tail)
	if err != nil {
		return err
	}
	b.fetched.Add(int64(len(data)))
	at, err := parquet.FooterAt(data, o.Size, s.cfg.Parquet)
	if err != nil {
		return e.refuse(o, err)
	}
	footer := data[max(0, at-tail.from):]
	if at < tail.from {
		if footer, err = s.readAll(ctx, o, span{at, o.Size}); err != nil {
			return err
		}
		b.fetched.Add(int64(len(footer)))
	}
	file, err := parquet.Read(footer[:len(footer)-parquet.Fixed], at, s.cfg.Parquet)
	if err != nil {
		return e.refuse(o, err)
	}
	e.file, e.layout = file, layoutOf(file)
	s.cache.described(e, file.Size())
	if small {
		return s.keepSmall(ctx, e, data, file)
	}
	return nil
}

// layoutOf returns the same text for files whose columns are alike.
func layoutOf(f *parquet.File) string {
	var b strings.Builder
	for _, c := range f.Columns {
		b.WriteString(strconv.Quote(c.Root))
		for _, n := range []int{int(c.Type), c.Length, int(c.Unit), c.Converted, c.Annotated} {
			b.WriteByte(' ')
			b.WriteString(strconv.Itoa(n))
		}
	}
	return b.String()
}

// keepSmall keeps all columns of an object that is here as a whole. One that is not sound is missing, and found so when it is needed.
func (s *Source) keepSmall(ctx context.Context, e *entry, data []byte, file *parquet.File) error {
	for g := range file.Rows {
		f, n, err := makeGroupFile(e, g)
		if err != nil {
			return err
		}
		for c := range file.Columns {
			chunk := file.Chunk(g, c)
			unpacked, err := file.CheckPages(ctx, bytes.NewReader(data), chunk, s.cfg.Parquet)
			if err != nil {
				continue
			}
			if _, err := f.WriteAt(data[chunk.From:chunk.To], chunk.From); err != nil {
				_ = f.Close() // the first error counts
				return cacheFailed(err)
			}
			n += chunk.To - chunk.From
			e.groups[g][c] = unpacked
		}
		s.cache.grew(e, n)
		if err := closeOld(f); err != nil {
			return cacheFailed(err)
		}
	}
	return nil
}

// bringGroup reads columns of one row group.
func (s *Source) bringGroup(ctx context.Context, e *entry, o *minio.ObjectInfo, group int, columns []int, b *budget) error {
	if err := b.scan(e.file.Rows[group]); err != nil {
		return err
	}
	var missing []int
	var spans []span
	for _, c := range columns {
		chunk := e.file.Chunk(group, c)
		if err := b.spend(chunk.To - chunk.From); err != nil {
			return err
		}
		if unpacked, ok := e.groups[group][c]; ok {
			if err := b.unpack(unpacked); err != nil {
				return err
			}
			continue
		}
		missing = append(missing, c)
		if chunk.To > chunk.From {
			spans = append(spans, span{chunk.From, chunk.To})
		}
	}
	if len(missing) == 0 && e.groups[group] != nil {
		return nil
	}
	f, n, err := makeGroupFile(e, group)
	if err != nil {
		return err
	}
	for _, p := range joined(spans) {
		if err = s.readInto(ctx, o, p, f); err != nil {
			break
		}
		n += p.to - p.from
		b.fetched.Add(p.to - p.from)
	}
	s.cache.grew(e, n)
	for _, c := range missing {
		if err == nil {
			err = s.checkColumn(ctx, e, o, f, group, c, b)
		}
	}
	if closing := closeOld(f); err == nil && closing != nil {
		err = cacheFailed(closing)
	}
	return err
}

// closeOld closes a row group's file, dated long ago: the engine keeps the footers of files in memory, with the bounds of columns that
// plans gain by, but does not believe those of a file that has just changed. The footer of a row group never does.
func closeOld(f *os.File) error {
	old := time.Unix(0, 0)
	return errors.Join(f.Close(), os.Chtimes(f.Name(), old, old))
}

// checkColumn checks the pages of a column that has been read.
func (s *Source) checkColumn(ctx context.Context, e *entry, o *minio.ObjectInfo, f *os.File, group, column int, b *budget) error {
	unpacked, err := e.file.CheckPages(ctx, f, e.file.Chunk(group, column), s.cfg.Parquet)
	if ctx.Err() != nil {
		return classify(ctx, ctx.Err())
	}
	if err != nil {
		return e.refuse(o, err)
	}
	e.groups[group][column] = unpacked
	return b.unpack(unpacked)
}

// groupFile is where a row group is kept.
func (e *entry) groupFile(group int) string {
	return filepath.Join(e.dir, strconv.Itoa(group)+".parquet")
}

// makeGroupFile opens the sparse file of a row group, with its footer.
func makeGroupFile(e *entry, group int) (*os.File, int64, error) {
	if err := os.MkdirAll(e.dir, 0o700); err != nil {
		return nil, 0, cacheFailed(err)
	}
	f, err := os.OpenFile(e.groupFile(group), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, 0, cacheFailed(err)
	}
	if e.groups[group] != nil {
		return f, 0, nil
	}
	footer := e.file.Footer(group)
	if _, err = f.WriteAt([]byte(parquet.Magic), 0); err == nil {
		_, err = f.WriteAt(footer, e.file.At())
	}
	if err != nil {
		_ = f.Close() // the first error counts
		return nil, 0, cacheFailed(err)
	}
	e.groups[group] = make(map[int]int64)
	return f, int64(len(footer)), nil
}
