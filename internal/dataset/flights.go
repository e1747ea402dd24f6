package dataset

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// flights names the package that holds three million domestic flights of the United States, January to June 2001.
func flights() Package {
	return Package{
		Name: "vega-datasets", Version: "3.2.1", Size: "18 MB",
		SHA256: "6f72fda460a9863fae5fcb32f85bcd49e1761fdea6dc6cf9f4962472881cc5a3",
	}
}

const (
	// FlightsFile is the name of the flight data below the folder given to FetchFlights.
	FlightsFile   = "flights-3m.parquet"
	flightsMember = "package/data/" + FlightsFile
	flightsSHA256 = "dbeb920c90f59b6ccaff823dcc3d08f25a97fa1ce128d93f40be4e931f5900b0"
	flightsLimit  = 64 << 20 // a damaged archive cannot fill the disk
)

// FetchFlights returns the path of the flight data in cacheDir. It is fetched once, through npm, and reused; the
// file appears whole or not at all, and only with the expected content. Progress may be nil. Where npm is missing
// the error is ErrNoNPM.
func FetchFlights(ctx context.Context, cacheDir string, progress func(string)) (string, error) {
	return fetchFlights(ctx, npmCommand, cacheDir, progress)
}

// fetchFlights does it with a given npm client.
func fetchFlights(ctx context.Context, npm, cacheDir string, progress func(string)) (string, error) {
	path := filepath.Join(cacheDir, FlightsFile)
	if digest(path) == flightsSHA256 {
		say(progress, "using %s, fetched earlier", FlightsFile)
		return path, nil
	}
	archive, err := fetchPackage(ctx, npm, flights(), cacheDir, progress)
	if err != nil {
		return "", err
	}
	say(progress, "unpacking %s …", FlightsFile)
	if err := unpack(archive, flightsMember, path, flightsSHA256); err != nil {
		return "", fmt.Errorf("dataset: unpack %s: %w", flights(), err)
	}
	// The archive has done its work; the data file is what is reused.
	if err := os.Remove(archive); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("dataset: clean up after %s: %w", flights(), err)
	}
	say(progress, "%s is ready: 3,000,000 flights", FlightsFile)
	return path, nil
}

// unpack writes one member of a gzipped tar to path, checked and in one step.
func unpack(archive, member, path, want string) error {
	in, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer in.Close()
	zip, err := gzip.NewReader(in)
	if err != nil {
		return err
	}
	for r := tar.NewReader(zip); ; {
		head, err := r.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("no %s in the archive", member)
		}
		if err != nil {
			return err
		}
		if head.Name != member {
			continue
		}
		return place(io.LimitReader(r, flightsLimit), path, want)
	}
}

// place copies r to a file of its own and renames it to path once its digest is the expected one.
func place(r io.Reader, path, want string) error {
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }() // nothing is left to remove once it has been renamed
	_, err = io.Copy(temp, r)
	if err = errors.Join(err, temp.Chmod(0o644), temp.Close()); err != nil {
		return err
	}
	if got := digest(temp.Name()); got != want {
		return fmt.Errorf("the file's SHA-256 is %s, want %s", got, want)
	}
	return os.Rename(temp.Name(), path)
}
