package rttest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	rt "github.com/rtgen/rtgen/runtime"
)

// Parity plays every operation of a server over HTTP and over a socket and fails t for each answer that differs in status,
// in the bytes of its body or in a header, apart from headers that belong to a transport.
//
// Of each operation it plays the document's examples, values derived from its schemas, right and wrong ones, missing and wrong
// credentials, bodies that are too large or no JSON, a panic and a cancellation; and for the server as a whole unknown paths and methods.
//
// newServer is called several times and must return servers in the same state that share none: each transport gets one of its own,
// and plays the same requests in the same order. What differs between two servers that both got them over HTTP, such as random ids and
// times, is left out of the comparison.
//
// A server whose document asks for credentials needs the option [Credentials] for each of its schemes,
// apart from mutual TLS: nothing here has a certificate.
func Parity(t *testing.T, newServer func() *rt.Server, opts ...Option) {
	t.Helper()
	report, err := Compare(newServer, opts...)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range report.Differences {
		t.Error(d)
	}
	t.Logf("%d requests over both transports, %d of them accepted", report.Played, report.Accepted)
	if len(report.Unaccepted) > 0 {
		t.Logf("no request was accepted of %s: what succeeds there has not been compared", strings.Join(report.Unaccepted, ", "))
	}
}

// Report is what Compare has seen.
type Report struct {
	Played      int // requests that were made over both transports
	Accepted    int // how many of them were answered with success
	Differences []Difference

	// Unaccepted are the operations of which no request was accepted, by id. Their documents may lack examples, or their
	// handlers may want more than the document says; what they answer with success has not been compared.
	Unaccepted []string
}

// Difference is one request whose answers differ, or that one transport could not make.
type Difference struct {
	Operation string
	Case      string // "smallest request", "body: without name", …
	What      string // what differs, with both values
}

// String is "operation, case: what".
func (d Difference) String() string { return fmt.Sprintf("%s, %s: %s", d.Operation, d.Case, d.What) }

// Option is an option of Parity.
type Option func(*config)

type config struct {
	credentials map[string]string
	skip        map[string]bool
	ignore      map[string]bool
	only        []string
	skipCase    []string
}

// Credentials gives what a security scheme of the document accepts: a token, a key, or "user:password" for HTTP basic.
func Credentials(scheme, value string) Option {
	return func(c *config) { c.credentials[scheme] = value }
}

// Skip leaves operations out, by id. Say in the test why.
func Skip(operations ...string) Option {
	return func(c *config) {
		for _, id := range operations {
			c.skip[id] = true
		}
	}
}

// SkipCase leaves out the cases whose names have a text in them, as in "too large". Say in the test why.
func SkipCase(texts ...string) Option {
	return func(c *config) { c.skipCase = append(c.skipCase, texts...) }
}

// Only plays nothing but the operations with these ids: for a test of one of them, or of middleware that treats all alike.
func Only(operations ...string) Option {
	return func(c *config) { c.only = append(c.only, operations...) }
}

// IgnoreHeader leaves response headers out of the comparison, beside those that belong to a transport.
func IgnoreHeader(names ...string) Option {
	return func(c *config) {
		for _, name := range names {
			c.ignore[strings.ToLower(name)] = true
		}
	}
}

func newConfig(opts []Option) config {
	cfg := config{credentials: map[string]string{}, skip: map[string]bool{}, ignore: map[string]bool{}}
	for name := range transportHeaders {
		cfg.ignore[name] = true
	}
	for _, opt := range opts {
		opt(&cfg)
	}
	return cfg
}

// Compare does what Parity does and returns what it has seen. The error says why nothing could be compared: credentials are missing, or the
// document has no realtime.
func Compare(newServer func() *rt.Server, opts ...Option) (Report, error) {
	cfg := newConfig(opts)
	p, err := newPlay(newServer, cfg)
	if err != nil {
		return Report{}, err
	}
	defer p.close()
	for _, op := range p.ops {
		if !cfg.skip[op.ID] {
			p.operation(op)
		}
	}
	p.paths()
	p.faults()
	return p.report, nil
}

// transportHeaders belong to a transport, not to an answer.
var transportHeaders = map[string]bool{
	"date": true, "content-length": true, "connection": true, "keep-alive": true, "transfer-encoding": true, "upgrade": true, "trailer": true,
	"vary": true, "set-cookie": true, "alt-svc": true, "realtime-position": true,
}

// sorted returns a sorted copy.
func sorted(list []string) []string {
	out := slices.Clone(list)
	slices.Sort(out)
	return out
}
