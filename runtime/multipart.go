package runtime

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"reflect"
	"strings"
	"unsafe"

	"github.com/rtgen/rtgen/runtime/internal/codec"
	"github.com/rtgen/rtgen/runtime/internal/jsonscan"
)

// maxParts is how many parts a multipart body may have.
const maxParts = 1000

// A fileField is a field of a multipart struct that takes files: File, *File, Nullable[File] or []File.
type fileField struct {
	name    string
	field   fieldPlace
	list    bool
	through []fieldPlace // of a union: from its struct to that of the variant
}

func fileFields(t reflect.Type) []fileField {
	var list []fileField
	for f := range t.Fields() {
		name := codec.MemberName(f)
		place := placeOf(f)
		switch {
		case place.value == fileType, place.value == nullableFileType:
			list = append(list, fileField{name: name, field: place})
		case place.value.Kind() == reflect.Slice && place.value.Elem() == fileType:
			list = append(list, fileField{name: name, field: place, list: true})
		case strings.HasPrefix(f.Tag.Get("rt"), "variant=") && place.pointer && place.value.Kind() == reflect.Struct:
			for _, inner := range fileFields(place.value) {
				inner.through = append([]fieldPlace{place}, inner.through...)
				list = append(list, inner)
			}
		}
	}
	return list
}

// set puts files into the struct at base. It does nothing when the body is another variant.
func (f *fileField) set(base unsafe.Pointer, files []File) {
	for i := range f.through {
		if base = f.through[i].get(base); base == nil {
			return
		}
	}
	switch at := f.field.make(base); {
	case f.list:
		*(*[]File)(at) = files
	case f.field.value == nullableFileType:
		*(*Nullable[File])(at) = Value(files[0])
	default:
		*(*File)(at) = files[0]
	}
}

// multipart reads a multipart body part by part. Texts become one JSON text, checked like any
// other; in it each file stands as a string. Files are spooled.
func (r *bodyReader) multipart(b *boundBody, body io.ReadCloser, contentType string) *Problem {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil || params["boundary"] == "" {
		return fault(http.StatusBadRequest, "invalid-multipart", "Content-Type has no boundary")
	}
	r.spool = &spool{memory: r.limits.memory}
	form := multipartForm{reader: r, body: b, files: make(map[string][]File), left: r.limits.message}
	parts := multipart.NewReader(body, params["boundary"])
	for count := 0; ; count++ {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && count == maxParts {
			err = &http.MaxBytesError{Limit: r.limits.upload}
		}
		if err == nil {
			err = form.take(part)
		}
		if err != nil {
			return multipartProblem(err, r.limits.upload)
		}
	}
	form.single()
	r.json = form.root.appendJSON(nil, b.shape)
	r.decode(b, r.json, true)
	if len(r.errs) == 0 {
		value := b.field.at(r.base)
		if b.field.pointer {
			value = *(*unsafe.Pointer)(value)
		}
		for i := range b.files {
			if files := form.files[b.files[i].name]; len(files) > 0 {
				b.files[i].set(value, files)
			}
		}
	}
	return nil
}

func multipartProblem(err error, limit int64) *Problem {
	var tooMuch *http.MaxBytesError
	if errors.As(err, &tooMuch) || errors.Is(err, multipart.ErrMessageTooLarge) {
		return readProblem(&http.MaxBytesError{Limit: limit}, limit)
	}
	return fault(http.StatusBadRequest, "invalid-multipart", "the multipart body is malformed")
}

// multipartForm is a multipart body while it is read.
type multipartForm struct {
	reader *bodyReader
	body   *boundBody
	root   formNode
	files  map[string][]File
	left   int64 // bytes of text parts that may still come
}

// take reads one part.
func (m *multipartForm) take(part *multipart.Part) error {
	defer part.Close()
	name := partName(part)
	if name == "" {
		return nil // nobody asked for it; NextRawPart skips what is left of it
	}
	m.checkHeaders(name, part)
	if m.isFile(name) {
		return m.takeFile(name, part)
	}
	text, err := io.ReadAll(io.LimitReader(part, m.left+1))
	if err != nil {
		return err
	}
	if m.left -= int64(len(text)); m.left < 0 {
		return &http.MaxBytesError{Limit: m.reader.limits.message}
	}
	if writtenAsJSON(m.body.partTypes[name], part.Header.Get("Content-Type")) {
		text = bytes.TrimSpace(text)
		if !wholeJSON(text) {
			m.complain(name, "syntax", "is no valid JSON")
			return nil
		}
		n := m.root.child(name)
		n.parts = append(n.parts, text)
		return nil
	}
	m.root.enter(name, string(text))
	return nil
}

// partName is the name that a part has, in whatever disposition: parts of multipart/mixed are no form-data.
func partName(part *multipart.Part) string {
	if name := part.FormName(); name != "" {
		return name
	}
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	if err != nil {
		return ""
	}
	return params["name"]
}

func (m *multipartForm) complain(name, rule, detail string) {
	m.reader.errs = append(m.reader.errs, FieldError{In: "body", Pointer: "/" + jsonscan.EscapePointer(name), Rule: rule, Detail: detail})
}

// checkHeaders checks the headers that the document describes for a part.
func (m *multipartForm) checkHeaders(name string, part *multipart.Part) {
	for _, b := range m.body.partHeaders[name] {
		var value json.RawMessage
		header := textReader{base: unsafe.Pointer(&value)}
		header.header(b, part.Header[b.header])
		for _, e := range header.errs {
			m.complain(name, e.Rule, "header "+b.name+" "+e.Detail)
		}
	}
}

// single refuses files that were sent twice where one is wanted.
func (m *multipartForm) single() {
	for i := range m.body.files {
		f := &m.body.files[i]
		if n := m.root.children[f.name]; !f.list && n != nil && len(n.values) > 1 {
			m.complain(f.name, "type", "must be one file")
			n.values = n.values[:1]
		}
	}
}

func (m *multipartForm) isFile(name string) bool {
	for i := range m.body.files {
		if m.body.files[i].name == name {
			return true
		}
	}
	return false
}

func (m *multipartForm) takeFile(name string, part *multipart.Part) error {
	if types := m.body.partTypes[name]; !allowedPart(types, part.Header.Get("Content-Type")) {
		m.complain(name, "contentType", "must be of type "+strings.Join(types, " or "))
	}
	content, size, err := m.reader.spool.keep(part)
	if err != nil {
		return err
	}
	m.files[name] = append(m.files[name], File{
		Name: part.FileName(), ContentType: part.Header.Get("Content-Type"), Size: size, Header: part.Header, content: content,
	})
	n := m.root.child(name)
	n.values = append(n.values, part.FileName())
	return nil
}
