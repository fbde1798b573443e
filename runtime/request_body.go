package runtime

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/rtgen/rtgen/runtime/internal/jsonschema"
)

// A boundBody is one media type of a request body together with the field that takes it.
type boundBody struct {
	media       string // as declared, may be a range
	base        string // in lower case, without parameters
	kind        mediaKind
	field       fieldPlace
	codec       *valueCodec // nil where the body is handed over as it comes
	shape       *shape
	schema      *jsonschema.Schema
	files       []fileField              // of multipart
	encoded     map[string]*boundParam   // of forms: members with an encoding
	partTypes   map[string][]string      // of multipart: media types by member
	mediaField  *fieldPlace              // the ContentType field; nil: none
	partHeaders map[string][]*boundParam // of multipart: headers of parts by member
	whole       bool                     // of streams: items are whole server-sent events
}

// requestBody plans one media type.
func (p *planner) requestBody(media *Media, t reflect.Type) *boundBody {
	field, ok := taggedField(t, "body", media.Type)
	if !ok {
		p.fail("%s has no field for a body of type %s", t, media.Type)
		return nil
	}
	b := &boundBody{media: media.Type, base: baseMedia(media.Type), field: placeOf(field)}
	var err error
	if b.kind, err = mediaOf(media.Type, b.field.value); err != nil {
		p.errs = append(p.errs, err)
		return nil
	}
	if ct, ok := taggedField(t, "header", "Content-Type"); ok {
		place := placeOf(ct)
		b.mediaField = &place
	}
	b.schema = p.schema(media.Schema)
	if b.kind == kindReader || b.kind == kindBytes {
		return b
	}
	b.shape = p.shapes.shapeOf(b.schema)
	if b.schema == nil {
		b.shape = goShape(b.field.value, 0)
	}
	switch b.kind {
	case kindMultipart:
		b.files, b.partTypes, b.partHeaders = fileFields(b.field.value), partTypes(media), p.partHeaders(media)
	case kindForm:
		b.encoded = encodings(b.shape, media.Encoding)
	}
	typ := b.field.typ
	if b.kind == kindStream {
		typ = reflect.Zero(b.field.value).Interface().(streamer).itemType()
		b.whole = b.base == "text/event-stream" && isEventType(typ)
	}
	if b.codec, err = newCodec(p.set, b.schema, typ, p.in); err != nil {
		p.fail("body of type %s: %w", media.Type, err)
	}
	return b
}

// match returns the declared media type that a Content-Type means, the most exact one. Without a
// Content-Type it is the only one there is, or the JSON one. nil: 415.
func (plan *requestPlan) match(contentType string) *boundBody {
	if contentType == "" {
		if len(plan.bodies) == 1 {
			return plan.bodies[0]
		}
		for _, b := range plan.bodies {
			if b.kind == kindJSON {
				return b
			}
		}
		return nil
	}
	base := baseMedia(contentType)
	var found *boundBody
	best := 0
	for _, b := range plan.bodies {
		rank := 0
		if b.base == base {
			rank = len(b.base) * paramsRank(contentType, b.media) // more than any range has
		} else if mediaMatches(b.base, base) {
			rank = len(b.base)
		}
		if rank > best {
			found, best = b, rank
		}
	}
	if found == nil || found.kind != kindReader && found.kind != kindBytes && !charsetOK(contentType) {
		return nil
	}
	return found
}

// unsupportedMedia is the 415 that names what the operation takes.
func (plan *requestPlan) unsupportedMedia() *Problem {
	var types []string
	for _, m := range plan.body.Content {
		types = append(types, m.Type)
	}
	list := strings.Join(types, ", ")
	p := fault(http.StatusUnsupportedMediaType, "unsupported-media-type", "the body must be "+list)
	p.Header = http.Header{"Accept": {list}}
	return p
}

// A bodyReader fills the body field from a request.
type bodyReader struct {
	plan   *requestPlan
	limits *bodyLimits
	base   unsafe.Pointer
	errs   []FieldError
	json   []byte // the body as JSON text, when it is JSON or has been made so
	raw    []byte // the body, when it is bytes to the handler
	spool  *spool // files of a multipart body; to be closed
}

// bodyLimits are how much of a body is read.
type bodyLimits struct {
	message int64 // of what is decoded in memory
	upload  int64 // of what is streamed or spooled
	memory  int64 // of the files of one request in memory
}

func (r *bodyReader) complain(rule, detail string) {
	r.errs = append(r.errs, FieldError{In: "body", Rule: rule, Detail: detail})
}

func (r *bodyReader) absent() {
	if r.plan.body.Required {
		r.complain("required", "is required")
	}
}

// fromHTTP reads the body of an HTTP request. A problem ends the call at once; what can be
// reported beside other violations is in errs.
func (r *bodyReader) fromHTTP(w http.ResponseWriter, req *http.Request) *Problem {
	if r.plan.body == nil {
		return nil
	}
	contentType := req.Header.Get("Content-Type")
	if req.Body == nil || req.Body == http.NoBody || req.ContentLength == 0 {
		if b := r.plan.match(contentType); contentType != "" && b != nil && b.emptyIsValue() {
			return r.finish(b, nil, contentType, true)
		}
		r.absent()
		return nil
	}
	b := r.plan.match(contentType)
	if b == nil || !plainCoding(req.Header.Get("Content-Encoding")) {
		return r.plan.unsupportedMedia()
	}
	switch b.kind {
	case kindReader:
		if req.ContentLength > r.limits.upload {
			return tooLarge()
		}
		b.setReader(r.base, http.MaxBytesReader(w, req.Body, r.limits.upload))
		b.setContentType(r.base, contentType)
		return nil
	case kindStream:
		b.setStream(r.base, http.MaxBytesReader(w, req.Body, r.limits.upload), r.limits)
		b.setContentType(r.base, contentType)
		return nil
	case kindMultipart:
		if req.ContentLength > r.limits.upload {
			return tooLarge()
		}
		b.setContentType(r.base, contentType)
		return r.multipart(b, http.MaxBytesReader(w, req.Body, r.limits.upload), contentType)
	}
	data, owned, problem := readAll(w, req, r.limits.message)
	if problem != nil {
		return problem
	}
	return r.finish(b, data, contentType, owned)
}

// plainCoding reports whether a Content-Encoding leaves a body as it is. Nothing is unpacked here.
func plainCoding(coding string) bool { return coding == "" || strings.EqualFold(coding, "identity") }

// emptyIsValue reports whether a body of no bytes is a value rather than none.
func (b *boundBody) emptyIsValue() bool {
	switch b.kind {
	case kindText:
		return b.field.value.Kind() == reflect.String
	case kindBytes, kindReader, kindStream:
		return true
	}
	return false
}

// frameBody is the body of a virtual request: bytes that are there already.
type frameBody struct {
	bytes.Reader
	data []byte
}

// Close does nothing: the frame belongs to the transport.
func (*frameBody) Close() error { return nil }

// readAll reads a body of at most limit bytes. Owned says that nothing else has the bytes.
func readAll(w http.ResponseWriter, req *http.Request, limit int64) (data []byte, owned bool, p *Problem) {
	if frame, ok := req.Body.(*frameBody); ok && frame.Len() == len(frame.data) {
		if int64(len(frame.data)) > limit {
			return nil, false, tooLarge()
		}
		return frame.data, false, nil
	}
	if req.ContentLength > limit {
		return nil, false, tooLarge()
	}
	var err error
	if n := req.ContentLength; n >= 0 {
		data = make([]byte, n, n+1) // room for the byte that tells whether there is more
		var got int
		got, err = io.ReadFull(req.Body, data)
		data = data[:got]
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			// A middleware may hand on less than the header says, having changed the body.
			err = nil
		} else if err == nil {
			data, err = readRest(data, req.Body, limit)
		}
	} else {
		data, err = io.ReadAll(http.MaxBytesReader(w, req.Body, limit))
	}
	return data, true, readProblem(err, limit)
}

// readRest reads what a body has beyond its Content-Length, which net/http never delivers but a
// middleware that inflates can.
func readRest(data []byte, body io.Reader, limit int64) ([]byte, error) {
	have := len(data)
	n, err := body.Read(data[have : have+1])
	if n == 0 && (err == nil || errors.Is(err, io.EOF)) {
		return data, nil
	}
	if n == 0 {
		return data, err
	}
	data = data[:have+n]
	rest, err := io.ReadAll(io.LimitReader(body, limit-int64(have)))
	data = append(data, rest...)
	if int64(len(data)) > limit {
		return nil, &http.MaxBytesError{Limit: limit}
	}
	return data, err
}

// readProblem turns an error of reading a body into an answer.
func readProblem(err error, limit int64) *Problem {
	if err == nil {
		return nil // before the variable below, which errors.As makes an allocation
	}
	var tooMuch *http.MaxBytesError
	if errors.As(err, &tooMuch) {
		return tooLarge()
	}
	// The client has broken off, or a middleware has refused; the connection is of no more use.
	return fault(http.StatusBadRequest, "unreadable-body", "the body could not be read")
}

// finish decodes a body that is in memory.
func (r *bodyReader) finish(b *boundBody, data []byte, contentType string, owned bool) *Problem {
	if len(data) == 0 && !b.emptyIsValue() {
		r.absent()
		return nil
	}
	b.setContentType(r.base, contentType)
	switch b.kind {
	case kindJSON:
		if !owned {
			// One copy of the text instead of one for each string in it.
			data = bytes.Clone(data)
		}
		r.json = data
		r.decode(b, data, true)
	case kindForm:
		r.form(b, data)
	case kindText:
		if !utf8.Valid(data) {
			r.complain("syntax", malformedUTF8)
			return nil
		}
		if b.field.value.Kind() == reflect.String {
			r.json = appendString(nil, data)
		} else {
			r.json = b.shape.appendScalar(nil, string(bytes.TrimSpace(data)))
		}
		r.decode(b, r.json, true)
	case kindBytes:
		if !owned {
			data = bytes.Clone(data)
		}
		*(*[]byte)(b.field.make(r.base)), r.raw = data, data
	case kindReader:
		b.setReader(r.base, io.NopCloser(bytes.NewReader(data)))
	case kindStream:
		b.setStream(r.base, bytes.NewReader(bytes.Clone(data)), r.limits)
	case kindMultipart:
		return r.multipart(b, io.NopCloser(bytes.NewReader(data)), contentType)
	}
	return nil
}

func (b *boundBody) setStream(base unsafe.Pointer, body io.Reader, limits *bodyLimits) {
	field := reflect.NewAt(b.field.value, b.field.make(base)).Interface().(receiver)
	field.receive(newItemSource(b, body, limits))
}

func (r *bodyReader) decode(b *boundBody, text []byte, owned bool) {
	if err := b.codec.decode(text, b.field.at(r.base), owned); err != nil {
		r.errs = fieldErrors(r.errs, err, "body", "")
	}
}

// form reads an urlencoded body.
func (r *bodyReader) form(b *boundBody, data []byte) {
	list, ok := splitPairs(nil, string(data))
	if !ok {
		r.complain("maxProperties", "has too many fields")
		return
	}
	root, wrong := formTree(list, b.encoded)
	if wrong != "" {
		r.complain("encoding", wrong)
		return
	}
	r.json = root.appendJSON(nil, b.shape)
	r.decode(b, r.json, true)
}

func (b *boundBody) setReader(base unsafe.Pointer, reader io.ReadCloser) {
	if b.field.value == fileType {
		f := (*File)(b.field.make(base))
		*f = File{Size: -1, content: onlyForward{reader}}
		return
	}
	*(*io.Reader)(b.field.make(base)) = reader
}

// onlyForward makes a File of a body that is not kept.
type onlyForward struct{ io.Reader }

func (onlyForward) Seek(int64, int) (int64, error) {
	return 0, errors.New("the body can be read once only")
}

func (b *boundBody) setContentType(base unsafe.Pointer, contentType string) {
	if b.mediaField == nil {
		return
	}
	if contentType == "" && !strings.Contains(b.media, "*") {
		contentType = b.media // what has been understood, as a frame has it
	}
	switch at := b.mediaField.make(base); b.mediaField.value.Kind() {
	case reflect.String:
		*(*string)(at) = contentType
	}
}

// fromCall reads the body of a call frame.
func (r *bodyReader) fromCall(in *callInput) *Problem {
	if r.plan.body == nil {
		return nil
	}
	data, contentType, problem := r.plan.callBody(in)
	if problem != nil {
		return problem
	}
	if data == nil {
		r.absent()
		return nil
	}
	if int64(len(data)) > r.limits.message {
		return tooLarge()
	}
	b := r.plan.match(contentType)
	if coding := in.callHeader("Content-Encoding"); b == nil || coding != nil && !plainCoding(jsonText(coding)) {
		return r.plan.unsupportedMedia()
	}
	return r.finish(b, data, contentType, false)
}

// callBody returns the bytes that the body of a call frame has over HTTP, and its Content-Type.
func (plan *requestPlan) callBody(in *callInput) (data []byte, contentType string, p *Problem) {
	if raw := in.callHeader("Content-Type"); raw != nil {
		contentType = strings.Clone(jsonText(raw)) // the handler may keep it, and the frame is used again
	}
	if in.body == nil {
		return nil, contentType, nil
	}
	switch {
	case contentType != "":
	case len(plan.bodies) > 0:
		b := plan.match("")
		if b == nil {
			b = plan.bodies[0]
		}
		contentType = b.media
	case in.enc == "":
		contentType = "application/json" // nobody but middleware reads it
	}
	switch base := baseMedia(contentType); {
	case in.enc == "base64":
		data, err := base64.StdEncoding.AppendDecode(make([]byte, 0, len(in.body)), []byte(jsonText(in.body)))
		if err != nil || in.body[0] != '"' {
			return nil, "", invalidRequest([]FieldError{{In: "body", Rule: "contentEncoding", Detail: "must be base64"}})
		}
		return data, contentType, nil
	case in.enc == "" && isJSONMedia(base):
		return in.body, contentType, nil
	case base == "application/x-www-form-urlencoded" && in.body[0] == '{':
		var encoded map[string]*boundParam
		if b := plan.match(contentType); b != nil {
			encoded = b.encoded
		}
		return appendEncoded(nil, encoded, in.body), contentType, nil
	case in.body[0] != '"':
		return nil, "", invalidRequest([]FieldError{{In: "body", Rule: "type", Detail: "must be a string"}})
	}
	return []byte(jsonText(in.body)), contentType, nil
}
