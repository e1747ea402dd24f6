// Command peak runs an export and says what it took: rows, seconds, the process's largest resident memory by the kernel's count, and a column's sum,
// which is read back from the file by something else than what wrote it. With -consumer the command asks for the export, and what is measured is
// the consumer that makes it.
package main

import (
	"archive/zip"
	"context"
	"database/sql"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
)

func main() {
	column := flag.String("sum", "", "the column to add up")
	consumer := flag.String("consumer", "", "the consumer's program, which is started for this export")
	flag.Parse()
	if flag.NArg() < 2 {
		fmt.Fprintln(os.Stderr, "usage: peak -sum COLUMN [-consumer PROGRAM] FILE COMMAND...")
		os.Exit(2)
	}
	measure := local
	if *consumer != "" {
		measure = func(ctx context.Context, file string, command []string) (*took, error) {
			return byConsumer(ctx, *consumer, file, command)
		}
	}
	if err := run(context.Background(), measure, *column, flag.Arg(0), flag.Args()[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// took is what an export took.
type took struct {
	all, cpu time.Duration
	peak     int64 // bytes
}

func run(ctx context.Context, measure func(ctx context.Context, file string, command []string) (*took, error), column, file string, command []string) error {
	t, err := measure(ctx, file, command)
	if err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	rows, sum, err := read(ctx, column, file)
	if err != nil {
		return err
	}
	_, err = fmt.Printf("%-8s %d rows, sum %d, %.1f s (%.1f s of CPU), peak %.0f MB, file %.1f MB\n", strings.TrimPrefix(filepath.Ext(file), "."), rows, sum, t.all.Seconds(),
		t.cpu.Seconds(), float64(t.peak)/1e6, float64(info.Size())/1e6)
	return err
}

// local runs a command that writes the file itself.
func local(ctx context.Context, _ string, command []string) (*took, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // the command line's own
	cmd.Stderr = os.Stderr
	begin := time.Now()
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w", command[0], err)
	}
	return ended(cmd.ProcessState, time.Since(begin))
}

func ended(p *os.ProcessState, all time.Duration) (*took, error) {
	usage, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return nil, errors.New("this system does not count a process's memory")
	}
	return &took{all: all, cpu: p.UserTime() + p.SystemTime(), peak: usage.Maxrss * 1024}, nil
}

// read counts a file's rows and adds a column up.
func read(ctx context.Context, column, file string) (rows, sum int64, err error) {
	from := map[string]string{".parquet": "read_parquet($1)", ".csv": "read_csv($1)", ".jsonl": "read_json($1)"}[filepath.Ext(file)]
	if from == "" {
		return sheet(column, file)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = db.Close() }()
	err = db.QueryRowContext(ctx, fmt.Sprintf(`SELECT count(*), sum("%s")::BIGINT FROM %s`, column, from), file).Scan(&rows, &sum)
	return rows, sum, err
}

// sheet reads a workbook's first widget, which is its second sheet: a line of heads, one of titles, and the rows.
func sheet(column, file string) (rows, sum int64, err error) {
	book, err := zip.OpenReader(file)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = book.Close() }()
	part, err := book.Open("xl/worksheets/sheet2.xml")
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = part.Close() }()
	at := -1
	for in := xml.NewDecoder(part); ; {
		token, err := in.Token()
		if errors.Is(err, io.EOF) {
			return rows, sum, nil
		}
		if err != nil {
			return 0, 0, err
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "row" {
			continue
		}
		var row struct {
			Number int64 `xml:"r,attr"`
			Cells  []struct {
				Value string `xml:"v"`
				Text  string `xml:"is>t"`
			} `xml:"c"`
		}
		if err := in.DecodeElement(&row, &start); err != nil {
			return 0, 0, err
		}
		switch {
		case row.Number == 2:
			for i, c := range row.Cells {
				if c.Text == column {
					at = i
				}
			}
		case row.Number > 2 && at >= 0 && at < len(row.Cells):
			n, err := strconv.ParseInt(row.Cells[at].Value, 10, 64)
			if err != nil {
				return 0, 0, err
			}
			rows, sum = rows+1, sum+n
		}
	}
}
