package reference_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rtgen/rtgen/runtime/internal/faultproxy"
	"github.com/rtgen/rtgen/runtime/rttest/conformance/reference"
	"github.com/rtgen/rtgen/runtime/rttest/conformance/reference/api"
)

// followed is a line of the scripts in testdata.
type followed struct {
	Kind, Room, ID, Said, Detail string
	Client                       int
	Seq, From, To                uint64
}

// startNode generates the TypeScript client and runs a script with it. Closing the input, which happens anyway, ends it.
func startNode(t *testing.T, script string, args ...string) (<-chan followed, io.Writer) {
	t.Helper()
	dir := t.TempDir()
	client := filepath.Join(dir, "client.mjs")
	generate := exec.Command("go", "tool", "rtgen", "generate", "openapi.yaml", "--go", filepath.Join(dir, "api"), "--ts", filepath.Join(dir, "ts"), "--js", client)
	if out, err := generate.CombinedOutput(); err != nil {
		t.Fatalf("generate: %v\n%s", err, out)
	}
	// Node has a WebSocket of its own from version 20.10 on, and without the flag from 22.
	node := exec.Command("node", append([]string{"--experimental-websocket", filepath.Join("testdata", script), client}, args...)...)
	node.Stderr = os.Stderr
	stdin, err := node.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan followed, 1<<16)
	done := make(chan error, 1)
	go func() {
		defer close(lines)
		in := bufio.NewScanner(stdout)
		for in.Scan() {
			var f followed
			if err := json.Unmarshal(in.Bytes(), &f); err != nil {
				f = followed{Kind: "error", Detail: in.Text()}
			}
			lines <- f
		}
		done <- in.Err()
	}()
	t.Cleanup(func() {
		_ = stdin.Close() // it ends by that
		if err := <-done; err != nil && err != io.EOF {
			t.Error(err)
		}
		if err := node.Wait(); err != nil {
			t.Errorf("node: %v", err)
		}
	})
	return lines, stdin
}

// TestGeneratedClientLosesNothingOverBrokenNetworks: neither by socket nor, where there is no WebSocket, by event
// stream.
func TestGeneratedClientLosesNothingOverBrokenNetworks(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"socket", "stream"} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			losesNothing(t, by)
		})
	}
}

func losesNothing(t *testing.T, by string) {
	const connections = 12
	server := reference.New()
	srv := httptest.NewServer(server)
	t.Cleanup(srv.Close)
	var mu sync.Mutex
	rng := rand.New(rand.NewPCG(3, 4))
	proxy, err := faultproxy.New(srv.Listener.Addr().String(), func(n int) faultproxy.Fault {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case n >= connections:
			return faultproxy.Fault{}
		case n == 5:
			return faultproxy.Fault{Down: 2500, HalfOpen: true}
		}
		return faultproxy.Fault{Down: 900 + rng.Int64N(4000)}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)

	rooms := []string{"a", "b"}
	published := map[string]map[uint64]string{}
	say := func(room, id string) {
		t.Helper()
		pos, err := api.NewRoomChannel(server.Server, room).PublishSaid(context.Background(), api.Said{ID: id})
		if err != nil {
			t.Fatal(err)
		}
		if published[room] == nil {
			published[room] = map[uint64]string{}
		}
		published[room][pos.Seq] = pos.Last
	}
	lines, _ := startNode(t, "follow.mjs", append([]string{by, "http://" + proxy.Addr()}, rooms...)...)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(90 * time.Second)
	for n := 0; proxy.Count() <= connections; n++ {
		select {
		case <-tick.C:
			say(rooms[n%2], fmt.Sprint(n))
		case <-deadline:
			t.Fatalf("only %d connections", proxy.Count())
		}
	}
	for _, room := range rooms {
		say(room, "end")
	}

	at, events, resets, ended := map[string]uint64{}, 0, 0, 0
	for ended < len(rooms) {
		var f followed
		select {
		case f = <-lines:
		case <-deadline:
			t.Fatalf("the last event has not arrived; the client is at %v of %d and %d", at, len(published["a"]), len(published["b"]))
		}
		switch f.Kind {
		case "event":
			if last, ok := at[f.Room]; ok && last != 0 && f.Seq != last+1 {
				t.Fatalf("room %s: event %d after %d, and nobody told", f.Room, f.Seq, last)
			}
			if published[f.Room][f.Seq] != f.ID {
				t.Fatalf("room %s: event %s at %d, published was %s", f.Room, f.ID, f.Seq, published[f.Room][f.Seq])
			}
			at[f.Room] = f.Seq
			events++
			if f.Said == "end" {
				ended++
			}
		case "reset":
			resets++
			at[f.Room] = 0 // it may go on anywhere: the snapshot is new
		case "gap":
			t.Fatalf("room %s: a gap in a channel that has none: %+v", f.Room, f)
		case "error":
			t.Fatal(f.Detail)
		}
	}
	t.Logf("%d connections, %d events arrived, %d resets", proxy.Count(), events, resets)
	if events < len(published["a"])/2 {
		t.Errorf("only %d events arrived", events)
	}
}
