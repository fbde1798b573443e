// Soak runs a server for minutes with clients that behave badly and says whether it stays the same:
//
//	go run ./runtime/internal/soak -minutes 5
//
// Three servers with one engine stand behind one address, and are replaced one after another, again and again.
// A tenth of the clients stop reading and a tenth lose their connections all the time. All but the stalled ones
// make calls, each of which has to run once, and hold the servers to the promise of recovery. Heap, goroutines
// and descriptors are printed as they go; the exit code is 1 when one of them grows, or a promise is broken.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	minutes := flag.Float64("minutes", 1, "how long")
	clients := flag.Int("clients", 200, "how many clients")
	flag.Parse()
	s := soak{clients: *clients, length: time.Duration(*minutes * float64(time.Minute)), out: os.Stdout}
	if err := s.run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}
