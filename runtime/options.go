package runtime

import (
	"context"
	"log/slog"
	"strings"
)

// An Option changes how a Server works. Options are applied in order; a later one wins.
type Option func(*settings)

// settings are what options change.
type settings struct {
	logger   *slog.Logger
	basePath string
	limits   bodyLimits
	bodySet  bool // WithBodyLimit was given: socket messages follow
	validate bool
	checks   map[string]securityCheck
	socket   socketSettings

	observers        observers
	idempotency      IdempotencyStore
	idempotencyScope func(ctx context.Context) string
}

// Defaults of the body limits.
const (
	defaultBodyLimit    = 1 << 20  // JSON that people mean to send is far smaller
	defaultUploadLimit  = 32 << 20 // as http.Request.ParseMultipartForm is usually called
	defaultUploadMemory = 1 << 20  // files beyond it are on disk while the handler runs
)

func defaultSettings() settings {
	return settings{
		logger: slog.Default(),
		limits: bodyLimits{message: defaultBodyLimit, upload: defaultUploadLimit, memory: defaultUploadMemory},

		idempotency: NewMemoryIdempotency(0, 0),
	}
}

// WithLogger sets where the server reports what is not for clients: failures of handlers,
// panics, answers that the document does not declare. The default is slog.Default().
func WithLogger(l *slog.Logger) Option {
	return func(s *settings) {
		if l != nil {
			s.logger = l
		}
	}
}

// WithBasePath mounts the document below a path, such as "/v1": requests elsewhere are answered
// 404. The default is the root. A trailing slash is ignored. Calls by socket name operations,
// so nothing changes for them but the path of the socket itself.
func WithBasePath(path string) Option {
	return func(s *settings) {
		path = strings.TrimRight(path, "/")
		if path != "" && path[0] != '/' {
			path = "/" + path
		}
		s.basePath = path
	}
}

// WithBodyLimit sets how many bytes a body may have that is decoded in memory: JSON, forms, text
// and the text parts of multipart bodies. Larger ones are answered 413. The default is 1 MiB.
//
// Over the socket the limit of a message comes first, which is 64 KiB unless [Limits] say otherwise.
// This option raises it, so that bodies which fit over HTTP fit into a message too, as far as 1 MiB:
// what is larger belongs to HTTP.
func WithBodyLimit(bytes int64) Option {
	return func(s *settings) { s.limits.message, s.bodySet = bytes, true }
}

// WithUploadLimit sets how many bytes a multipart body, or a body that the handler reads as a
// stream, may have. Larger ones are answered 413 or, when the handler is reading already, end
// with an *http.MaxBytesError. The default is 32 MiB.
func WithUploadLimit(bytes int64) Option { return func(s *settings) { s.limits.upload = bytes } }

// ValidateResponses checks every answer against the document before it is sent: headers, bodies of
// JSON, text and forms, and each item of a stream. An answer that does not fit is logged and
// becomes a 500, a stream breaks off. It costs about as much as decoding the answer would and is
// meant for tests and staging; without it only what the types of Go cannot say goes unchecked. That
// the document declares the status, that required headers are there and that events of channels fit
// is checked always.
func ValidateResponses() Option { return func(s *settings) { s.validate = true } }
