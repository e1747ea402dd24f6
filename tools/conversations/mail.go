package main

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
)

// mail is what the builder needs of one message, decoded but not masked.
type mail struct {
	file            string
	id              string
	ancestors       []string // References and In-Reply-To, oldest first
	name, address   string   // of From
	others          []string // display names of To and Cc
	subject         string
	header          netmail.Header
	body            string
	date            time.Time // zero when the header cannot be read
	arrived         time.Time // the oldest readable Received
	html, corrected bool
}

var (
	messageID = regexp.MustCompile(`<[^<>\s]+>`)
	comment   = regexp.MustCompile(`\s*\([^)]*\)`)
)

// parseMail reads one message. A header or part that cannot be read is left empty; the date is judged later.
func parseMail(data []byte) (*mail, error) {
	if bytes.HasPrefix(data, []byte("From ")) { // the envelope line of an mbox
		_, data, _ = bytes.Cut(data, []byte("\n"))
	}
	msg, err := netmail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	m := &mail{header: msg.Header, id: messageID.FindString(msg.Header.Get("Message-Id")), subject: words(msg.Header.Get("Subject"))}
	m.name, m.address = sender(msg.Header.Get("From"))
	for _, key := range []string{"To", "Cc"} {
		if list, err := msg.Header.AddressList(key); err == nil {
			for _, a := range list {
				m.others = append(m.others, a.Name)
			}
		}
	}
	m.ancestors = append(messageID.FindAllString(msg.Header.Get("References"), -1), messageID.FindAllString(msg.Header.Get("In-Reply-To"), 1)...)
	m.date = readDate(msg.Header.Get("Date"))
	for _, line := range msg.Header["Received"] {
		if i := strings.LastIndexByte(line, ';'); i >= 0 {
			if t := readDate(line[i+1:]); !t.IsZero() {
				m.arrived = t
			}
		}
	}
	m.body, m.html = text(msg.Header.Get("Content-Type"), msg.Header.Get("Content-Transfer-Encoding"), msg.Body, 0)
	return m, nil
}

var zoneNames = regexp.MustCompile(`\b[ECMP][SD]T\b`)

// zones are the names of time zones that RFC 5322 knows; package time takes each for UTC, wherever it is not the machine's own.
func zones() map[string]string {
	return map[string]string{
		"EST": "-0500", "EDT": "-0400", "CST": "-0600", "CDT": "-0500", "MST": "-0700", "MDT": "-0600", "PST": "-0800", "PDT": "-0700",
	}
}

// readDate reads a date of RFC 5322 and the commonest deviations; zero when it cannot.
func readDate(s string) time.Time {
	s = zoneNames.ReplaceAllStringFunc(strings.Join(strings.Fields(s), " "), func(name string) string { return zones()[name] })
	if t, err := netmail.ParseDate(s); err == nil {
		return t.UTC()
	}
	s = strings.TrimSpace(comment.ReplaceAllString(s, ""))
	for _, layout := range []string{
		"Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04:05 -0700",
		"2 Jan 2006 15:04:05 MST", "Mon, 2 Jan 06 15:04:05 -0700", "Mon, 2 Jan 2006 15:04 -0700", "Mon Jan 2 15:04:05 2006",
		"Mon, 2 Jan 2006 15:04:05", "Mon, Jan 2 2006 15:04:05 -0700", "2 Jan 2006 15:04:05",
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// sender splits a From header, also where it is not quite RFC 5322.
func sender(from string) (name, address string) {
	if a, err := netmail.ParseAddress(from); err == nil {
		return strings.TrimSpace(a.Name), strings.ToLower(a.Address)
	}
	from = words(from)
	if i, j := strings.LastIndexByte(from, '<'), strings.LastIndexByte(from, '>'); i >= 0 && j > i {
		return strings.Trim(from[:i], ` "'`), strings.ToLower(strings.TrimSpace(from[i+1 : j]))
	}
	bare, rest, _ := strings.Cut(from, " ")
	return strings.Trim(rest, `()" `), strings.ToLower(bare)
}

// words decodes the encoded words of a header.
func words(s string) string {
	decoder := mime.WordDecoder{CharsetReader: func(charset string, in io.Reader) (io.Reader, error) {
		raw, err := io.ReadAll(in)
		return strings.NewReader(decode(charset, raw)), err
	}}
	if out, err := decoder.DecodeHeader(s); err == nil {
		s = out
	}
	return strings.Join(strings.Fields(decode("", []byte(s))), " ")
}

// decode turns bytes into UTF-8; what is not valid in a named charset is read as windows-1252.
func decode(charset string, raw []byte) string {
	if utf8.Valid(raw) && !strings.HasPrefix(strings.ToLower(charset), "iso-2022") {
		return string(raw)
	}
	if enc, err := htmlindex.Get(charset); err == nil && !strings.EqualFold(charset, "utf-8") {
		if out, err := enc.NewDecoder().Bytes(raw); err == nil {
			return string(out)
		}
	}
	out, _ := charmap.Windows1252.NewDecoder().Bytes(raw)
	return string(out)
}

// text returns the readable text of a part, and whether it came from HTML.
func text(contentType, encoding string, body io.Reader, depth int) (string, bool) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") && params["boundary"] != "" && depth < 5 {
		return firstText(multipart.NewReader(body, params["boundary"]), depth)
	}
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	raw, _ := io.ReadAll(body) // a broken part counts as far as it can be read
	switch {
	case kind == "text/html":
		return stripHTML(decode(params["charset"], raw)), true
	case strings.HasPrefix(kind, "text/"), kind == "message/rfc822":
		return decode(params["charset"], raw), false
	}
	return "", false
}

// firstText prefers the first plain part of a multipart over an HTML one.
func firstText(parts *multipart.Reader, depth int) (string, bool) {
	fallback, fallbackHTML := "", false
	for {
		part, err := parts.NextPart()
		if err != nil {
			return fallback, fallbackHTML
		}
		got, isHTML := text(part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part, depth+1)
		if strings.TrimSpace(got) == "" {
			continue
		}
		if !isHTML {
			return got, false
		}
		if fallback == "" {
			fallback, fallbackHTML = got, true
		}
	}
}
