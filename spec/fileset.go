package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// maxFileSize is ten times the largest document that is published today.
	maxFileSize = 128 << 20
	// maxFiles bounds how many files one document may be split into.
	maxFiles = 20_000
)

// fileSet reads and parses each file once. Keys are slash-separated paths below
// the root, or URLs.
type fileSet struct {
	opts   options
	fsys   fs.FS
	prefix string // what to show before a key
	main   string
	given  map[string][]byte // content that the caller handed in
	names  map[string]string // how the caller calls it
	files  map[string]*file
	errs   map[string]error
	report *reporter
}

func newFileSet(o options, fsys fs.FS, prefix, main string) *fileSet {
	return &fileSet{opts: o, fsys: fsys, prefix: prefix, main: main, files: map[string]*file{}, errs: map[string]error{}}
}

// shown is the name of a file in diagnostics.
func (s *fileSet) shown(key string) string {
	if name, ok := s.names[key]; ok {
		return name
	}
	if isURL(key) {
		return key
	}
	return path.Clean(s.prefix + key)
}

// open reads and parses a file. The error says that it cannot be read; a file
// that can be read and not parsed has no root, and its fault is reported.
func (s *fileSet) open(key string) (*file, error) {
	if f, ok := s.files[key]; ok {
		return f, nil
	}
	if err, ok := s.errs[key]; ok {
		return nil, err
	}
	data, err := s.read(key)
	if err == nil && len(s.files) >= maxFiles {
		err = errors.New("too many files")
	}
	if err != nil {
		s.errs[key] = err
		return nil, err
	}
	f := &file{name: s.shown(key), path: key}
	s.files[key] = f
	s.parse(f, data)
	return f, nil
}

func (s *fileSet) read(key string) (data []byte, err error) {
	if s.opts.observe != nil {
		defer func() { s.opts.observe(key, data) }()
	}
	if data, ok := s.given[key]; ok {
		return data, nil
	}
	if isURL(key) {
		return s.fetch(key)
	}
	f, err := s.fsys.Open(key)
	if err != nil {
		return nil, plainPathError(err)
	}
	defer f.Close()
	return readBounded(f)
}

// plainPathError drops operation and path from a file error: messages around it
// name the file as the user knows it.
func plainPathError(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

func readBounded(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFileSize+1))
	if err == nil && len(data) > maxFileSize {
		err = fmt.Errorf("larger than %d MiB", maxFileSize>>20)
	}
	if err != nil {
		return nil, plainPathError(err)
	}
	return data, nil
}

// fetch reads an allowed URL.
func (s *fileSet) fetch(address string) ([]byte, error) {
	client := s.opts.client
	if client == nil {
		client = &http.Client{Timeout: 30 * time.Second}
	}
	bounded := *client
	bounded.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if len(via) > 5 || !s.allowed(req.URL.String()) {
			return errors.New("redirected to an address that is not allowed")
		}
		return nil
	}
	res, err := bounded.Get(address)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, errors.New(res.Status)
	}
	return readBounded(res.Body)
}

// allowed reports whether AllowURL permits an address. A prefix ends at a
// boundary, so that "https://a.example" does not permit "https://a.example.net".
func (s *fileSet) allowed(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || strings.Contains(u.Path+"/", "/../") {
		return false
	}
	for _, prefix := range s.opts.urls {
		rest, ok := strings.CutPrefix(u.String(), prefix)
		if ok && (rest == "" || strings.HasSuffix(prefix, "/") || strings.ContainsRune("/?", rune(rest[0]))) {
			return true
		}
	}
	return false
}

func isURL(s string) bool {
	scheme, _, ok := strings.Cut(s, "://")
	return ok && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
}

// parse fills in f.src and f.root, or reports why it cannot.
func (s *fileSet) parse(f *file, data []byte) {
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	fault := encodingFault(data)
	if fault == nil {
		f.src = string(data)
		fault = s.parseText(f, data)
	}
	if fault == nil {
		return
	}
	f.root = nil
	d := Diagnostic{Pos: f.position(fault.at), Severity: Error, Rule: fault.rule, Message: fault.message}
	d.quoteLine(f)
	s.report.add(d)
}

func (s *fileSet) parseText(f *file, data []byte) *parseFault {
	note := func(at spot, rule, message string) {
		d := Diagnostic{Pos: f.position(at), Severity: Warning, Rule: rule, Message: message}
		d.quoteLine(f)
		s.report.add(d)
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return &parseFault{spot{1, 1}, "document-empty", "the document is empty"}
	}
	isJSON := strings.EqualFold(path.Ext(f.path), ".json")
	if !isJSON && !looksLikeJSON(data) {
		return parseYAML(f, note)
	}
	kept := len(s.report.list)
	fault := parseJSON(f, note)
	if fault == nil || isJSON || fault.rule != "document-syntax" {
		return fault
	}
	s.report.list = s.report.list[:kept] // what the wrong parser noticed does not count
	return parseYAML(f, note)
}

// encodingFault finds what is not UTF-8 text.
func encodingFault(data []byte) *parseFault {
	if bytes.HasPrefix(data, []byte{0xFF, 0xFE}) || bytes.HasPrefix(data, []byte{0xFE, 0xFF}) {
		return &parseFault{spot{1, 1}, "document-encoding", "the document is UTF-16; only UTF-8 is read"}
	}
	if utf8.Valid(data) {
		return nil
	}
	line, col := int32(1), int32(1)
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 {
			break
		}
		if col++; r == '\n' {
			line, col = line+1, 1
		}
		data = data[size:]
	}
	return &parseFault{spot{line, col}, "document-encoding", "the document is not UTF-8"}
}
