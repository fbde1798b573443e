package runtime

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"slices"
	"strings"
)

// SchemeCredentials are what a security check is given, by the type of its scheme:
// [BearerCredentials] for http bearer, oauth2 and openIdConnect, [BasicCredentials] for http
// basic, [APIKeyCredentials] for apiKey and [CertificateCredentials] for mutualTLS.
type SchemeCredentials interface {
	BearerCredentials | BasicCredentials | APIKeyCredentials | CertificateCredentials
}

// CredentialScope says what credentials are presented for.
type CredentialScope struct {
	Scheme    string   // the document's name of the scheme
	Scopes    []string // the scopes, or roles, that the document asks for
	Operation string   // operationId; empty for a handshake or a channel
}

// BearerCredentials are a token from "Authorization: Bearer …" or from the connection.
type BearerCredentials struct {
	Token string
	CredentialScope
}

// BasicCredentials are a user name and a password (RFC 7617).
type BasicCredentials struct {
	Username, Password string
	CredentialScope
}

// APIKeyCredentials are a key from the header, query parameter or cookie that the document names.
type APIKeyCredentials struct {
	Key string
	CredentialScope
}

// CertificateCredentials are the client's certificates, leaf first. The TLS configuration of
// the http.Server decides whether they have been verified; Verified has the chains if so.
type CertificateCredentials struct {
	Certificates []*x509.Certificate
	Verified     [][]*x509.Certificate
	CredentialScope
}

// WithSecurity sets the check of a security scheme; emitted code has a typed option for each
// scheme that calls it. The check runs for every call of every operation that asks for the
// scheme, over HTTP and over the socket alike, concurrently, before the request is decoded.
//
// It returns who the caller is, which may be nil when it does not matter. With an error the call
// is answered 401, whatever the error says, or with the error's [Problem] if it is one: return
// [Forbidden] for a caller who is known and may not, or a 503 when the check itself is out of
// order: that refuses a call, and keeps a member of a channel that is checked again for up to two
// minutes. Where the identity lists Scopes, the runtime checks that the document's are among them
// and answers 403 if not; with nil Scopes that is the check's own business.
//
// Credentials that are present and refused are never ignored, even where the document makes
// security optional.
func WithSecurity[C SchemeCredentials](scheme string, check func(ctx context.Context, c C) (*Identity, error)) Option {
	return func(s *settings) {
		if s.checks == nil {
			s.checks = make(map[string]securityCheck)
		}
		s.checks[scheme] = func(ctx context.Context, found any) (*Identity, error) {
			c, ok := found.(C)
			if !ok {
				return nil, errWrongCredentials
			}
			return check(ctx, c)
		}
	}
}

var errWrongCredentials = errors.New("the check of the security scheme takes credentials of another type")

// securityCheck runs a check on credentials of the type that the scheme has.
type securityCheck func(ctx context.Context, found any) (*Identity, error)

// secure checks requirements. It returns who was accepted, nil when nothing is asked, or the
// problem to answer with.
func (s *Server) secure(ctx context.Context, operation string, requirements []Requirement, src credentialSource) (*Identity, *Problem) {
	if len(requirements) == 0 {
		return nil, nil
	}
	attempt := securityAttempt{server: s, ctx: ctx, operation: operation, source: src}
	optional := false
	for _, alternative := range requirements {
		if len(alternative) == 0 {
			optional = true
			continue
		}
		if id, ok := attempt.try(alternative); ok {
			return id, nil
		}
	}
	if optional && attempt.worst == nil && !attempt.refused {
		return nil, nil
	}
	if attempt.worst != nil {
		return nil, attempt.worst
	}
	return nil, attempt.unauthorized(requirements)
}

// A securityAttempt goes through the alternatives of a requirement list.
type securityAttempt struct {
	server    *Server
	ctx       context.Context
	operation string
	source    credentialSource
	refused   bool     // credentials were there and not good enough
	worst     *Problem // what a check wants to be answered; nil: 401
}

// try asks every scheme of one alternative. The identity is that of the first scheme that
// returns one.
func (a *securityAttempt) try(alternative Requirement) (*Identity, bool) {
	var identity *Identity
	for _, use := range alternative {
		id, ok := a.scheme(use)
		if !ok {
			return nil, false
		}
		if identity == nil {
			identity = id
		}
	}
	return identity, true
}

