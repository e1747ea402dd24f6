package feed

import (
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }
