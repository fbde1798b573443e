package runtime

import "context"

// API is what emitted code tells the runtime about its document. It is read
// only: emitted code holds it in a package variable.
type API struct {
	Title       string
	Version     string
	Fingerprint string // what hello.spec and welcome.spec carry
	Schemas     string // the schema table: a JSON object, one JSON Schema 2020-12 per member
	Security    []SecurityScheme
	Realtime    *Realtime // nil: HTTP only
}

// SecurityScheme describes where credentials of one scheme are found.
type SecurityScheme struct {
	Name   string // the document's key
	Type   string // "http", "apiKey", "oauth2", "openIdConnect", "mutualTLS"
	Scheme string // http: "basic", "bearer", …
	In     In     // apiKey: InHeader, InQuery, InCookie
	Param  string // apiKey: the name there
}

// Realtime is the socket side of a document. Zero fields mean defaults.
type Realtime struct {
	Endpoint  string // path of the socket
	Stream    string // path of the HTTP fallback
	Security  []Requirement
	Heartbeat string // Go duration
	Limits    Limits
	Channels  []ChannelSpec
}

// ChannelSpec is a channel as the document declares it.
type ChannelSpec struct {
	Name        string
	Address     string // "rooms/{roomId}"
	Params      []Param
	Security    []Requirement
	Reauthorize string // Go duration
	History     int
	TTL         string // Go duration
	Recovery    string // "", "stream", "latest"
	Overflow    string // "" (disconnect), "conflate", "drop"
	Presence    *PresenceSpec
	NoEcho      bool
	Rate        string // "5/s"
	Events      []EventSpec
}

// EventSpec is an event of a channel.
type EventSpec struct {
	Name     string
	Schema   string
	Key      *string // JSON pointer into the payload; nil: none
	Version  string  // JSON pointer; empty: none
	Volatile bool
}

// PresenceSpec is the member list of a channel.
type PresenceSpec struct {
	Visibility string // "members" or "count"
	Identity   string // "$auth.sub"; empty: the connection
	InfoSchema string
	Grace      string // Go duration
	Max        int
}

// In is the place of a parameter.
type In string

// Places of parameters (OpenAPI, Parameter Object).
const (
	InPath        In = "path"
	InQuery       In = "query"
	InHeader      In = "header"
	InCookie      In = "cookie"
	InQueryString In = "querystring"
)

// Operation is one operation of the document, as data. Emitted code declares
// it once and binds it once; both transports serve that binding.
type Operation struct {
	ID        string
	Method    string
	Path      string // template
	Params    []Param
	Body      *Body // nil: none
	Responses []Response
	Security  []Requirement // nil: anybody

	// Outbound marks webhooks and callbacks: the server of the API sends them and its clients answer,
	// so that readOnly and writeOnly members travel the other way round.
	Outbound bool

	HTTPOnly   string // why it cannot be called by socket; empty: it can
	SocketOnly bool

	Subscribe   []Target
	Unsubscribe []Target
	Publish     []Publish
	Stream      *Target
	History     *HistoryTarget
	Order       string // "", "connection" or an expression
	Timeout     string // Go duration; empty: none
}

// Requirement is one alternative of a security list: all of its schemes must accept.
// The empty one accepts anybody.
type Requirement []SchemeUse

// SchemeUse names a scheme and the scopes asked of it.
type SchemeUse struct {
	Scheme string
	Scopes []string
}

// Param is a parameter; the field of the request struct that receives it is
// the one tagged with its place and name, as in `query:"limit"`.
type Param struct {
	Name          string
	In            In
	Required      bool
	Style         string // empty: the default of the place
	Explode       *bool  // nil: the default of the style
	AllowReserved bool
	AllowEmpty    bool
	Content       string              // media type; empty: style applies
	Encoding      map[string]Encoding // of a form in Content
	Schema        string              // name in API.Schemas
}

// Body is a request body.
type Body struct {
	Required bool
	Content  []Media
}

// Media is one media type. The field that holds its value is the one tagged
// `body:"<Type>"` in the request or response struct.
type Media struct {
	Type     string
	Schema   string // name in API.Schemas; of one item for streams; empty: unchecked
	Encoding map[string]Encoding
}

// Encoding is the Encoding Object of one property of a form or multipart body.
type Encoding struct {
	ContentType   string
	Style         string
	Explode       *bool
	AllowReserved bool
	Headers       []Param // of a part
}

// Response is one declared answer.
type Response struct {
	Status  string // "201", "4XX", "default"
	As      any    // typed nil pointer to the emitted struct: (*CreateMessageCreated)(nil)
	Headers []Param
	Content []Media
}

// Target is a channel that an operation joins, leaves or streams.
type Target struct {
	Channel  string
	Bind     map[string]string // parameter → expression, or JSON literal
	On       []string          // nil: "2XX"
	Presence bool
}

// HistoryTarget is a channel whose history an operation answers with, page by page.
type HistoryTarget struct {
	Channel string
	Bind    map[string]string // parameter → expression, or JSON literal
	After   string            // expression: where the page begins
	Limit   string            // expression or number; empty: 100
}

// Publish is an event that an answer publishes by itself.
type Publish struct {
	Channel    string
	Event      string
	Bind       map[string]string
	Data       string            // expression
	DataFields map[string]string // member → expression, or JSON literal; instead of Data
	On         []string          // nil: "2XX"
}

// Binding is an operation bound to the function that answers it. Only Bind makes one.
type Binding struct {
	op   *Operation
	call func(context.Context, any) (any, error)
	req  func() any // a fresh *Req
}

// Bind ties an operation to its handler. Both transports call fn, and nothing
// else answers the operation.
func Bind[Req, Res any](op *Operation, fn func(context.Context, *Req) (Res, error)) Binding {
	return Binding{
		op:  op,
		req: func() any { return new(Req) },
		call: func(ctx context.Context, req any) (any, error) {
			return fn(ctx, req.(*Req))
		},
	}
}

// BindHistory ties an operation with History to the runtime, which answers it with the page that the
// call asks for.
func BindHistory[Req any](op *Operation) Binding {
	return Binding{
		op:  op,
		req: func() any { return new(Req) },
		call: func(ctx context.Context, _ any) (any, error) {
			return answerHistory(ctx)
		},
	}
}
