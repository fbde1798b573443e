package runtime

import (
	"bytes"
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

// A fileField is a field of a multipart struct that takes files: File, *File or []File.
type fileField struct {
	name  string
	field fieldPlace
	list  bool
}

func fileFields(t reflect.Type) []fileField {
	var list []fileField
	for f := range t.Fields() {
		name := codec.MemberName(f)
		place := placeOf(f)
		switch {
		case place.value == fileType:
			list = append(list, fileField{name: name, field: place})
		case place.value.Kind() == reflect.Slice && place.value.Elem() == fileType:
			list = append(list, fileField{name: name, field: place, list: true})
		}
	}
	return list
}

// set puts files into the struct at base.
func (f *fileField) set(base unsafe.Pointer, files []File) {
	if f.list {
		*(*[]File)(f.field.make(base)) = files
		return
	}
	*(*File)(f.field.make(base)) = files[0]
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
	name := part.FormName()
	if name == "" {
		return nil // nobody asked for it; NextRawPart skips what is left of it
	}
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
			m.reader.errs = append(m.reader.errs, FieldError{In: "body", Pointer: "/" + jsonscan.EscapePointer(name), Rule: "syntax", Detail: "is no valid JSON"})
			return nil
		}
		n := m.root.child(name)
		n.parts = append(n.parts, text)
		return nil
	}
	m.root.enter(name, string(text))
	return nil
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
		m.reader.errs = append(m.reader.errs, FieldError{In: "body", Pointer: "/" + jsonscan.EscapePointer(name), Rule: "contentType",
			Detail: "must be of type " + strings.Join(types, " or ")})
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
