package behaviour

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rtgen/rtgen/generator"
	streams "github.com/rtgen/rtgen/golden/streams/go"
	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/spec"
)

// sequences answers item by item. Left gets the last number of every countdown whose reader went away.
type sequences struct{ left chan int }

func (s sequences) Countdown(ctx context.Context, req *streams.CountdownRequest) (streams.CountdownResponse, error) {
	return streams.CountdownOK{Body: func(yield func(*int, error) bool) {
		for n := req.From; n >= 0; n-- {
			if !yield(&n, nil) || ctx.Err() != nil {
				s.left <- n
				return
			}
		}
		if req.From == 13 {
			yield(nil, errors.New("out of luck"))
		}
	}}, nil
}

func (sequences) ReadLines(context.Context, *streams.ReadLinesRequest) (streams.ReadLinesResponse, error) {
	return streams.ReadLinesOK{Body: list(streams.Record{N: 1}, streams.Record{N: 2})}, nil
}

func (sequences) ReadWords(context.Context, *streams.ReadWordsRequest) (streams.ReadWordsResponse, error) {
	return streams.ReadWordsOK{Body: list("one", "two\nlines", `"quoted"`, "é", "[DONE]")}, nil
}

func (sequences) WatchTicks(context.Context, *streams.WatchTicksRequest) (streams.WatchTicksResponse, error) {
	return streams.WatchTicksOK{Body: list(
		streams.Tick{Event: new(streams.TickEventTock), ID: new("7"), Retry: new(50), Data: streams.TickData{N: 1}},
		streams.Tick{Data: streams.TickData{N: 2}},
	)}, nil
}

func (sequences) FollowLog(context.Context, *streams.FollowLogRequest) (streams.FollowLogResponse, error) {
	return streams.FollowLogOK{Body: list(
		streams.FollowLogOKBody{Data: "plain"},
		streams.FollowLogOKBody{Event: new("warn"), Data: "two\nlines"},
		streams.FollowLogOKBody{Data: `{"looks":"like JSON"}`},
	)}, nil
}

func list[T any](items ...T) rt.Stream[T] {
	return func(yield func(*T, error) bool) {
		for i := range items {
			if !yield(&items[i], nil) {
				return
			}
		}
	}
}

// readStreams is a program that reads every stream by one transport and prints what it gets.
const readStreams = `
import { createClient } from './client.js';
const [, , url, transport] = process.argv;
const client = createClient({ url, transport });
const say = (...values) => console.log(...values.map((value) => JSON.stringify(value)));
const all = async (call) => {
  const result = await call;
  const items = [];
  for await (const item of result.body) items.push(item);
  return [result.status, result.type, items];
};
say('countdown', ...(await all(client.countdown({ query: { from: 3 } }))));
say('words', ...(await all(client.readWords())));
say('ticks', ...(await all(client.watchTicks())));
say('log', ...(await all(client.followLog())));
say('lines', ...(await all(client.readLines({}, { transport: 'http' }))));
for await (const n of (await client.countdown({ query: { from: 1e9 } })).body) if (n < 1e9 - 5) break;
say('left the loop');
const unlucky = (await client.countdown({ query: { from: 13 } })).body;
let last;
try {
  for await (last of unlucky);
} catch (error) {
  say('broken off', error.code, last);
}
const controller = new AbortController();
const { body } = await client.countdown({ query: { from: 1e9 } }, { signal: controller.signal });
await body.next();
controller.abort();
say('aborted', await body.next().then(() => 'no', (error) => error.code), (await body.next()).done);
client.disconnect();
`

const streamsRead = `"countdown" 200 "text/event-stream" [3,2,1,0]
"words" 200 "text/event-stream" ["one","two\nlines","\"quoted\"","é","[DONE]"]
"ticks" 200 "text/event-stream" [{"event":"tock","id":"7","retry":50,"data":{"n":1}},{"data":{"n":2}}]
"log" 200 "text/event-stream" [{"data":"plain"},{"event":"warn","data":"two\nlines"},{"data":"{\"looks\":\"like JSON\"}"}]
"lines" 200 "application/x-ndjson" [{"n":1},{"n":2}]
"left the loop"
"broken off" "lost" 0
"aborted" "aborted" true
`

// TestStreamsInNode reads the streams of an emitted server with the emitted client, by both
// transports, and makes sure that a reader who leaves ends the work of the handler.
func TestStreamsInNode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	bundleClient(t, "../streams", dir)
	if err := os.WriteFile(filepath.Join(dir, "read.mjs"), []byte(readStreams), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, transport := range []string{"http", "socket"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			handler := sequences{make(chan int, 2)}
			server := httptest.NewServer(streams.NewServer(handler, rt.WithLogger(slog.New(slog.DiscardHandler))))
			t.Cleanup(server.Close)
			// Newer versions of Node have WebSocket without being asked.
			program := exec.CommandContext(t.Context(), "node", "--no-warnings", "--experimental-websocket", "read.mjs", server.URL, transport)
			program.Dir, program.Stderr = dir, os.Stderr
			out, err := program.Output()
			if err != nil {
				t.Errorf("node: %v", err)
			}
			if diff := cmp.Diff(streamsRead, string(out)); diff != "" {
				t.Fatalf("what was read (-want +got):\n%s", diff)
			}
			for range 2 { // the loop that was left, and the signal
				if n := <-handler.left; n == 0 {
					t.Error("the handler counted to the end")
				}
			}
		})
	}
}

// bundleClient writes the client of a case as client.js.
func bundleClient(t *testing.T, from, to string) {
	t.Helper()
	api, _, err := spec.Load("openapi.yaml", spec.FS(os.DirFS(from)))
	if err != nil {
		t.Fatal(err)
	}
	files, _, err := generator.Generate(api, generator.Config{TypeScript: &generator.TypeScriptConfig{Dir: "ts", JS: "client.js"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Path == "client.js" {
			if err := os.WriteFile(filepath.Join(to, f.Path), f.Content, 0o600); err != nil {
				t.Fatal(err)
			}
			// Node would take the extension for CommonJS.
			if err := os.WriteFile(filepath.Join(to, "package.json"), []byte(`{"type":"module"}`), 0o600); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatal("no bundle was made")
}
