package runtime

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

var allSchemes = []SecurityScheme{
	{Name: "bearer", Type: "http", Scheme: "bearer"},
	{Name: "basic", Type: "http", Scheme: "basic"},
	{Name: "key", Type: "apiKey", In: InHeader, Param: "X-Key"},
	{Name: "queryKey", Type: "apiKey", In: InQuery, Param: "api_key"},
	{Name: "session", Type: "apiKey", In: InCookie, Param: "sid"},
	{Name: "login", Type: "oauth2"},
	{Name: "cert", Type: "mutualTLS"},
}

// secured makes a server whose operation has the requirements and answers with the subject.
func secured(requirements []Requirement, opts ...Option) *Server {
	op := Operation{ID: "op", Method: "GET", Path: "/op", Responses: echoResponses, Security: requirements}
	accept := func(want string) func(string) (*Identity, error) {
		return func(got string) (*Identity, error) {
			switch got {
			case want:
				return &Identity{Subject: want}, nil
			case "forbidden":
				return nil, Forbidden("not you")
			case "broken":
				return nil, NewProblem(503, "")
			case "scoped":
				return &Identity{Subject: got, Scopes: []string{"read"}}, nil
			}
			return nil, errors.New("wrong, and nobody's business: " + got)
		}
	}
	all := []Option{
		silent(),
		WithSecurity("bearer", func(_ context.Context, c BearerCredentials) (*Identity, error) { return accept("ada")(c.Token) }),
		WithSecurity("login", func(_ context.Context, c BearerCredentials) (*Identity, error) { return accept("ada")(c.Token) }),
		WithSecurity("basic", func(_ context.Context, c BasicCredentials) (*Identity, error) {
			return accept("ada:pw")(c.Username + ":" + c.Password)
		}),
		WithSecurity("key", func(_ context.Context, c APIKeyCredentials) (*Identity, error) { return accept("k1")(c.Key) }),
		WithSecurity("queryKey", func(_ context.Context, c APIKeyCredentials) (*Identity, error) { return accept("k2")(c.Key) }),
		WithSecurity("session", func(_ context.Context, c APIKeyCredentials) (*Identity, error) { return accept("s1")(c.Key) }),
		WithSecurity("cert", func(_ context.Context, c CertificateCredentials) (*Identity, error) {
			return &Identity{Subject: c.Certificates[0].Subject.CommonName}, nil
		}),
	}
	return NewServer(&API{Security: allSchemes}, []Binding{Bind(&op, func(ctx context.Context, _ *noRequest) (any, error) {
		if id := IdentityFrom(ctx); id != nil {
			return echoOf(id.Subject)
		}
		return echoOf("nobody")
	})}, append(all, opts...)...)
}

func one(scheme string, scopes ...string) Requirement {
	return Requirement{{Scheme: scheme, Scopes: scopes}}
}

