package rttest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	rt "github.com/rtgen/rtgen/runtime"
)

// Player plays single requests over both transports, for fuzz tests:
//
//	player, err := rttest.NewPlayer(newServer)
//	…
//	f.Fuzz(func(t *testing.T, target string, body []byte) {
//		for _, d := range player.Play(rttest.Request{Method: "POST", Target: target, Body: body}) {
//			t.Error(d)
//		}
//	})
//
// It keeps the servers of newServer between requests, so what one request changes the next one sees, on both alike. It is
// for one goroutine at a time.
type Player struct{ play *play }

// Request is a request without an operation: a call in path form by socket.
type Request struct {
	Method  string            // GET, …
	Target  string            // the path and the query as they stand in the request line
	Headers map[string]string // among them content-type; those that only a handshake has mean nothing to a call
	Body    []byte            // nil: none
}

// NewPlayer starts servers as Compare does. Its error is that of Compare. Close it.
func NewPlayer(newServer func() *rt.Server, opts ...Option) (*Player, error) {
	p, err := newPlay(newServer, newConfig(opts))
	if err != nil {
		return nil, err
	}
	return &Player{p}, nil
}

// Close ends the servers.
func (p *Player) Close() { p.play.close() }

// Play makes a request over both transports and returns how the answers differ. Nothing is played of a request that one
// transport cannot make: a target that no request line has, a header that is no text, the address of the socket itself.
func (p *Player) Play(r Request) []Difference {
	if !p.possible(r) {
		return nil
	}
	c := testCase{name: "as it stands", target: r.Target, headers: map[string]string{}, hasBody: r.Body != nil, body: string(r.Body)}
	for name, value := range r.Headers {
		if strings.EqualFold(name, "content-type") {
			c.contentType = value
			continue
		}
		c.headers[strings.ToLower(name)] = value
	}
	p.play.report = Report{}
	p.play.play(&rt.Operation{ID: r.Method + " " + r.Target, Method: r.Method}, c, p.play.legs, p.play.socket)
	return slices.DeleteFunc(p.play.report.Differences, func(d Difference) bool {
		return strings.Contains(d.What, "urn:rtgen:problem:http-only")
	})
}

func (p *Player) possible(r Request) bool {
	req, err := http.NewRequest(r.Method, origin+r.Target, nil)
	if err != nil || r.Method == http.MethodConnect || req.URL.RequestURI() != r.Target || !utf8.ValidString(r.Target) {
		return false
	}
	if path, err := url.PathUnescape(req.URL.Path); err != nil || strings.HasPrefix(path, p.play.base+endpoint(p.play.api)) {
		return false
	}
	for name, value := range r.Headers {
		plain := strings.IndexFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f || r == utf8.RuneError }) < 0
		if name == "" || !plain {
			return false
		}
	}
	return true
}
