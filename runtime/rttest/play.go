package rttest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/rttest/internal/derive"
)

// play is one run of Compare: three servers that get the same requests, two of them over HTTP, the third by socket.
type play struct {
	config
	api    *rt.API
	ops    []*rt.Operation
	base   string // base path of the server
	set    *derive.Set
	new    func() *rt.Server
	legs   [2]*leg // over HTTP
	socket *leg
	report Report
}

func newPlay(newServer func() *rt.Server, cfg config) (*play, error) {
	d := rt.Describe(newServer())
	if d.API.Realtime == nil {
		return nil, errors.New("rttest: the document has no x-realtime, so there is one transport only")
	}
	for _, s := range d.API.Security {
		if _, ok := cfg.credentials[s.Name]; !ok && s.Type == "mutualTLS" {
			cfg.credentials[s.Name] = "" // a server without a port has no TLS, so nobody has a certificate
		}
	}
	for _, op := range d.Operations {
		if len(cfg.only) > 0 && !slices.Contains(cfg.only, op.ID) {
			cfg.skip[op.ID] = true
		}
		for _, requirement := range op.Security {
			for _, use := range requirement {
				if _, ok := cfg.credentials[use.Scheme]; !ok && !cfg.skip[op.ID] {
					return nil, fmt.Errorf("rttest: operation %s asks for scheme %s: give Parity the option rttest.Credentials(%q, …)", op.ID, use.Scheme, use.Scheme)
				}
			}
		}
	}
	set, err := derive.NewSet(d.API.Schemas)
	if err != nil {
		return nil, err
	}
	p := &play{config: cfg, api: d.API, ops: d.Operations, base: d.BasePath, set: set, new: newServer}
	p.legs = [2]*leg{p.newLeg(newServer()), p.newLeg(newServer())}
	p.socket = p.newLeg(newServer())
	return p, nil
}

func (p *play) close() {
	for _, l := range []*leg{p.legs[0], p.legs[1], p.socket} {
		l.close()
	}
}

// operation plays all cases of one operation.
func (p *play) operation(op *rt.Operation) {
	accepted := false
	for i, c := range casesOf(op, p.set, p.base) {
		if c.target != "" && op.HTTPOnly != "" || slices.ContainsFunc(p.skipCase, func(text string) bool { return strings.Contains(c.name, text) }) {
			continue // the path form is for sockets
		}
		first, ok := p.play(op, c, p.legs, p.socket)
		accepted = accepted || ok && first.status < 400
		if tag := first.headers["etag"]; ok && i == 0 && tag != "" {
			p.conditions(op, c, tag)
		}
	}
	if !accepted {
		p.report.Unaccepted = append(p.report.Unaccepted, op.ID)
	}
	if op.HTTPOnly != "" {
		p.refused(op)
	}
}

// conditions plays what clients do with an entity tag.
func (p *play) conditions(op *rt.Operation, c testCase, tag string) {
	for _, header := range []string{"if-none-match", "if-match"} {
		for _, value := range []string{tag, `"rttest", ` + tag, "W/" + strings.TrimPrefix(tag, "W/")} {
			c.name, c.headers = header+": "+value, map[string]string{header: value}
			p.play(op, c, p.legs, p.socket)
		}
	}
}

// play makes one request on three servers and compares. It returns the first answer over HTTP; ok is false where there is none.
func (p *play) play(op *rt.Operation, c testCase, http [2]*leg, socket *leg) (first answer, ok bool) {
	first, err1 := http[0].overHTTP(op, c)
	second, err2 := http[1].overHTTP(op, c)
	var third answer
	var err3 error
	if op.HTTPOnly != "" {
		// The client takes HTTP by itself; doing so here keeps the three servers in one state.
		_, err3 = socket.overHTTP(op, c)
		if err := errors.Join(err1, err2, err3); err != nil {
			p.differs(op.ID, c, err.Error())
			return answer{}, false
		}
		return first, true
	}
	third, err3 = socket.bySocket(op, c)
	if err := errors.Join(err1, err2, err3); err != nil {
		p.differs(op.ID, c, err.Error())
		return answer{}, false
	}
	p.report.Played++
	if first.status < 400 {
		p.report.Accepted++
	}
	if op.Stream != nil && first.status < 300 {
		first.headers, second.headers, third.headers = nil, nil, nil // those of the stream that follows over HTTP
	}
	for _, what := range compare(first, second, third, p.ignore) {
		p.differs(op.ID, c, what)
	}
	return first, true
}