func TestSecurity(t *testing.T) {
	t.Parallel()
	withCert := get("/op")
	cert := &x509.Certificate{}
	cert.Subject.CommonName = "leaf"
	withCert.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{cert}}
	bearer := []Requirement{one("bearer")}
	for _, tc := range []struct {
		name string
		need []Requirement
		req  *http.Request
		want string // status and subject, or status and challenge
	}{
		{"bearer", bearer, get("/op", "Authorization: Bearer ada"), `200 "ada"`},
		{"letter case of the scheme", bearer, get("/op", "Authorization: bEARER ada"), `200 "ada"`},
		{"nothing", bearer, get("/op"), "401 Bearer"},
		{"refused", bearer, get("/op", "Authorization: Bearer eve"), `401 Bearer error="invalid_token"`},
		{"other HTTP scheme", bearer, get("/op", "Authorization: Basic ada"), "401 Bearer"},
		{"forbidden", bearer, get("/op", "Authorization: Bearer forbidden"), "403 "},
		{"check out of order", bearer, get("/op", "Authorization: Bearer broken"), "503 "},
		{"basic", []Requirement{one("basic")}, get("/op", "Authorization: Basic YWRhOnB3"), `200 "ada:pw"`},
		{"basic, no base64", []Requirement{one("basic")}, get("/op", "Authorization: Basic %%%"), `401 Basic realm="basic", charset="UTF-8"`},
		{"key in header", []Requirement{one("key")}, get("/op", "X-Key: k1"), `200 "k1"`},
		{"key in query", []Requirement{one("queryKey")}, get("/op?x=1&api_key=k2"), `200 "k2"`},
		{"key in cookie", []Requirement{one("session")}, get("/op", "Cookie: a=b; sid=s1"), `200 "s1"`},
		{"key missing", []Requirement{one("key")}, get("/op"), `401 ApiKey in="header", name="X-Key"`},
		{"certificate", []Requirement{one("cert")}, withCert, `200 "leaf"`},
		{"certificate missing", []Requirement{one("cert")}, get("/op"), "401 Mutual"},
		{"oauth2", []Requirement{one("login")}, get("/op", "Authorization: Bearer ada"), `200 "ada"`},
		{"second alternative", []Requirement{one("bearer"), one("key")}, get("/op", "X-Key: k1"), `200 "k1"`},
		{"no alternative", []Requirement{one("bearer"), one("key")}, get("/op"), `401 Bearer, ApiKey in="header", name="X-Key"`},
		{"both of a combination", []Requirement{{{Scheme: "bearer"}, {Scheme: "key"}}}, get("/op", "X-Key: k1", "Authorization: Bearer ada"), `200 "ada"`},
		{"half of a combination", []Requirement{{{Scheme: "bearer"}, {Scheme: "key"}}}, get("/op", "X-Key: k1"), `401 Bearer, ApiKey in="header", name="X-Key"`},
		{"optional without", []Requirement{one("bearer"), {}}, get("/op"), `200 "nobody"`},
		{"optional with", []Requirement{{}, one("bearer")}, get("/op", "Authorization: Bearer ada"), `200 "ada"`},
		{"optional with bad ones", []Requirement{{}, one("bearer")}, get("/op", "Authorization: Bearer eve"), `401 Bearer error="invalid_token"`},
		{"scope there", []Requirement{one("bearer", "read")}, get("/op", "Authorization: Bearer scoped"), `200 "scoped"`},
		{"scope missing", []Requirement{one("bearer", "write")}, get("/op", "Authorization: Bearer scoped"), `403 Bearer error="insufficient_scope", scope="write"`},
		{"scopes unknown", []Requirement{one("bearer", "write")}, get("/op", "Authorization: Bearer ada"), `200 "ada"`},
		{"scheme without check", []Requirement{one("nowhere")}, get("/op"), "500 "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := secured(tc.need)
			show := func(a answer) string {
				if a.status == 200 {
					return a.String()
				}
				return strings.TrimPrefix(a.String()[:4]+strings.Join(a.header["Www-Authenticate"], ", "), " ")
			}
			want := serve(s, tc.req)
			if show(want) != tc.want {
				t.Errorf("got %s, want %s", show(want), tc.want)
			}
			// The same credentials on the connection answer the same.
			f := frame{op: "op", handshake: tc.req}
			if got := callFrame(t.Context(), s, f); got.comparable() != want.comparable() {
				t.Errorf("direct differs from HTTP:\n got %s\nwant %s", got.comparable(), want.comparable())
			}
			s.Use(passing)
			if got := callFrame(t.Context(), s, f); got.comparable() != want.comparable() {
				t.Errorf("virtual differs from HTTP:\n got %s\nwant %s", got.comparable(), want.comparable())
			}
		})
	}
}

