package runtime

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/textproto"
	"os"
	"reflect"
)

// A File is a file in a multipart body. Small files are in memory, larger ones in a temporary
// file; both are gone when the handler returns, so a handler that keeps the content copies it.
//
// A File reads like an *os.File: Read moves through it and Seek goes back. It is for one
// goroutine at a time. The zero File is empty.
type File struct {
	Name        string // as the client says; never use it as a path
	ContentType string // as the client says; empty: not said
	Size        int64  // bytes
	Header      textproto.MIMEHeader

	content io.ReadSeeker
}

// NewFile returns a File over content, for tests of handlers.
func NewFile(name, contentType string, content []byte) File {
	return File{Name: name, ContentType: contentType, Size: int64(len(content)), content: bytes.NewReader(content)}
}

// Read reads the next bytes of the file.
func (f *File) Read(p []byte) (int, error) {
	if f.content == nil {
		return 0, io.EOF
	}
	return f.content.Read(p)
}

// Seek sets where Read continues (see io.Seeker).
func (f *File) Seek(offset int64, whence int) (int64, error) {
	if f.content == nil {
		return 0, nil
	}
	return f.content.Seek(offset, whence)
}

// UnmarshalJSON exists because the text parts of a multipart body are decoded as JSON: a file
// stands there as a string, and its content comes separately.
func (f *File) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return nil
	}
	return errors.New("a file is given by a part of a multipart body")
}

// MarshalJSON refuses: a file does not travel within JSON.
func (f File) MarshalJSON() ([]byte, error) {
	return nil, errors.New("a file cannot be written as JSON")
}

var (
	readerType       = reflect.TypeFor[io.Reader]()
	fileType         = reflect.TypeFor[File]()
	nullableFileType = reflect.TypeFor[Nullable[File]]()
	stringType       = reflect.TypeFor[string]()
	intType          = reflect.TypeFor[int]()

	_ json.Unmarshaler = (*File)(nil)
	_ json.Marshaler   = File{}
)

// A spool holds the files of one request until the handler has returned.
type spool struct {
	memory int64 // bytes that may still be kept in memory
	temps  []*os.File
}

// keep reads all of r.
func (s *spool) keep(r io.Reader) (io.ReadSeeker, int64, error) {
	var head bytes.Buffer
	n, err := io.CopyN(&head, r, s.memory+1)
	if errors.Is(err, io.EOF) {
		s.memory -= n
		return bytes.NewReader(head.Bytes()), n, nil
	}
	if err != nil {
		return nil, 0, err
	}
	temp, err := os.CreateTemp("", "rtgen-upload-")
	if err != nil {
		return nil, 0, err
	}
	s.temps = append(s.temps, temp)
	size, err := io.Copy(temp, io.MultiReader(&head, r))
	if err != nil {
		return nil, 0, err
	}
	_, err = temp.Seek(0, io.SeekStart)
	return temp, size, err
}

// close removes what keep has written.
func (s *spool) close() {
	for _, temp := range s.temps {
		_ = temp.Close()           // nothing is lost: it is deleted anyway
		_ = os.Remove(temp.Name()) // a leftover in the temporary directory is the system's to clean
	}
	s.temps = nil
}
