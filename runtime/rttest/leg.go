package rttest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	rt "github.com/rtgen/rtgen/runtime"
)

// userAgent is the same over both transports.
const userAgent = "rttest"

// leg is one server and the ways to it.
type leg struct {
	play    *play
	host    *Host
	server  *rt.Server
	sockets map[string]*Socket // by what their handshake carried
}

func (p *play) newLeg(s *rt.Server) *leg {
	return &leg{play: p, host: start(s), server: s, sockets: map[string]*Socket{}}
}

func (l *leg) close() {
	for _, s := range l.sockets {
		s.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_ = l.server.Shutdown(ctx) // what is still open is closed with the host
	l.host.close()
}

// answer is a response, whichever transport brought it.
type answer struct {
	status  int
	headers map[string]string // lower-case names, values joined by ", "
	body    string
	refused bool // the socket was not let in, so there is only a status
}

// overHTTP makes the request as HTTP has it.
func (l *leg) overHTTP(op *rt.Operation, c testCase) (answer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := l.request(ctx, op, c)
	if err != nil {
		return answer{}, fmt.Errorf("over HTTP: %w", err)
	}
	res, err := l.host.Client().Do(req)
	if err != nil {
		return answer{}, fmt.Errorf("over HTTP: %w", err)
	}
	defer res.Body.Close()
	a := answer{status: res.StatusCode, headers: map[string]string{}}
	for name, values := range res.Header {
		a.headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	if op.Stream != nil && res.StatusCode < 300 {
		return a, nil // the channel follows, and does not end
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}, fmt.Errorf("over HTTP: %w", err)
	}
	a.body = string(body)
	if sequential(a.headers["content-type"]) {
		if a.body != "" {
			a.body = fromEvents(a.body)
		}
		for _, name := range streamHeaders {
			delete(a.headers, name)
		}
	}
	return a, nil
}

func (l *leg) request(ctx context.Context, op *rt.Operation, c testCase) (*http.Request, error) {
	var body io.Reader
	if c.hasBody {
		body = strings.NewReader(c.body)
	}
	req, err := http.NewRequestWithContext(ctx, op.Method, origin+l.target(op, c), body)
	if err != nil {
		return nil, err
	}
	for name, value := range l.headers(op, c) {
		req.Header.Set(name, value)
	}
	if cookie := l.cookies(op, c); cookie != "" {
		req.Header.Set("Cookie", cookie)
	}
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Origin", origin)
	return req, nil
}

// target is the request target, with the credentials that belong there.
func (l *leg) target(op *rt.Operation, c testCase) string {
	target := c.target
	if target == "" {
		target = c.args.target(op, l.play.base)
	}
	for name, value := range l.querySecret(op, c) {
		delimiter := "&"
		if !strings.Contains(target, "?") {
			delimiter = "?"
		}
		target += delimiter + escape(name) + "=" + escape(value)
	}
	return target
}

// bySocket makes the request as a call.
func (l *leg) bySocket(op *rt.Operation, c testCase) (answer, error) {
	a, err := l.call(op, c)
	if err != nil {
		return answer{}, fmt.Errorf("by socket: %w", err)
	}
	return a, nil
}

func (l *leg) call(op *rt.Operation, c testCase) (answer, error) {
	s, err := l.dial(l.cookies(op, c))
	var refused *refusal
	if errors.As(err, &refused) && c.login != loggedIn {
		return answer{status: refused.status, refused: true}, nil
	}
	if err != nil {
		return answer{}, err
	}
	f, err := s.call(l.frame(op, c))
	if err != nil {
		s.Close()
		delete(l.sockets, l.cookies(op, c))
		return answer{}, err
	}
	if f.Stream && op.Stream == nil {
		a := answer{status: f.Status, headers: lowerCase(f.Headers)}
		a.body, err = s.items(string(f.ID), wholeEvents(op, l.play.set))
		return a, err
	}
	return read(f)
}

// dial returns a socket whose handshake carried a cookie.
func (l *leg) dial(cookie string) (*Socket, error) {
	if s, ok := l.sockets[cookie]; ok {
		return s, nil
	}
	header := http.Header{"User-Agent": {userAgent}}
	if cookie != "" {
		header.Set("Cookie", cookie)
	}
	s, err := l.host.dial(l.play.base+endpoint(l.play.api), header)
	if err != nil {
		return nil, err
	}
	l.sockets[cookie] = s
	return s, nil
}

func endpoint(api *rt.API) string {
	if api.Realtime.Endpoint == "" {
		return "/realtime"
	}
	return api.Realtime.Endpoint
}

// frame lists the members of the call frame.
func (l *leg) frame(op *rt.Operation, c testCase) map[string]any {
	members := map[string]any{}
	if c.target != "" {
		members["op"] = op.Method + " " + l.target(op, c)
	} else {
		l.frameParams(members, op, c)
	}
	headers := l.headers(op, c)
	headers["user-agent"] = userAgent
	members["headers"] = headers
	if !c.hasBody {
		return members
	}
	switch {
	case c.object != "":
		members["body"] = json.RawMessage(c.object)
	case c.framed():
		members["body"] = json.RawMessage(c.body)
	case utf8.ValidString(c.body):
		members["body"], members["enc"] = c.body, "text"
	default:
		members["body"], members["enc"] = base64.StdEncoding.EncodeToString([]byte(c.body)), "base64"
	}
	return members
}

// frameParams adds what a call by operationId carries of path and query.
func (l *leg) frameParams(members map[string]any, op *rt.Operation, c testCase) {
	members["op"] = op.ID
	if len(c.args[rt.InPath]) > 0 {
		members["path"] = c.args[rt.InPath]
	}
	query := map[string]any{}
	for _, in := range []rt.In{rt.InQuery, rt.InQueryString} {
		maps.Copy(query, c.args[in])
	}
	for name, v := range l.querySecret(op, c) {
		query[name] = v
	}
	if len(query) > 0 {
		members["query"] = query
	}
}

// headers are the request headers that both transports carry.
func (l *leg) headers(op *rt.Operation, c testCase) map[string]string {
	out := map[string]string{}
	for _, p := range op.Params {
		if v, ok := c.args[rt.InHeader][p.Name]; ok && p.In == rt.InHeader {
			out[strings.ToLower(p.Name)] = headerValue(p, v)
		}
	}
	if c.contentType != "" {
		out["content-type"] = c.contentType
	}
	for name, value := range c.headers {
		out[name] = value
	}
	secrets := l.secrets(op, c)
	for _, s := range l.play.api.Security {
		secret, ok := secrets[s]
		switch {
		case !ok:
		case out["authorization"] != "" && strings.Contains(secret, "rttest-wrong"):
			// There is one header for both, and the right one has it.
		case s.Type == "http" && s.Scheme == "basic":
			out["authorization"] = "Basic " + base64.StdEncoding.EncodeToString([]byte(secret))
		case s.Type == "http" && s.Scheme != "bearer":
			out["authorization"] = s.Scheme + " " + secret
		case s.Type == "http" || s.Type == "oauth2" || s.Type == "openIdConnect":
			out["authorization"] = "Bearer " + secret
		case s.Type == "apiKey" && s.In == rt.InHeader:
			out[strings.ToLower(s.Param)] = secret
		}
	}
	return out
}

// cookies are what a Cookie header carries: parameters and keys.
func (l *leg) cookies(op *rt.Operation, c testCase) string {
	var pairs []string
	for _, p := range op.Params {
		if v, ok := c.args[rt.InCookie][p.Name]; ok && p.In == rt.InCookie {
			pairs = append(pairs, cookiePairs(p, v)...)
		}
	}
	for s, secret := range l.secrets(op, c) {
		if s.Type == "apiKey" && s.In == rt.InCookie {
			pairs = append(pairs, s.Param+"="+secret)
		}
	}
	return strings.Join(sorted(pairs), "; ")
}

func (l *leg) querySecret(op *rt.Operation, c testCase) map[string]string {
	var out map[string]string
	for s, secret := range l.secrets(op, c) {
		if s.Type == "apiKey" && s.In == rt.InQuery {
			out = map[string]string{s.Param: secret}
		}
	}
	return out
}

// secrets are the credentials that a request carries: of the alternative that it plays, and of the first one that the
// handshake asks for.
func (l *leg) secrets(op *rt.Operation, c testCase) map[rt.SecurityScheme]string {
	out := map[rt.SecurityScheme]string{}
	if c.login == noLogin {
		return out
	}
	if list := l.play.api.Realtime.Security; len(list) > 0 {
		l.fill(out, list[0], c.login)
	}
	if c.alternative >= len(op.Security) {
		return out
	}
	asked := op.Security[c.alternative]
	if c.login == partLogin {
		asked = asked[:1]
	}
	if c.login == doubleLogin {
		for i, other := range op.Security {
			if i != c.alternative {
				l.fill(out, other, wrongLogin)
			}
		}
	}
	l.fill(out, asked, c.login)
	return out
}

func (l *leg) fill(out map[rt.SecurityScheme]string, asked rt.Requirement, how login) {
	for _, use := range asked {
		for _, s := range l.play.api.Security {
			if s.Name != use.Scheme {
				continue
			}
			switch how {
			case wrongLogin:
				out[s] = "rttest-wrong:rttest-wrong"
			case oddLogin:
				out[s] = ""
			default:
				out[s] = l.play.credentials[use.Scheme]
			}
		}
	}
}

func lowerCase(headers map[string]string) map[string]string {
	out := map[string]string{}
	for name, value := range headers {
		out[strings.ToLower(name)] = value
	}
	return out
}

// read turns a res frame into the response that it stands for.
func read(f Frame) (answer, error) {
	a := answer{status: f.Status, headers: lowerCase(f.Headers)}
	if f.Enc == "" {
		a.body = string(f.Body)
		if _, named := a.headers["content-type"]; !named && f.Body != nil {
			a.headers["content-type"] = "application/json" // what a frame leaves out
		}
		return a, nil
	}
	var text string
	if err := json.Unmarshal(f.Body, &text); err != nil {
		return answer{}, fmt.Errorf("a body with enc that is no string: %s", f.Body)
	}
	if f.Enc == "base64" {
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return answer{}, err
		}
		text = string(data)
	}
	a.body = text
	return a, nil
}

