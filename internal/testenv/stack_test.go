package testenv

import (
	"bytes"
	"errors"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Servers that the environment names and that do not answer are named in a sentence each, before anything is started, and without their credentials; those
// that answer are taken as they are.
func TestUpNamesTheServersThatDoNotAnswer(t *testing.T) {
	t.Parallel()
	const canary = "s3cret-canary"
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	answers := listener.Addr().String()
	up := func(trino string) (out, says string, code int) {
		cmd := exec.CommandContext(t.Context(), "bash", filepath.Join("..", "..", "scripts", "stack", "up"))
		cmd.Env = append(cmd.Environ(), "DISPATCHER_CACHE="+t.TempDir(), "DISPATCHER_TEST_TRINO="+trino,
			"DISPATCHER_TEST_MINIO=http://k:"+canary+"@"+answers, "DISPATCHER_TEST_S3=http://k:"+canary+"@"+answers+"/x", "DISPATCHER_TEST_VALKEY="+answers, "DISPATCHER_TEST_CASSANDRA=cassandra://u:"+canary+"@"+answers,
			"DISPATCHER_TEST_MONGODB=mongodb://u:"+canary+"@127.0.0.1:1,"+answers+"/db?authSource=admin")
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err != nil {
			ended, ok := errors.AsType[*exec.ExitError](err)
			if !ok {
				t.Fatal(err)
			}
			code = ended.ExitCode()
		}
		return stdout.String(), stderr.String(), code
	}
	out, says, code := up("http://u:" + canary + "@127.0.0.1:1,[::1]:2/?x=1")
	if want := "DISPATCHER_TEST_TRINO names 127.0.0.1:1,[::1]:2, where no trino answers"; code != 1 || out != "" || strings.Count(says, "\n") != 1 || !strings.Contains(says, want) || strings.Contains(says, canary) {
		t.Errorf("a server that does not answer: exit code %d, output %q, and it says %q", code, out, says)
	}
	out, says, code = up("http://u@" + answers)
	if code != 0 || says != "" || strings.Count(out, "export DISPATCHER_TEST_") != 6 {
		t.Errorf("servers that answer: exit code %d, output %q, and it says %q", code, out, says)
	}
}
