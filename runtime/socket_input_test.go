package runtime

import (
	"bufio"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

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

// A sizedConn knows how much the last read was for.
type sizedConn struct {
	net.Conn
	size atomic.Int64
}

func (c *sizedConn) Read(b []byte) (int, error) {
	c.size.Store(int64(len(b)))
	return c.Conn.Read(b)
}

// A connection that cannot be waited for without a buffer is read into that of gorilla, which is small, where
// the next frame is waited for.
func TestNoLargeBufferWaitsForASilentPeer(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l := resolveLimits(Limits{})
		for _, size := range []int{300, 700, 3000, 20000} {
			conn, peer := memsock.Pair()
			sized := &sizedConn{Conn: conn}
			c := newGuardedConn(sized, &l)
			c.eager = true
			frame := append([]byte{0x81, 0xFE, byte(size >> 8), byte(size), 0, 0, 0, 0}, strings.Repeat("x", size)...)
			if _, err := peer.Write(frame); err != nil {
				t.Fatal(err)
			}
			for r := bufio.NewReaderSize(c, readBuffer); len(frame) > 0; { // as gorilla reads: no further than to the end of the frame
				n, err := r.Read(make([]byte, min(1024, len(frame))))
				if err != nil {
					t.Fatal(err)
				}
				frame = frame[n:]
			}
			go func() {
				if err := c.await(); err == nil {
					_, _ = c.Read(make([]byte, readBuffer))
				}
			}()
			synctest.Wait()
			if n := sized.size.Load(); n > readBuffer {
				t.Errorf("behind a message of %d bytes it waits with a buffer of %d", size, n)
			}
			_, _ = conn.Close(), peer.Close()
		}
	})
}
