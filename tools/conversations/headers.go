package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// writeHeaders stores who answered whom, and when, as the headers have it and no more: no address, no name, no text. A mail answers the one
// that its In-Reply-To names, or where it has none the last of its References; one that is not in the data is left empty. Senders are
// told apart by their names, dates are the senders' own.
func writeHeaders(mails []*mail, out string) error {
	mails = slices.SortedFunc(slices.Values(mails), func(a, b *mail) int { return strings.Compare(a.file, b.file) })
	byID := make(map[string]int, len(mails))
	for i, m := range mails {
		if _, double := byID[m.id]; m.id != "" && !double {
			byID[m.id] = i
		}
	}
	people := make(map[string]int)
	var plain bytes.Buffer
	rows := csv.NewWriter(&plain)
	_ = rows.Write([]string{"id", "answers", "sender", "sent_at"}) // a buffer takes everything
	for i, m := range mails {
		answers := ""
		if parent, ok := byID[named(m)]; ok && parent != i {
			answers = strconv.Itoa(parent + 1)
		}
		name := cmp.Or(strings.ToLower(m.name), m.address)
		if people[name] == 0 {
			people[name] = len(people) + 1
		}
		_ = rows.Write([]string{strconv.Itoa(i + 1), answers, strconv.Itoa(people[name]), readDate(m.header.Get("Date")).Format(time.RFC3339)})
	}
	rows.Flush()
	var packed bytes.Buffer
	zip, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	_, _ = zip.Write(plain.Bytes())
	if err := zip.Close(); err != nil {
		return err
	}
	if err := os.WriteFile(out, packed.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", out, err)
	}
	return nil
}

// named is the id of the mail that one says to answer.
func named(m *mail) string {
	if id := messageID.FindString(m.header.Get("In-Reply-To")); id != "" {
		return id
	}
	list := messageID.FindAllString(m.header.Get("References"), -1)
	if len(list) == 0 {
		return ""
	}
	return list[len(list)-1]
}
