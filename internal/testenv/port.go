package testenv

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/filelock"
)

// The ports of servers that tests start lie below those that a system gives to whoever asks for any: a server that is killed finds its port free when it starts again, and nobody takes it between the
// choice and the start.
const firstPort, ports = 20000, 12000

//nolint:gochecknoglobals // the ports of this process, which ends with it
var taken struct {
	sync.Mutex
	files []*os.File
}

// freePort is a port that nobody listens on, and that no other test is told of, in whichever process, until this one has ended.
func freePort() (int, error) {
	dir := filepath.Join(os.TempDir(), "dispatcher-test-ports")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, err
	}
	for first, i := rand.N(ports), 0; i < ports; i++ {
		port := firstPort + (first+i)%ports
		switch ok, err := takePort(dir, port); {
		case err != nil:
			return 0, err
		case ok:
			return port, nil
		}
	}
	return 0, errors.New("every port for tests is taken")
}

func takePort(dir string, port int) (bool, error) {
	f, err := os.OpenFile(filepath.Join(dir, strconv.Itoa(port)), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return false, err
	}
	if err := filelock.Lock(f); err != nil && !errors.Is(err, errors.ErrUnsupported) || !free(port) {
		return false, f.Close()
	}
	taken.Lock()
	defer taken.Unlock()
	taken.files = append(taken.files, f) // what is not referred to would be closed
	return true, nil
}

// free says whether nobody listens on a port.
func free(port int) bool {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	return err == nil && l.Close() == nil
}

// FreePort is a port of this machine for a server that the test starts.
func FreePort(t testing.TB) string {
	t.Helper()
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	return strconv.Itoa(port)
}
