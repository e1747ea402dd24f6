package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// byConsumer starts a consumer, has a command ask it for an export and follow the answer as JSON lines, ends the consumer, and fetches the file.
func byConsumer(ctx context.Context, program, file string, command []string) (t *took, err error) {
	consumer := exec.CommandContext(ctx, program) //nolint:gosec // the command line's own
	var log bytes.Buffer
	consumer.Stdout, consumer.Stderr = &log, &log
	if err := consumer.Start(); err != nil {
		return nil, err
	}
	ask := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // as above
	ask.Stderr = os.Stderr
	begin := time.Now()
	answer, err := ask.Output()
	all := time.Since(begin)
	if err := errors.Join(err, consumer.Process.Signal(syscall.SIGTERM), consumer.Wait()); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", command[0], err, log.String())
	}
	link := ""
	for lines := json.NewDecoder(bytes.NewReader(answer)); link == ""; {
		var message any
		if err := lines.Decode(&message); err != nil {
			return nil, fmt.Errorf("the answer links no file: %.1000s", answer)
		}
		link = linked(message)
	}
	if err := fetch(ctx, link, file); err != nil {
		return nil, err
	}
	return ended(consumer.ProcessState, all)
}

// linked finds a file's link in a message.
func linked(v any) string {
	switch v := v.(type) {
	case map[string]any:
		if link, ok := v["url"].(string); ok {
			return link
		}
		for _, one := range v {
			if link := linked(one); link != "" {
				return link
			}
		}
	case []any:
		for _, one := range v {
			if link := linked(one); link != "" {
				return link
			}
		}
	}
	return ""
}

func fetch(ctx context.Context, link, file string) (err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, http.NoBody)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the export's link answers %s", res.Status)
	}
	to, err := os.Create(file) //nolint:gosec // the command line's own
	if err != nil {
		return err
	}
	_, err = io.Copy(to, res.Body)
	return errors.Join(err, to.Close())
}
