package servers

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"syscall"
	"time"

	"github.com/rtgen/rtgen/examples/benchmarks/message"
)

// Serve runs a contestant until the input ends. It answers each line of the input with one line:
//
//	cpu              microseconds of CPU that the process has used, and objects it has allocated
//	gc               collects garbage and gives what is free back to the system
//	publish N        publishes N events as fast as possible; how many there were
//	pace PERIOD N    publishes N events, one every PERIOD µs; the 99th percentile of a Publish in µs
//	profile FILE     starts a CPU profile; without FILE it ends it
//
// A send buffer of the system can be given, because that of the loopback device is far larger than
// that of a network.
func Serve(name string, sendBuffer int, in io.Reader, out io.Writer) error {
	handler, publish, err := Open(name)
	if err != nil {
		return err
	}
	c := &contestant{handler, publish}
	ln, err := listen(sendBuffer)
	if err != nil {
		return err
	}
	go func() { _ = http.Serve(ln, c.handler) }()
	fmt.Fprintf(out, "ready %s\n", ln.Addr())
	for lines := bufio.NewScanner(in); lines.Scan(); {
		answer, err := c.do(lines.Text())
		if err != nil {
			answer = "error " + err.Error()
		}
		fmt.Fprintln(out, answer)
	}
	return nil
}

func listen(sendBuffer int) (net.Listener, error) {
	var config net.ListenConfig
	if sendBuffer > 0 {
		config.Control = func(_, _ string, raw syscall.RawConn) error {
			var failed error
			err := raw.Control(func(fd uintptr) {
				failed = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_SNDBUF, sendBuffer)
			})
			if err != nil {
				return err
			}
			return failed
		}
	}
	return config.Listen(context.Background(), "tcp", "127.0.0.1:0")
}

func (c *contestant) do(line string) (string, error) {
	var verb, file string
	var a, b int
	_, _ = fmt.Sscan(line, &verb)
	switch verb {
	case "cpu":
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return fmt.Sprint("cpu ", CPU().Microseconds(), " ", m.Mallocs), nil
	case "gc":
		debug.FreeOSMemory()
		return "gc", nil
	case "publish":
		_, err := fmt.Sscan(line, &verb, &a)
		if c.publish == nil {
			return "", errors.New("this contestant does not publish")
		}
		for range a {
			m := message.Event()
			if err := c.publish(&m); err != nil {
				return "", err
			}
		}
		return fmt.Sprint("published ", a), err
	case "pace":
		if _, err := fmt.Sscan(line, &verb, &a, &b); err != nil {
			return "", err
		}
		return c.pace(time.Duration(a)*time.Microsecond, b)
	case "profile":
		_, _ = fmt.Sscan(line, &verb, &file)
		if file == "" {
			pprof.StopCPUProfile()
			return "profiled", nil
		}
		f, err := os.Create(file)
		if err != nil {
			return "", err
		}
		return "profiling", pprof.StartCPUProfile(f)
	}
	return "", fmt.Errorf("%q is no command", line)
}

// pace publishes by the clock. A publisher that is late does not catch up by a burst of more than it missed.
func (c *contestant) pace(period time.Duration, n int) (string, error) {
	took := make([]time.Duration, 0, n)
	next := time.Now()
	for range n {
		time.Sleep(time.Until(next))
		next = next.Add(period)
		began := time.Now()
		m := message.Event()
		if err := c.publish(&m); err != nil {
			return "", err
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return fmt.Sprint("paced ", took[len(took)*99/100].Microseconds()), nil
}

// CPU is the processor time of this process, for user and system.
func CPU() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
