package spec

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// This file is the only one that knows kin-openapi: a second pair of eyes. What
// it finds in a document that rtgen has already understood is a warning, since
// most published documents have such findings and generate all the same.
//
// It runs after rtgen's own reading and only when that found no error, because
// kin's loader recurses through references without a bound, which no recover
// can catch. Up to kinAutoSize it costs milliseconds; for documents of several
// megabytes its validation takes seconds, so those must ask for it.

const (
	kinAutoSize    = 1 << 20
	kinAutoTime    = 5 * time.Second // a document of kinAutoSize takes a fifth of a second
	kinAlwaysTime  = 2 * time.Minute
	kinMaxFindings = 100
)

// validateWithKin adds what kin-openapi finds.
func validateWithKin(files *fileSet, f *file, version string, report *reporter) {
	limit := kinAutoTime
	switch {
	case files.opts.validate == ValidateNever, strings.HasPrefix(version, "3.2"): // kin reads only a part of 3.2
		return
	case files.opts.validate == ValidateAlways:
		limit = kinAlwaysTime
	case len(f.src) > kinAutoSize:
		return
	}
	found := make(chan []error, 1)
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	go func() {
		defer func() {
			if r := recover(); r != nil {
				found <- []error{fmt.Errorf("kin-openapi stopped: %v", r)}
			}
		}()
		found <- runKin(ctx, files, f)
	}()
	select {
	case list := <-found:
		for i, err := range list {
			if i == kinMaxFindings {
				report.warnf(f.root, "openapi-limit", "kin-openapi has %d more findings", len(list)-i)
				break
			}
			addKin(f, err, report)
		}
	case <-ctx.Done():
		report.warnf(f.root, "openapi-timeout", "kin-openapi did not finish validating within %s", limit)
	}
}

// runKin loads and validates; examples are not compared with their schemas,
// which is where documents are wrong most often and generators care least.
func runKin(ctx context.Context, files *fileSet, f *file) []error {
	loader := openapi3.NewLoader()
	loader.Context = ctx
	loader.ReadFromURIFunc = func(_ *openapi3.Loader, location *url.URL) ([]byte, error) {
		return readForKin(files, location)
	}
	doc, err := loader.LoadFromDataWithPath(forKin(f.root), &url.URL{Path: f.path})
	if err != nil {
		return []error{fmt.Errorf("kin-openapi cannot load the document and did not validate it: %s", plainLoadError(err))}
	}
	err = doc.Validate(ctx, openapi3.DisableExamplesValidation(), openapi3.EnableMultiError(),
		openapi3.DisableSchemaPatternValidation(), openapi3.AllowExtensionsWithRef())
	return flattenErrors(err, nil)
}

// forKin writes a document as rtgen has read it: keys that stand twice once, and
// numbers as text where people write 3.0 and mean the version. Kin would refuse
// to load it for that and say nothing about the rest.
func forKin(root *node) []byte {
	plain := *root
	plain.kids = slices.Clone(root.kids)
	for i := range plain.kids {
		m := &plain.kids[i]
		switch {
		case m.key == "openapi" && m.value.is(numberNode):
			m.value = &node{kind: stringNode, text: m.value.text}
		case m.key == "info" && m.value.isObject():
			info := *m.value
			info.kids = slices.Clone(info.kids)
			for j := range info.kids {
				if v := info.kids[j].value; v.is(numberNode) || v.is(boolNode) {
					info.kids[j].value = &node{kind: stringNode, text: v.text}
				}
			}
			m.value = &info
		}
	}
	return rawJSON(&plain)
}

// plainLoadError is what kin could not read, without the steps that it took.
func plainLoadError(err error) string {
	text := err.Error()
	if _, after, ok := strings.Cut(text, "json error: "); ok {
		text, _, _ = strings.Cut(after, ", yaml error")
	}
	return strings.TrimPrefix(text, "json: ")
}

