package spec

import "encoding/json"

// API is one document as rtgen understands it: references resolved, every
// element positioned, every list sorted as its field says, nothing in it that
// belongs to an output language. It is immutable once Load has returned it and
// safe for concurrent readers.
type API struct {
	Title   string // info.title
	Version string // info.version
	OpenAPI string // the version that the document claims: "3.0.3", "3.1.0", …
	Doc     Doc

	// Source is the document's path as it was given to Load, with forward
	// slashes; Fingerprint identifies what a client depends on (operations,
	// channels, schemas) and moves only when one of them does.
	Source      string
	Fingerprint string

	Servers    []*Server
	Security   []*SecurityScheme // by Name
	Operations []*Operation      // by ID
	Webhooks   []*Operation      // by ID; Path is empty
	Decls      []*Decl           // named types, by Name
	Schemas    []*Schema         // what travels, normalised, by Name
	Realtime   *Realtime         // nil when the document has no x-realtime
	Tags       []*Tag            // in document order
}

// Doc is the prose of an element, as written.
type Doc struct {
	Summary     string
	Description string
	Deprecated  bool
}

// Tag is a tag of the document with its prose.
type Tag struct {
	Name string
	Doc  Doc
}

// Server is one entry of servers, with its variables.
type Server struct {
	URL       string
	Name      string // 3.2; empty otherwise
	Doc       Doc
	Variables []ServerVariable // in document order
	Pos       Position
}

// ServerVariable is one variable of a server URL template.
type ServerVariable struct {
	Name    string
	Default string
	Enum    []string
	Doc     Doc
}

// SecurityScheme is one entry of components.securitySchemes.
type SecurityScheme struct {
	Name   string // the document's key
	Type   string // "http", "apiKey", "oauth2", "openIdConnect", "mutualTLS"
	Scheme string // http: "basic", "bearer", …, lower case
	In     string // apiKey: "header", "query", "cookie"
	Param  string // apiKey: the name of the header, query parameter or cookie
	Doc    Doc
	Pos    Position
}

// Requirement is one alternative of a security list: every scheme in it must
// accept. An empty Requirement accepts anybody (optional security).
type Requirement []SchemeUse // by Scheme

// SchemeUse names a scheme and the scopes it must grant.
type SchemeUse struct {
	Scheme string
	Scopes []string // in document order
}

// Operation is one method of one path.
type Operation struct {
	ID     string // operationId, or one derived from method and path when it is missing
	Method string // upper case
	Path   Path
	Group  string // first tag; empty without tags. It names the handler interface
	Tags   []string
	Doc    Doc

	Params    []*Param    // path item's and operation's merged, in document order
	Body      *Body       // nil when there is none
	Responses []*Response // by status: explicit ones, then ranges, then default

	// Security is nil when nobody is asked for credentials; otherwise one of
	// the alternatives must hold. Webhooks and callbacks have only what they
	// say themselves.
	Security []Requirement

	Callbacks []*Operation // typed payloads of callbacks; ID is "<operation>.<callback>.<method>"
	Servers   []*Server    // nil: the document's

	// Call says whether the operation may be called by socket, and if not, why.
	Call    Callable
	Actions *Actions // what x-realtime on the operation declares; nil without one

	GoName string // x-go-name, when given
	TSName string // x-ts-name, when given
	Pos    Position
}

// Callable is the verdict on calling an operation by socket.
type Callable struct {
	Socket bool
	HTTP   bool   // false only for socket-only operations
	Reason string // why not by socket, in the document's terms: "declares Set-Cookie", …
}

// Path is a path template.
type Path struct {
	Template string // as in the document, without query or fragment
	Segments []Segment
}

// Segment is what stands between two slashes: literals and parameters in turn,
// so that "{name}.{ext}" and "{id}:cancel" are one segment with several parts.
type Segment []SegmentPart

// SegmentPart is a literal or a parameter, never both.
type SegmentPart struct {
	Literal string
	Param   string
}

// In is the place of a parameter.
type In string

// The places where parameters live. QueryString is OpenAPI 3.2's whole query.
const (
	InPath        In = "path"
	InQuery       In = "query"
	InHeader      In = "header"
	InCookie      In = "cookie"
	InQueryString In = "querystring"
)

// Param is one parameter.
type Param struct {
	Name     string
	In       In
	Doc      Doc
	Required bool

	// Style and Explode are filled in with the defaults of the place.
	Style         string // "simple", "label", "matrix", "form", "spaceDelimited", "pipeDelimited", "deepObject", "cookie"
	Explode       bool
	AllowReserved bool
	AllowEmpty    bool

	// Content is the media type when the parameter is described by content
	// instead of schema and style; empty otherwise.
	Content  string
	Encoding map[string]*Encoding // of a form in Content, by property

	Type    Type
	Schema  string          // name in API.Schemas
	Default json.RawMessage // nil when there is none
	GoName  string          // x-go-name
	TSName  string          // x-ts-name
	Pos     Position
}

// Body is a request body.
type Body struct {
	Doc      Doc
	Required bool
	Content  []*Media // in document order
	Pos      Position
}

// Media is one media type of a body or a response.
type Media struct {
	Type string // as in the document: "application/json", "image/*"; "*/*" of objects or lists is application/json
	Kind MediaKind

	// Shape and Schema describe the value; for a stream they describe one item.
	Shape  Type   // nil when the document gives no schema
	Schema string // name in API.Schemas; empty when Shape is nil or the value is not checked

	Encoding map[string]*Encoding // by property, for forms and multipart
	Pos      Position
}

// MediaKind is how a media type is read and written.
type MediaKind string

// Kinds of media types.
const (
	MediaJSON      MediaKind = "json"      // application/json, */*+json, with or without parameters
	MediaForm      MediaKind = "form"      // application/x-www-form-urlencoded
	MediaMultipart MediaKind = "multipart" // multipart/*
	MediaText      MediaKind = "text"      // text/* other than event streams
	MediaEvents    MediaKind = "events"    // text/event-stream
	MediaJSONLines MediaKind = "jsonlines" // application/jsonl, x-ndjson, json-seq
	MediaBinary    MediaKind = "binary"    // everything else
)

// Encoding is the Encoding Object of one property.
type Encoding struct {
	ContentType   string
	Style         string
	Explode       bool
	AllowReserved bool
	Headers       []*Header
}

// Response is one declared answer of an operation.
type Response struct {
	Status    string // "201", "4XX", "default"
	Component string // key in components.responses when it is a reference; else empty
	Doc       Doc
	Headers   []*Header // by Name
	Content   []*Media  // in document order; empty: no content
	Links     []*Link   // by Name
	Pos       Position
}

// Link is a Link Object: what a response offers to call next.
type Link struct {
	Name      string
	Operation string // operationId it leads to
	Params    map[string]string
	Doc       Doc
}

// Header is a response (or encoding) header.
type Header struct {
	Name     string // as written in the document
	Doc      Doc
	Required bool
	Explode  bool
	Content  string // media type, when described by content
	Type     Type
	Schema   string
	Pos      Position
}

// Schema is one entry of the table that emitted code hands to the runtime: a
// JSON Schema 2020-12 text in which every $ref is "#/<Name>" of another entry.
// What OpenAPI 3.0 says differently (nullable, boolean exclusive bounds) is
// translated; prose is left out; constraints are all there.
type Schema struct {
	Name string
	JSON json.RawMessage // one line
	Pos  Position
}