func TestCredentialsOfAConnection(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		need string
		call frame
		want string
	}{
		{"token of the connection", "bearer", frame{credentials: []credential{{"bearer", "ada"}}}, `200 "ada"`},
		{"by the document's name", "login", frame{credentials: []credential{{"login", "ada"}}}, `200 "ada"`},
		{"key by the document's name", "key", frame{credentials: []credential{{"key", "k1"}}}, `200 "k1"`},
		{"query key by the document's name", "queryKey", frame{credentials: []credential{{"queryKey", "k2"}}}, `200 "k2"`},
		{"query key of the call", "queryKey", frame{query: `{"api_key":"k2"}`}, `200 "k2"`},
		{"the call's own header wins", "bearer", frame{headers: `{"authorization":"Bearer ada"}`, credentials: []credential{{"bearer", "eve"}}}, `200 "ada"`},
		{"and does not fall back", "bearer", frame{headers: `{"authorization":"Bearer eve"}`, credentials: []credential{{"bearer", "ada"}}}, "401"},
		{"renewed over the handshake's", "bearer", frame{handshake: get("/realtime", "Authorization: Bearer eve"), credentials: []credential{{"bearer", "ada"}}}, `200 "ada"`},
		{"headers of hello", "key", frame{defaults: http.Header{"X-Key": {"k1"}}}, `200 "k1"`},
		{"a call cannot bring cookies", "session", frame{headers: `{"cookie":"sid=s1"}`}, "401"},
		{"hello cannot bring cookies", "session", frame{defaults: http.Header{"Cookie": {"sid=s1"}}}, "401"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.call.op = "op"
			s := secured([]Requirement{one(tc.need)})
			for range 2 {
				if got := callFrame(t.Context(), s, tc.call).String(); !strings.HasPrefix(got, tc.want) {
					t.Errorf("got %s, want %s", got, tc.want)
				}
				s.Use(passing)
			}
		})
	}
}

func TestIdentityOfAConnectionServesOpenOperations(t *testing.T) {
	t.Parallel()
	s := secured(nil)
	if got := callFrame(t.Context(), s, frame{op: "op", identity: &Identity{Subject: "ada"}}); got.body != `"ada"` {
		t.Errorf("got %s, want the identity of the socket", got)
	}
	if got := serve(s, get("/op", "Authorization: Bearer ada")); got.body != `"nobody"` {
		t.Errorf("over HTTP: got %s, want nobody", got)
	}
}

func TestSecurityComesBeforeDecoding(t *testing.T) {
	t.Parallel()
	op := orderOperation
	op.Security = []Requirement{one("bearer")}
	s := NewServer(&API{Schemas: `{"Order":` + schemaOrder + `,"Limit":{"type":"integer"}}`, Security: allSchemes},
		[]Binding{Bind(&op, func(_ context.Context, r *orderRequest) (any, error) { return echoOf(r) })}, silent(),
		WithSecurity("bearer", func(context.Context, BearerCredentials) (*Identity, error) { return nil, errors.New("no") }))
	if got := serve(s, request("POST", "/op", "garbage", "Authorization: Bearer x")); got.status != 401 {
		t.Errorf("got %s, want 401", got)
	}
}

func TestMissingCheckIsReportedAtOnce(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	secured([]Requirement{one("forgotten")}, quiet(&log))
	if !strings.Contains(log.String(), "scheme=forgotten") {
		t.Errorf("the log does not name the scheme: %s", log.String())
	}
}

func TestAuthoriseForHandshakesAndChannels(t *testing.T) {
	t.Parallel()
	s := secured(nil)
	in := frame{credentials: []credential{{"bearer", "ada"}}}.input()
	if id, p := s.authorise(t.Context(), in, []Requirement{one("bearer")}); p != nil || id.Subject != "ada" {
		t.Errorf("got %v, %v", id, p)
	}
	if _, p := s.authorise(t.Context(), frame{}.input(), []Requirement{one("bearer")}); p == nil || p.Status != 401 {
		t.Errorf("without credentials: got %v, want 401", p)
	}
	if id, p := s.authorise(t.Context(), in, nil); id != nil || p != nil {
		t.Errorf("nothing required: got %v, %v", id, p)
	}
}

func TestIdentityAnswersExpressions(t *testing.T) {
	t.Parallel()
	ex := &exchange{callContext: callContext{identity: &Identity{Subject: "ada", Claims: map[string]any{"role": "x"}, Expires: time.Now()}}}
	if v, ok := ex.claim("sub"); v != "ada" || !ok {
		t.Errorf("sub: got %v, %v", v, ok)
	}
	if v, ok := ex.claim("role"); v != "x" || !ok {
		t.Errorf("role: got %v, %v", v, ok)
	}
	if _, ok := ex.claim("none"); ok {
		t.Error("a claim that is not there was found")
	}
}