// waitHeader names the channel in waiting that a request reports to.
const waitHeader = "rttest-wait"

var (
	waiting sync.Map // of chan error
	waits   atomic.Int64
)

// cancelled starts a request, takes it back while it runs, and checks over both transports that the handler is told and that
// the server goes on.
func (p *play) cancelled(op *rt.Operation, http, socket *leg) {
	c := baseCase(op, p.set, false)
	c.name = "cancelled while it runs"
	over := http.cancelHTTP(op, c)
	by := socket.cancelSocket(op, c)
	p.report.Played++
	switch {
	case errors.Is(over, errAnswered) && errors.Is(by, errAnswered):
		// The server's own middleware answered, before anything could be cancelled.
	case over != nil || by != nil:
		p.differs(op.ID, c, errors.Join(over, by).Error())
	default:
		p.play(op, c, [2]*leg{p.legs[0], p.legs[1]}, p.socket) // and the next one is answered as ever
	}
}

// errAnswered says that a request was answered before it could be cancelled.
var errAnswered = errors.New("answered before it was cancelled")

// wait prepares a case that blocks in the middleware until it is cancelled.
func wait(c testCase) (testCase, chan error, func()) {
	id := fmt.Sprint(waits.Add(1))
	told := make(chan error, 2)
	waiting.Store(id, told)
	c.headers = map[string]string{faultHeader: "wait", waitHeader: id}
	return c, told, func() { waiting.Delete(id) }
}

