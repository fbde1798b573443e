package faultproxy

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// echo is a server that sends back what it gets.
func echo(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.Copy(c, c) // until the other side ends
			}()
		}
	}()
	t.Cleanup(func() { _ = ln.Close(); <-done })
	return ln.Addr().String()
}

func dial(t *testing.T, f Fault) net.Conn {
	t.Helper()
	p, err := New(echo(t), func(int) Fault { return f })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	c, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestBytesGoThrough(t *testing.T) {
	t.Parallel()
	c := dial(t, Fault{Delay: time.Millisecond, Hold: true})
	sent := bytes.Repeat([]byte("0123456789"), 2000)
	go func() { _, _ = c.Write(sent) }() // reading finds out
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, sent) {
		t.Fatalf("got %d bytes, %v", len(got), err)
	}
}

func TestConnectionIsCutAtTheByte(t *testing.T) {
	t.Parallel()
	c := dial(t, Fault{Up: 7})
	if _, err := c.Write([]byte("0123456789")); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(c)
	if len(got) > 7 || err == nil && len(got) == 7 {
		t.Fatalf("got %q, %v; want at most 7 bytes and a reset", got, err)
	}
}

func TestHalfOpenConnectionIsSilentAndStaysOpen(t *testing.T) {
	t.Parallel()
	c := dial(t, Fault{Down: 4, HalfOpen: true})
	if _, err := c.Write([]byte("0123456789")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 4)
	if _, err := io.ReadFull(c, got); err != nil || string(got) != "0123" {
		t.Fatalf("got %q, %v", got, err)
	}
	_ = c.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if n, err := c.Read(got); n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("got %d bytes, %v; want silence", n, err)
	}
	if _, err := c.Write([]byte("more")); err != nil {
		t.Fatalf("the connection is not open: %v", err)
	}
}

func TestStalledConnectionClosesTheWindowOfTheSender(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stuck := make(chan error, 1)
	go func() {
		c, err := ln.Accept()
		if err != nil {
			stuck <- err
			return
		}
		defer c.Close()
		_ = c.SetWriteDeadline(time.Now().Add(time.Second)) // a connection that takes everything never gets there
		for {
			if _, err := c.Write(make([]byte, 64<<10)); err != nil {
				stuck <- err
				return
			}
		}
	}()
	p, err := New(ln.Addr().String(), func(int) Fault { return Fault{Down: 100, Stall: true} })
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	defer ln.Close()
	c, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.ReadFull(c, make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	if err := <-stuck; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("got %v, want a write that does not end", err)
	}
}

func TestLateBytesArriveAfterTheNextConnection(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	p, err := New(ln.Addr().String(), func(n int) Fault { return Fault{Up: 3, Late: n == 0} })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	first, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	old, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	if _, err := first.Write([]byte("now")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 4)
	if n, err := io.ReadFull(old, got[:3]); err != nil || string(got[:n]) != "now" {
		t.Fatalf("got %q, %v", got[:n], err)
	}
	if _, err := first.Write([]byte("late")); err != nil {
		t.Fatal(err)
	}
	if _, err := first.Read(got); err == nil {
		t.Fatal("the client is not cut off")
	}
	second, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	fresh, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.Close()
	if _, err := io.ReadFull(old, got); err != nil || string(got) != "late" {
		t.Fatalf("got %q, %v", got, err)
	}
}
