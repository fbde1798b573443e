package runtime

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// A modelStream is an event stream and the HTTP calls beside it, made to look like one connection: an
// answer comes in as the res frame that it stands for. Since the two take different ways, what
// belongs to a channel of an answer that is not there yet waits for it.
type modelStream struct {
	client  *http.Client
	cancel  context.CancelFunc
	frames  chan []byte // of the stream and of answers
	gone    chan struct{}
	token   string
	running sync.WaitGroup

	session string
	known   map[float64]bool // numbers of channels
	early   [][]byte         // frames that wait
}

func openModelStream(g *rig, token, hello string) (*modelStream, error) {
	s := &modelStream{
		client: &http.Client{Transport: &http.Transport{DialContext: g.listen.Dial}},
		frames: make(chan []byte), gone: make(chan struct{}), token: token, known: map[float64]bool{0: true},
	}
	var ctx context.Context
	ctx, s.cancel = context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, "POST", "http://chat.example/realtime/stream", strings.NewReader(hello))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.client.Do(req)
	if err == nil && resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		err = fmt.Errorf("status %d", resp.StatusCode)
	}
	if err != nil {
		s.cancel()
		s.client.CloseIdleConnections()
		return nil, err
	}
	s.running.Go(func() {
		defer close(s.gone)
		defer func() { _ = resp.Body.Close() }()
		r := bufio.NewReader(resp.Body)
		for {
			line, err := r.ReadBytes('\n')
			if err != nil {
				return
			}
			if data, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("data: ")); ok {
				select {
				case s.frames <- data:
				case <-ctx.Done():
					return
				}
			}
		}
	})
	return s, nil
}

func (s *modelStream) close() {
	s.cancel()
	s.client.CloseIdleConnections()
}

// read returns what may be looked at now. Only the reader of the connection calls it.
func (s *modelStream) read() ([]byte, error) {
	for {
		select {
		case data := <-s.frames:
			if ready := s.sort(data); ready != nil {
				return bytes.Join(ready, []byte{'\n'}), nil
			}
		case <-s.gone:
			s.close()
			return nil, io.EOF
		}
	}
}

// sort returns the frames that can be told now that data is there.
func (s *modelStream) sort(data []byte) (ready [][]byte) {
	var f struct {
		T, State, Session string
		Ch                float64
		Subs              []struct{ Ch float64 }
	}
	_ = json.Unmarshal(data, &f) // the follower finds what is wrong with it
	switch {
	case f.T == "welcome":
		s.session = f.Session
	case f.T == "ch" && f.State != "gone":
		s.known[f.Ch] = true
	case (f.T == "ev" || f.T == "gap" || f.T == "ch") && !s.known[f.Ch]:
		s.early = append(s.early, data)
		return nil
	}
	ready = [][]byte{data}
	for _, sub := range f.Subs {
		s.known[sub.Ch] = true
		early := s.early
		s.early = nil
		for _, e := range early {
			ready = append(ready, s.sort(e)...)
		}
	}
	return ready
}

// write makes the call that a frame stands for.
func (s *modelStream) write(frame string) error {
	var call struct {
		T, Op string
		ID    int
		Body  json.RawMessage
	}
	if err := json.Unmarshal([]byte(frame), &call); err != nil || call.T != "call" {
		return err // a pong is not needed here
	}
	s.running.Go(func() {
		req, _ := http.NewRequest("POST", "http://chat.example/call/"+call.Op, bytes.NewReader(call.Body))
		req.Header.Set("Realtime-Session", s.session)
		req.Header.Set("Authorization", "Bearer "+s.token)
		resp, err := s.client.Do(req)
		if err != nil {
			return // so has the stream ended
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		subs, status := resp.Header.Get("Realtime-Subscriptions"), resp.StatusCode
		if subs == "" {
			subs, status = "[]", http.StatusServiceUnavailable // the session is over: the next one tries again
		}
		select {
		case s.frames <- fmt.Appendf(nil, `{"t":"res","id":%d,"status":%d,"subs":%s}`, call.ID, status, subs):
		case <-s.gone:
		}
	})
	return nil
}
