package e2e

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// fuzzed is how long the HTTP API is fuzzed.
const fuzzed = "40"

// TestTheAPIHoldsToItsDocument: schemathesis asks the running server what the document allows and what it does not. Nothing is a server error, and every answer is of
// a status, a type and a shape that the document names.
func TestTheAPIHoldsToItsDocument(t *testing.T) {
	t.Parallel()
	install := exec.CommandContext(t.Context(), filepath.Join("..", "..", "scripts", "install-schemathesis"))
	var stderr bytes.Buffer
	install.Stderr = &stderr
	printed, err := install.Output()
	if err != nil {
		t.Fatalf("install schemathesis: %v\n%s", err, stderr.String())
	}
	address := httpSite(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	run := exec.CommandContext(ctx, strings.TrimSpace(string(printed)), "run", address+"/openapi.json", "--no-color", "--max-time", fuzzed, "--workers", "2", "--seed", "1", "--request-timeout", "20",
		"--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
		"--phases", "examples,coverage,fuzzing", "--exclude-operation-id", "followStream", "--exclude-operation-id", "ready", "--generation-database", "none", "--warnings", "off", "--suppress-health-check", "all")
	run.Dir = t.TempDir()
	run.Env = append(os.Environ(), "PYTHONWARNINGS=ignore")
	out, err := run.CombinedOutput()
	if err != nil {
		t.Errorf("schemathesis: %v\n%s", err, clip(string(out)))
	}
	if !strings.Contains(string(out), "Test cases") {
		t.Errorf("nothing was tested:\n%s", clip(string(out)))
	}
	if code, body := ask(t, portOf(address), "/health"); code != 200 {
		t.Errorf("the server is gone: %d %s", code, body)
	}
}

// httpSite is a deployment with a consumer and a gateway, which takes whoever is on this machine for whom they say they are. Its Redis is its own: an answer waits no
// longer than five seconds for it.
func httpSite(t *testing.T) (address string) {
	t.Helper()
	port := openPort(t)
	s := newSiteOn(t, testenv.StartRedis(t).Addr, "PORT="+port, "APP_GATEWAY_ADDRESS_RATE=0", "APP_GATEWAY_TENANT_RATE=0")
	s.start("consumer", "c1")
	s.start("server", "g1")
	s.eventually(time.Minute, "the server is ready", func() (bool, string) {
		code, body := ask(t, port, "/ready")
		return code == 200, body
	})
	return "http://127.0.0.1:" + port
}

func portOf(address string) string { return address[strings.LastIndexByte(address, ':')+1:] }
