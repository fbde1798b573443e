package spec

import "strings"

// Label is what people call a server, to make names of: its name (3.2), a description of at most
// three words ("Production" of "Production server."), or else its URL without the scheme.
func (s *Server) Label() string {
	if s.Name != "" {
		return s.Name
	}
	text := strings.TrimRight(strings.TrimSpace(s.Doc.Description), ".")
	if n := len(strings.Fields(text)); n > 0 && n <= 3 && !strings.Contains(text, "://") {
		if last := len(text) - len(" server"); last > 0 && strings.EqualFold(text[last:], " server") {
			text = text[:last]
		}
		return text
	}
	_, rest, found := strings.Cut(s.URL, "://")
	if !found {
		rest = s.URL
	}
	if rest = strings.Trim(rest, "/"); rest == "" {
		return "root"
	}
	return rest
}
