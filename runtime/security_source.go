package runtime

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// credentialSource is where the credentials of one call are looked for. With a request they come
// from there; a call frame without one has its own headers and query, then its connection's.
type credentialSource struct {
	server *Server
	req    *http.Request
	in     *callInput
}

// find looks for the credentials of a scheme and returns them as the type that its check takes,
// nil when there are none.
func (src credentialSource) find(s *SecurityScheme, scope CredentialScope) any {
	switch s.Type {
	case "apiKey":
		if key := src.apiKey(s); key != "" {
			return APIKeyCredentials{Key: key, CredentialScope: scope}
		}
		return nil
	case "mutualTLS":
		return src.certificates(scope)
	}
	scheme := "bearer"
	if s.Type == "http" {
		scheme = strings.ToLower(s.Scheme)
	}
	name, rest, _ := strings.Cut(src.header("Authorization"), " ")
	if rest = strings.TrimSpace(rest); !strings.EqualFold(name, scheme) || rest == "" {
		return nil
	}
	if scheme != "basic" {
		return BearerCredentials{Token: rest, CredentialScope: scope}
	}
	decoded, err := base64.StdEncoding.DecodeString(rest)
	user, password, ok := strings.Cut(string(decoded), ":")
	if err != nil || !ok {
		return nil
	}
	return BasicCredentials{Username: user, Password: password, CredentialScope: scope}
}

func (src credentialSource) apiKey(s *SecurityScheme) string {
	switch s.In {
	case InHeader:
		return src.header(canonical(s.Param))
	case InCookie:
		req := src.req
		if req == nil {
			req = src.in.handshake
		}
		if req != nil {
			if c, err := req.Cookie(s.Param); err == nil {
				return c.Value
			}
		}
	case InQuery:
		return src.query(s)
	}
	return ""
}

func (src credentialSource) query(s *SecurityScheme) string {
	if src.in != nil {
		for name, raw := range jsonMembers(src.in.query) {
			if name == s.Param {
				return strings.Clone(jsonText(raw))
			}
		}
		for _, c := range src.in.credentials {
			if c.scheme == s.Name {
				return c.token
			}
		}
		if src.in.handshake != nil {
			return queryValue(src.in.handshake.URL.RawQuery, s.Param)
		}
		return ""
	}
	return queryValue(src.req.URL.RawQuery, s.Param)
}

// queryValue returns the first value of a name in a query string.
func queryValue(query, name string) string {
	list, _ := splitPairs(nil, query)
	for _, p := range list {
		if p.name == name {
			value, _ := escapeQuery.unescape(p.raw)
			return value
		}
	}
	return ""
}

func (src credentialSource) header(name string) string {
	if src.req != nil {
		return src.req.Header.Get(name)
	}
	return src.server.credentialHeader(src.in, name)
}

func (src credentialSource) certificates(scope CredentialScope) any {
	req := src.req
	if req == nil {
		req = src.in.handshake
	}
	if req == nil || req.TLS == nil || len(req.TLS.PeerCertificates) == 0 {
		return nil
	}
	return CertificateCredentials{
		Certificates: req.TLS.PeerCertificates, Verified: req.TLS.VerifiedChains, CredentialScope: scope,
	}
}

// credentialHeader is what a header that carries credentials says in a call: the call's own
// wins, then what the connection was given since its handshake, then the handshake.
func (s *Server) credentialHeader(in *callInput, name string) string {
	if raw := in.callHeader(name); raw != nil && !deniedInCalls[name] {
		return strings.Clone(jsonText(raw))
	}
	for _, c := range in.credentials {
		if header, value := s.headerOf(c); header == name {
			return value
		}
	}
	if values := in.connectionHeader(name); len(values) > 0 {
		return values[0]
	}
	return ""
}

// headerOf says how a credential of a connection would be written over HTTP. The name is empty
// when it would not be in a header.
func (s *Server) headerOf(c credential) (name, value string) {
	scheme := s.schemes[c.scheme]
	switch {
	case scheme == nil && strings.EqualFold(c.scheme, "basic"):
		return "Authorization", "Basic " + c.token
	case scheme == nil && strings.EqualFold(c.scheme, "bearer"):
		return "Authorization", "Bearer " + c.token
	case scheme == nil:
		return "", ""
	case scheme.Type == "apiKey" && scheme.In == InHeader:
		return canonical(scheme.Param), c.token
	case scheme.Type == "apiKey", scheme.Type == "mutualTLS":
		return "", ""
	case scheme.Type == "http" && strings.EqualFold(scheme.Scheme, "basic"):
		return "Authorization", "Basic " + c.token
	case scheme.Type == "http" && !strings.EqualFold(scheme.Scheme, "bearer"):
		return "Authorization", scheme.Scheme + " " + c.token
	}
	return "Authorization", "Bearer " + c.token
}
