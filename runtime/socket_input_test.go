package runtime

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/rtgen/rtgen/runtime/internal/memsock"
)

// lastWords is a connection whose last bytes come together with its end, as those of TLS may.
type lastWords struct {
	net.Conn
	text string
}

func (c *lastWords) Read(b []byte) (int, error) {
	n := copy(b, c.text)
	c.text = c.text[n:]
	if c.text == "" {
		return n, io.EOF
	}
	return n, nil
}

func TestFramesThatComeWithTheEndAreRead(t *testing.T) {
	t.Parallel()
	l := resolveLimits(Limits{})
	first, second := maskedFrame(0x81, "first"), maskedFrame(0x81, "second")
	conn, _ := memsock.Pair()
	c := newGuardedConn(&lastWords{conn, first + second}, &l)
	got, err := io.ReadAll(c)
	if err != nil || string(got) != first+second {
		t.Fatalf("got %q, %v", got, err)
	}
}

// A connection that cannot be waited for without a buffer is read into that of gorilla, which is small, while
// nothing says that more has come.
func TestNoLargeBufferWaitsForASilentPeer(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l := resolveLimits(Limits{})
		for _, size := range []int{300, 700, 3000, 20000} {
			conn, peer := memsock.Pair()
			c := newGuardedConn(conn, &l)
			c.eager = true
			frame := append([]byte{0x81, 0xFE, byte(size >> 8), byte(size), 0, 0, 0, 0}, strings.Repeat("x", size)...)
			if _, err := peer.Write(frame); err != nil {
				t.Fatal(err)
			}
			// What is larger than the buffer of gorilla is read past it, as far as the frame goes.
			buf := make([]byte, readBuffer)
			for got := 0; got < len(frame); {
				if len(frame)-got > len(buf) && got > 0 {
					buf = make([]byte, min(1024, len(frame)-got))
				}
				n, err := c.Read(buf)
				if err != nil {
					t.Fatal(err)
				}
				got += n
			}
			waited := make(chan string, 1)
			go func() { waited <- fmt.Sprint(c.await()) }() // it blocks for ever when it waits with a buffer
			if err := <-waited; err != "<nil>" {
				t.Fatal(err)
			}
			_, _ = conn.Close(), peer.Close()
		}
	})
}
