package acceptance

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when a goroutine has outlived the tests. scs.New starts one in a store that is replaced at
// once and cannot be told to end it.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/alexedwards/scs/v2/memstore.(*MemStore).startCleanup"))
}
