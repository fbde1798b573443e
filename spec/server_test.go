package spec

import "testing"

func TestServerLabel(t *testing.T) {
	t.Parallel()
	for want, s := range map[string]*Server{
		"prod":               {Name: "prod", URL: "https://a.example", Doc: Doc{Description: "Production"}},
		"Production":         {URL: "https://a.example", Doc: Doc{Description: " Production server. "}},
		"a.example/v1":       {URL: "https://a.example/v1/", Doc: Doc{Description: "The server that everybody uses"}},
		"{region}.a.example": {URL: "https://{region}.a.example", Doc: Doc{Description: "see https://a.example"}},
		"v2":                 {URL: "/v2"},
		"root":               {URL: "/"},
	} {
		if got := s.Label(); got != want {
			t.Errorf("%+v: got %q, want %q", s, got, want)
		}
	}
}
