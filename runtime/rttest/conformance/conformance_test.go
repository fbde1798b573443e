package conformance_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/rtgen/rtgen/runtime/rttest/conformance"
	"github.com/rtgen/rtgen/runtime/rttest/conformance/reference"
)

// serve runs a handler on a loopback port of its own.
func serve(t *testing.T, h http.Handler) conformance.Target {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return conformance.Target{URL: srv.URL, Client: srv.Client()}
}

// TestReferenceServerConforms plays every case through two WebSocket libraries that know nothing of one
// another: what holds, holds for both.
func TestReferenceServerConforms(t *testing.T) {
	t.Parallel()
	for _, library := range []string{conformance.Coder, conformance.Gorilla} {
		t.Run(library, func(t *testing.T) {
			t.Parallel()
			server := reference.New()
			defer server.Wait()
			target := serve(t, server)
			target.Library = library
			results := conformance.Run(t.Context(), target)
			for _, r := range results {
				if !r.OK() {
					t.Errorf("%s: %s\n\t%s%s", r.Section, r.Name, r.Failure, r.Skipped)
				}
			}
			if len(results) < 120 {
				t.Errorf("only %d cases were played", len(results))
			}
		})
	}
}
