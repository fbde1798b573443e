package codec

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when a goroutine has outlived the tests.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