// scheme runs the check of one scheme.
func (a *securityAttempt) scheme(use SchemeUse) (*Identity, bool) {
	s := a.server
	scheme, check := s.schemes[use.Scheme], s.settings.checks[use.Scheme]
	if scheme == nil || check == nil {
		s.log.ErrorContext(a.ctx, "no check for a security scheme: pass the option that emitted code has for it",
			"scheme", use.Scheme, "operation", a.operation)
		a.answer(internalError())
		return nil, false
	}
	found := a.source.find(scheme, CredentialScope{Scheme: use.Scheme, Scopes: use.Scopes, Operation: a.operation})
	if found == nil {
		return nil, false
	}
	identity, err := check(a.ctx, found)
	if err != nil {
		a.fail(use, err)
		return nil, false
	}
	if identity != nil && identity.Scopes != nil {
		for _, scope := range use.Scopes {
			if !slices.Contains(identity.Scopes, scope) {
				a.answer(insufficientScope(scheme, use.Scopes))
				return nil, false
			}
		}
	}
	return identity, true
}

// fail decides the answer for an error of a check.
func (a *securityAttempt) fail(use SchemeUse, err error) {
	a.refused = true
	var p *Problem
	switch {
	case errors.As(err, &p):
		if p.status() == http.StatusUnauthorized {
			p = challenged(p, a.server.schemes[use.Scheme])
		}
		a.answer(p)
	case errors.Is(err, errWrongCredentials):
		a.server.log.ErrorContext(a.ctx, err.Error(), "scheme", use.Scheme)
		a.answer(internalError())
	case a.ctx.Err() != nil:
		a.answer(contextProblem(a.ctx))
	default:
		a.server.log.DebugContext(a.ctx, "credentials refused", "scheme", use.Scheme, "operation", a.operation, "error", err)
	}
}

// answer keeps the problem that says most: a server fault over a 403 over a 401.
func (a *securityAttempt) answer(p *Problem) {
	if a.worst == nil || p.status() > a.worst.status() {
		a.worst = p
	}
}

// challenged is a check's own 401, with the challenge that RFC 9110 asks for.
func challenged(p *Problem, s *SecurityScheme) *Problem {
	if p.Header.Get("Www-Authenticate") != "" {
		return p
	}
	copied := *p // the application's value may be shared
	if copied.Header = p.Header.Clone(); copied.Header == nil {
		copied.Header = make(http.Header)
	}
	copied.Header.Set("Www-Authenticate", challenge(s, true))
	return &copied
}

// unauthorized is the 401 with a challenge for each scheme that would do.
func (a *securityAttempt) unauthorized(requirements []Requirement) *Problem {
	p := fault(http.StatusUnauthorized, "unauthorized", "the call needs credentials")
	if a.refused {
		p.Detail = "the credentials are not accepted"
	}
	p.Header = make(http.Header)
	var seen []string
	for _, alternative := range requirements {
		for _, use := range alternative {
			if scheme := a.server.schemes[use.Scheme]; scheme != nil && !slices.Contains(seen, use.Scheme) {
				seen = append(seen, use.Scheme)
				p.Header.Add("Www-Authenticate", challenge(scheme, a.refused))
			}
		}
	}
	return p
}

// challenge is the WWW-Authenticate value of a scheme (RFC 9110, 11.6.1; RFC 6750, 3).
func challenge(s *SecurityScheme, refused bool) string {
	switch s.Type {
	case "http":
		if strings.EqualFold(s.Scheme, "basic") {
			return `Basic realm="` + s.Name + `", charset="UTF-8"`
		}
		if !strings.EqualFold(s.Scheme, "bearer") {
			return s.Scheme
		}
	case "apiKey":
		return `ApiKey in="` + string(s.In) + `", name="` + quoteSafe(s.Param) + `"`
	case "mutualTLS":
		return "Mutual"
	}
	if refused {
		return `Bearer error="invalid_token"`
	}
	return "Bearer"
}

func quoteSafe(s string) string {
	return strings.NewReplacer(`"`, "", `\`, "", "\r", "", "\n", "").Replace(s)
}

// insufficientScope is the 403 that names what was missing.
func insufficientScope(s *SecurityScheme, scopes []string) *Problem {
	p := fault(http.StatusForbidden, "insufficient-scope", "the credentials lack a scope")
	if s.Type != "apiKey" && s.Type != "mutualTLS" && !strings.EqualFold(s.Scheme, "basic") {
		p.Header = http.Header{"Www-Authenticate": {
			`Bearer error="insufficient_scope", scope="` + quoteSafe(strings.Join(scopes, " ")) + `"`,
		}}
	}
	return p
}