// readForKin reads what references lead to, under the same rules as our own
// reading, and never from the network.
func readForKin(files *fileSet, location *url.URL) ([]byte, error) {
	key := path.Clean(location.Path)
	if location.Scheme != "" || location.Host != "" || !fs.ValidPath(key) {
		return nil, errors.New("not read here")
	}
	return files.read(key)
}

func flattenErrors(err error, list []error) []error {
	switch many := err.(type) {
	case nil:
		return list
	case openapi3.MultiError:
		for _, e := range many {
			list = flattenErrors(e, list)
		}
		return list
	}
	// Context wrappers hold lists too: give each item its own copy of the way.
	if inner := errors.Unwrap(err); inner != nil {
		var many openapi3.MultiError
		if errors.As(inner, &many) && len(many) > 0 {
			for _, e := range many {
				list = flattenErrors(oneOfMany{outer: err, inner: e}, list)
			}
			return list
		}
	}
	return append(list, err)
}

// oneOfMany is one error of a list inside a context.
type oneOfMany struct{ outer, inner error }

func (w oneOfMany) Error() string { return w.inner.Error() }
func (w oneOfMany) Unwrap() error { return w.inner }

// kinKnown are the codes of findings that rtgen reports itself, with a place
// and in its own words.
var kinKnown = map[string]bool{
	"duplicate-operation-id": true, "conflicting-paths": true, "path-parameters-mismatch": true,
	"path-parameter-required": true, "path-must-start-with-slash": true, "operation-responses-required": true,
	"responses-required": true, "unresolved-ref": true, "parameter-in-invalid": true, "paths-required": true,
	"security-requirement-scheme-undefined": true, "security-scheme-type-invalid": true, "schema-type-unsupported": true,
	"info-required": true, "openapi-required": true, "serialization-method-invalid": true, "request-body-content-required": true,
	"extra-sibling-fields": true,
}

func addKin(f *file, err error, report *reporter) {
	rule, message := "openapi-load", err.Error()
	var coded openapi3.CodedError
	if errors.As(err, &coded) {
		if kinKnown[coded.Code()] {
			return
		}
		rule, message = "openapi-"+coded.Code(), coded.Error()
	} else if !strings.HasPrefix(message, "kin-openapi") {
		rule = "openapi-invalid"
	}
	if i := strings.IndexByte(message, '\n'); i >= 0 {
		message = message[:i] // what follows is a dump of schema and value
	}
	if len(message) > 300 {
		message = strings.ToValidUTF8(message[:300], "") + "…"
	}
	n := kinPlace(f.root, err)
	report.at(n, n.keyPos(), Warning, rule, "", message)
}

// kinPlace finds the element that an error is about by following its contexts:
// section, path, method, component.
func kinPlace(root *node, err error) *node {
	n := root
	into := func(keys ...string) {
		for _, key := range keys {
			if next := n.get(key); next != nil {
				n = next
			}
		}
	}
	for err != nil {
		switch e := err.(type) {
		case oneOfMany:
			n = kinPlace(n, shallow{e.outer})
		case *openapi3.SectionValidationError:
			into(e.Section)
		case *openapi3.PathValidationError:
			into(e.Path)
		case *openapi3.OperationValidationError:
			into(strings.ToLower(e.Method))
		case *openapi3.ComponentValidationError:
			into(componentSection(e.Section), e.Name)
		case *openapi3.WebhookValidationError:
			into("webhooks", e.Name)
		case shallow:
			err = e.error
			continue
		}
		err = errors.Unwrap(err)
	}
	return n
}

// shallow marks an error whose own list is not to be followed.
type shallow struct{ error }

// componentSection is the key of kin's word for a kind of component.
func componentSection(word string) string {
	switch word {
	case "schema", "parameter", "header", "response", "example", "link", "callback":
		return word + "s"
	case "request body":
		return "requestBodies"
	case "security scheme":
		return "securitySchemes"
	}
	return word
}
