package report

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-dispatcher/dispatcher/internal/format"
)

// WriteCSV writes a widget's rows as RFC 4180 has it: UTF-8, CRLF, a line of names, null as an empty cell, times as RFC 3339 in UTC. A text that a spreadsheet
// would run as a formula gets an apostrophe in front of it.
func WriteCSV(w io.Writer, widget *Widget) error {
	to := csv.NewWriter(w)
	to.UseCRLF = true
	line := names(widget.Data)
	for i := range line {
		line[i] = inert(line[i])
	}
	if err := to.Write(line); err != nil {
		return fmt.Errorf("report: csv: %w", err)
	}
	for d, err := range widget.batches() {
		if err != nil {
			return err
		}
		for r := range count(d) {
			for i := range line {
				line[i] = plain(d.Data.Values[i][r], &d.Schema.Fields[i])
			}
			if err := to.Write(line); err != nil {
				return fmt.Errorf("report: csv: %w", err)
			}
		}
	}
	to.Flush()
	if err := to.Error(); err != nil {
		return fmt.Errorf("report: csv: %w", err)
	}
	return nil
}

// WriteLines writes a widget's rows as JSON lines: an object a row, its keys in the order of the columns, times as RFC 3339 in UTC.
func WriteLines(w io.Writer, widget *Widget) error {
	to := bufio.NewWriter(w)
	keys := names(widget.Data)
	for i, name := range keys {
		quoted, err := json.Marshal(name)
		if err != nil {
			return fmt.Errorf("report: json lines: %w", err)
		}
		keys[i] = string(quoted)
	}
	var line []byte
	for d, err := range widget.batches() {
		if err != nil {
			return err
		}
		for r := range count(d) {
			line = append(line[:0], '{')
			for i, key := range keys {
				if i > 0 {
					line = append(line, ',')
				}
				value, err := json.Marshal(moment(d.Data.Values[i][r], &d.Schema.Fields[i]))
				if err != nil {
					return fmt.Errorf("report: json lines: column %s: %w", key, err)
				}
				line = append(append(append(line, key...), ':'), value...)
			}
			if _, err := to.Write(append(line, '}', '\n')); err != nil {
				return fmt.Errorf("report: json lines: %w", err)
			}
		}
	}
	if err := to.Flush(); err != nil {
		return fmt.Errorf("report: json lines: %w", err)
	}
	return nil
}

// names are the columns' stable names; series of one measure are told apart by their labels. None is there twice.
func names(d *format.Data) []string {
	out := make([]string, min(len(d.Schema.Fields), len(d.Data.Values)))
	for i := range out {
		f := &d.Schema.Fields[i]
		out[i] = f.Name
		for _, label := range slices.Sorted(maps.Keys(f.Labels)) {
			out[i] += "{" + label + "=" + f.Labels[label] + "}"
		}
		for plain, n := out[i], 2; slices.Contains(out[:i], out[i]); n++ {
			out[i] = plain + "_" + strconv.Itoa(n)
		}
	}
	return out
}

// moment makes a time of a column of times.
func moment(v any, f *format.Field) any {
	if f.Type == "time" {
		if ms, ok := float(v); ok {
			return time.UnixMilli(int64(ms)).UTC().Format(time.RFC3339Nano)
		}
	}
	return v
}

func plain(v any, f *format.Field) string {
	switch v := moment(v, f).(type) {
	case nil:
		return ""
	case string:
		return inert(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	default:
		return inert(fmt.Sprint(v))
	}
}

// inert keeps a text from being read as a formula: OWASP's list of first characters, which some spreadsheets take in full width too.
func inert(s string) string {
	if first, _ := utf8.DecodeRuneInString(s); s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + s
	}
	return s
}
