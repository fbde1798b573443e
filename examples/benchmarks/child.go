package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rtgen/rtgen/examples/benchmarks/message"
)

// A child is the process of a contestant.
type child struct {
	addr  string
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines *bufio.Reader
}

// start runs a contestant.
func (b *bench) start(contestant string, flags ...string) (*child, error) {
	var cmd *exec.Cmd
	if contestant == "socketio" {
		if _, err := os.Stat(filepath.Join("socketio", "node_modules", "socket.io")); err != nil {
			return nil, errors.New("is not installed: npm --prefix socketio ci")
		}
		cmd = exec.CommandContext(b.ctx, "node", "--expose-gc", filepath.Join("socketio", "server.mjs"), message.Event().Text)
	} else {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		cmd = exec.CommandContext(b.ctx, self, append(append([]string{"serve"}, flags...), contestant)...)
	}
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &child{cmd: cmd, in: in, lines: bufio.NewReader(out)}
	if c.addr, err = c.hear("ready"); err != nil {
		c.end()
		return nil, err
	}
	return c, nil
}

// end stops the process and waits for it.
func (c *child) end() {
	_ = c.in.Close()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = c.cmd.Wait()
	}()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		_ = c.cmd.Process.Kill()
		<-ended
	}
}

// hear reads a line and returns what follows the word that it has to start with.
func (c *child) hear(word string) (string, error) {
	line, err := c.lines.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("the server has ended: %w", err)
	}
	rest, ok := strings.CutPrefix(strings.TrimSpace(line), word)
	if !ok {
		return "", errors.New(strings.TrimSpace(line))
	}
	return strings.TrimSpace(rest), nil
}

func (c *child) do(command, word string) (string, error) {
	if _, err := fmt.Fprintln(c.in, command); err != nil {
		return "", err
	}
	return c.hear(word)
}

// usage is what a server has used so far.
type usage struct {
	cpu    time.Duration
	allocs int
}

func (c *child) usage() (usage, error) {
	line, err := c.do("cpu", "cpu")
	if err != nil {
		return usage{}, err
	}
	var us, allocs int
	_, err = fmt.Sscan(line, &us, &allocs)
	return usage{time.Duration(us) * time.Microsecond, allocs}, err
}

func (u usage) since(before usage) usage { return usage{u.cpu - before.cpu, u.allocs - before.allocs} }

// rss is the resident memory of the process in bytes, garbage collected.
func (c *child) rss() (int, error) {
	for range 2 { // what finalisers held is free after the second
		if _, err := c.do("gc", "gc"); err != nil {
			return 0, err
		}
	}
	return c.resident()
}

// resident is the resident memory of the process as it is.
func (c *child) resident() (int, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", c.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("memory of a process is known from /proc only: %w", err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(data))[1])
	return pages * os.Getpagesize(), err
}

// profile writes a CPU profile of what do does.
func (b *bench) profile(c *child, name string, do func() error) error {
	if b.profiles == "" {
		return do()
	}
	if err := os.MkdirAll(b.profiles, 0o755); err != nil {
		return err
	}
	if _, err := c.do("profile "+filepath.Join(b.profiles, name+".pprof"), "profiling"); err != nil {
		return err
	}
	err := do()
	if _, stop := c.do("profile", "profiled"); err == nil {
		err = stop
	}
	return err
}