// refused checks that a socket cannot call what is left to HTTP, and is told so.
func (p *play) refused(op *rt.Operation) {
	c := baseCase(op, p.set, false)
	c.name = "by socket, although it is left to HTTP"
	a, err := p.socket.bySocket(op, c)
	switch {
	case err != nil:
		p.differs(op.ID, c, err.Error())
	case a.status < 400 || a.status > 499:
		p.differs(op.ID, c, fmt.Sprintf("answered with %d, a client error was due", a.status))
	}
}

func (p *play) differs(op string, c testCase, what string) {
	p.report.Differences = append(p.report.Differences, Difference{op, c.name, what})
}

// paths plays what no operation answers: unknown paths and methods, HEAD and OPTIONS.
func (p *play) paths() {
	for _, path := range []string{"/rttest/unknown", "/%2e%2e/rttest", "/"} {
		p.route("GET", path)
	}
	seen := map[string]bool{}
	for _, op := range p.ops {
		target := baseCase(op, p.set, false).args.target(op, "")
		if seen[op.Path] || p.skip[op.ID] || op.Stream != nil || op.HTTPOnly != "" {
			continue
		}
		seen[op.Path] = true
		for _, method := range []string{"OPTIONS", "HEAD", "TRACE"} {
			p.route(method, target)
		}
	}
}

func (p *play) route(method, target string) {
	op := &rt.Operation{ID: method + " " + target, Method: method}
	p.play(op, testCase{name: "by method and path", target: p.base + target}, p.legs, p.socket)
}

// faultHeader asks the middleware of faults for trouble.
const faultHeader = "rttest-fault"

// faults plays a panic and a cancellation behind the middleware of the server, on servers of their own.
func (p *play) faults() {
	withFaults := func() *leg {
		s := p.new()
		s.Use(fault)
		return p.newLeg(s)
	}
	legs := [2]*leg{withFaults(), withFaults()}
	socket := withFaults()
	defer func() {
		for _, l := range []*leg{legs[0], legs[1], socket} {
			l.close()
		}
	}()
	for _, op := range p.ops {
		if p.skip[op.ID] || op.Stream != nil {
			continue
		}
		for _, kind := range []string{"panic", "status", "header", "body"} {
			c := baseCase(op, p.set, false)
			c.name = "middleware: " + kind
			c.headers = map[string]string{faultHeader: kind}
			p.play(op, c, legs, socket)
		}
		if op.HTTPOnly == "" {
			p.cancelled(op, legs[0], socket)
		}
	}
}

// fault is middleware that does what the request asks it to.
func fault(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get(faultHeader) {
		case "panic":
			panic("rttest: a panic that was asked for")
		case "status":
			w.Header().Set("Rttest-Answer", "yes")
			w.WriteHeader(http.StatusTeapot)
		case "header":
			w.Header().Add("Rttest-Answer", "one")
			w.Header().Add("Rttest-Answer", "two")
			next.ServeHTTP(w, r)
		case "body":
			_, _ = io.WriteString(w, "<!doctype html><p>What is this?")
			w.WriteHeader(http.StatusBadGateway)
		case "wait":
			_, _ = io.Copy(io.Discard, r.Body) // net/http looks for a caller that goes away once the body has been read
			if started, ok := waiting.Load(r.Header.Get(waitHeader)); ok {
				started.(chan error) <- nil
				<-r.Context().Done()
				started.(chan error) <- context.Cause(r.Context())
			}
		default:
			next.ServeHTTP(w, r)
		}
	})
}
