package spec

import (
	"io/fs"
	"net/http"
	"sync"
)

// Option changes how a document is read.
type Option func(*options)

type options struct {
	root     string
	fsys     fs.FS
	urls     []string
	client   *http.Client
	validate ValidateMode
	include  []string
	exclude  []string
	observe  func(name string, data []byte)
}

// Root lets references reach every file below dir. Without it they reach the
// directory of the main document and what lies below. dir must hold the main
// document.
func Root(dir string) Option { return func(o *options) { o.root = dir } }

// FS reads the main document and everything it refers to from fsys instead of
// the disk; names are slash-separated and relative to its root.
func FS(fsys fs.FS) Option { return func(o *options) { o.fsys = fsys } }

// AllowURL lets references fetch http and https URLs that start with one of the
// prefixes ("https://schemas.example/v1/"). Without it such a reference is a
// diagnostic: generating code must not depend on, or talk to, the network
// unless somebody said so. Redirects must stay within the prefixes too.
func AllowURL(prefixes ...string) Option {
	return func(o *options) { o.urls = append(o.urls, prefixes...) }
}

// HTTPClient is used for the URLs that AllowURL permits. The default client
// has a timeout of 30 seconds.
func HTTPClient(c *http.Client) Option { return func(o *options) { o.client = c } }

// ValidateMode says when kin-openapi's validator looks at the document beside
// rtgen's own reading of it. What it finds are warnings.
type ValidateMode int

const (
	ValidateAuto   ValidateMode = iota // up to 1 MiB, where it costs milliseconds
	ValidateAlways                     // whatever it costs: seconds for the largest documents
	ValidateNever
)

// Validate chooses when kin-openapi validates; the default is ValidateAuto.
func Validate(mode ValidateMode) Option { return func(o *options) { o.validate = mode } }

// Include reads only the operations that one of the patterns matches, and only
// the types that they reach. A pattern is an operationId, a tag, or a path as the
// document writes it, which starts with a slash and may have a method in front.
// A * stands for any text, in paths within one segment; ** is any number of
// segments:
//
//	createPet
//	pets
//	repos/*
//	/pets/**
//	GET /repos/{owner}/{repo}
//
// Webhooks count as operations without path. A pattern that matches nothing is a
// warning; patterns that leave nothing are an error. Without Include every
// operation is read.
func Include(patterns ...string) Option {
	return func(o *options) { o.include = append(o.include, patterns...) }
}

// Exclude leaves out the operations that one of the patterns matches, also those
// that Include asks for. Patterns are as with Include.
func Exclude(patterns ...string) Option {
	return func(o *options) { o.exclude = append(o.exclude, patterns...) }
}

// Observe calls f with whatever is read: the main document and each file that a
// reference leads to, by its path below the root or its URL. Data is nil when
// there is nothing to read. Calls come one at a time, and a file may come twice.
func Observe(f func(name string, data []byte)) Option {
	var mu sync.Mutex // kin-openapi reads beside the caller
	return func(o *options) {
		o.observe = func(name string, data []byte) {
			mu.Lock()
			defer mu.Unlock()
			f(name, data)
		}
	}
}