func (l *leg) cancelHTTP(op *rt.Operation, c testCase) error {
	c, told, done := wait(c)
	defer done()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	req, err := l.request(ctx, op, c)
	if err != nil {
		return err
	}
	finished := make(chan error, 1)
	go func() {
		res, err := l.host.Client().Do(req)
		if err == nil {
			res.Body.Close()
			err = errAnswered
		} else {
			err = nil
		}
		finished <- err
	}()
	if err := arrives(told, finished); err != nil {
		return fmt.Errorf("over HTTP: %w", err)
	}
	cancel()
	return errors.Join(contextEnds(told, "over HTTP"), <-finished)
}

func (l *leg) cancelSocket(op *rt.Operation, c testCase) error {
	c, told, done := wait(c)
	defer done()
	s, err := l.dial(l.cookies(op, c))
	if err != nil {
		return fmt.Errorf("by socket: %w", err)
	}
	type result struct {
		f   Frame
		err error
	}
	finished := make(chan error, 1)
	results := make(chan result, 1)
	id := s.calls + 1
	go func() {
		f, err := s.call(l.frame(op, c))
		results <- result{f, err}
		finished <- err
	}()
	if err := arrives(told, finished); err != nil {
		return fmt.Errorf("by socket: %w", err)
	}
	if err := s.send(map[string]any{"t": "cancel", "id": id}); err != nil {
		return fmt.Errorf("by socket: %w", err)
	}
	if err := contextEnds(told, "by socket"); err != nil {
		return err
	}
	r := <-results
	if r.err != nil {
		return fmt.Errorf("by socket: %w", r.err)
	}
	if r.f.Status != 499 {
		return fmt.Errorf("by socket: a cancelled call was answered with %d, 499 was due", r.f.Status)
	}
	return nil
}

// arrives waits until the middleware has the request.
func arrives(told, finished chan error) error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-told:
		return nil
	case err := <-finished:
		if err == nil {
			err = errAnswered
		}
		return err
	case <-timer.C:
		return errors.New("the request did not arrive")
	}
}

// contextEnds waits until the middleware has seen its context end.
func contextEnds(told chan error, how string) error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-told:
		return nil
	case <-timer.C:
		return fmt.Errorf("%s: the context of a cancelled request did not end", how)
	}
}
