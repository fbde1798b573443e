package memsock

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

func TestBytesArriveInOrderThroughANarrowWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := PairWindow(7)
		sent := bytes.Repeat([]byte("0123456789"), 100)
		go func() {
			_, _ = a.Write(sent)
			_ = a.CloseWrite()
		}()
		got, err := io.ReadAll(b)
		if err != nil || !bytes.Equal(got, sent) {
			t.Fatalf("got %d bytes, %v", len(got), err)
		}
	})
}

func TestDeadlinesEndReadsAndWritesAndCanBeMoved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := PairWindow(1)
		begin := time.Now()
		_ = a.SetReadDeadline(begin.Add(time.Second))
		go func() {
			<-time.After(500 * time.Millisecond)
			_ = a.SetReadDeadline(begin.Add(3 * time.Second))
		}()
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begin) != 3*time.Second {
			t.Fatalf("got %v after %v", err, time.Since(begin))
		}
		_ = a.SetReadDeadline(time.Time{})
		_, _ = b.Write([]byte("x"))
		if n, err := a.Read(make([]byte, 1)); n != 1 || err != nil {
			t.Fatalf("got %d, %v", n, err)
		}
		_ = b.SetWriteDeadline(time.Now().Add(time.Second))
		if n, err := b.Write([]byte("two")); n != 1 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("got %d, %v", n, err)
		}
	})
}

func TestCloseEndsBothDirections(t *testing.T) {
	t.Parallel()
	a, b := Pair()
	_, _ = a.Write([]byte("last"))
	_ = a.Close()
	if got, err := io.ReadAll(b); string(got) != "last" || err != nil {
		t.Fatalf("got %q, %v", got, err)
	}
	if _, err := b.Write([]byte("x")); err == nil {
		t.Fatal("a write to nobody succeeds")
	}
	if _, err := a.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Fatalf("got %v", err)
	}
}

func TestListenerEndsItsCallers(t *testing.T) {
	t.Parallel()
	l := Listen()
	_ = l.Close()
	_ = l.Close()
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Fatalf("got %v", err)
	}
	if _, err := l.Dial(t.Context(), "", ""); !errors.Is(err, net.ErrClosed) {
		t.Fatalf("got %v", err)
	}
}
