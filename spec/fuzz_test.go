package spec_test

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/rtgen/rtgen/spec"
)

// FuzzParse feeds documents in both languages to the whole package: it must not
// panic, must place every finding, and must give a model or an error, not both
// and not neither.
func FuzzParse(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(data).Files {
			if file.Name != "dump" && file.Name != "diagnostics" {
				f.Add(file.Data, strings.HasSuffix(file.Name, ".json"))
			}
		}
	}
	for _, text := range []string{
		"", "\uFEFF", "\xff\xfe", "{", "[]", "a: *a", "&a [*a]", "? {a: b}\n: c", "--- \n---\n", "openapi: 3.1.0\n<<: 1", "\x00",
		`{"openapi":"3.1.0","paths":{"/{a":{"get":{"x-realtime":{}}}},"x-realtime":{"channels":{"a":{"address":"{","events":{"e":{"$ref":"#"}}}}}}`,
		`{"openapi":"3.0.0","paths":{"/":{"$ref":"#/paths/~1"}},"components":{"schemas":{"A":{"allOf":[{"$ref":"#"}]}}}}`,
	} {
		f.Add([]byte(text), false)
		f.Add([]byte(text), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, asJSON bool) {
		if len(data) > 64<<10 {
			return
		}
		name := "openapi.yaml"
		if asJSON {
			name = "openapi.json"
		}
		parseAnything(t, name, data)
	})
}

// parseAnything holds the package to what it promises for any document.
func parseAnything(t *testing.T, name string, data []byte) {
	t.Helper()
	api, found, err := spec.Parse(name, data, spec.Validate(spec.ValidateNever))
	if (api == nil) != (err != nil) {
		t.Fatalf("model %v, error %v", api != nil, err)
	}
	for _, d := range found {
		if d.Pos.File == "" || d.Pos.Line < 1 || d.Rule == "" || d.Message == "" || strings.ContainsAny(d.Message, "\n\r") {
			t.Errorf("a finding that cannot be shown: %+v", d)
		}
	}
	if err := found.Print(io.Discard); err != nil {
		t.Fatal(err)
	}
	if api == nil {
		return
	}
	if err := spec.Dump(io.Discard, api); err != nil {
		t.Fatal(err)
	}
	checkTable(t, api)
	checkDecls(t, api)
}

// FuzzRealtime puts anything that is JSON into the places of x-realtime: at the root of a document, at
// operations that a socket can call, with a schema of their answer and without, and at one that it cannot.
func FuzzRealtime(f *testing.F) {
	for _, seed := range [][2]string{
		{`{}`, `{"subscribe":[{"channel":"room"}]}`},
		{`{"version":1,"endpoint":"/rt","stream":"/events","calls":"all","heartbeat":"25s","security":[{"bearer":[]}],"limits":{"message":65536,"inflight":8,"rate":"5/s"}}`, `{"call":false}`},
		{`{"channels":{"room":{"address":"rooms/{roomId}","parameters":{"roomId":{"schema":{"type":"string"}}},"history":{"size":10,"ttl":"10m"},"recovery":"stream","overflow":"conflate","rate":"5/s","echo":false,"reauthorize":"1m","presence":{"visibility":"members","identity":"$identity","max":9,"grace":"5s","info":{"a":"$request.path.roomId"}},"events":{"said":{"schema":{"$ref":"#/components/schemas/S"},"key":"/id","version":"/v","volatile":false}}}}}`,
			`{"subscribe":[{"channel":"room","parameters":{"roomId":"$request.path.roomId"},"on":["2XX"],"presence":true}],"publish":[{"channel":"room","event":"said","data":"$response.body","parameters":{"roomId":"$request.body#/id"},"on":["200"]}],"order":"$request.path.roomId","timeout":"5s","idempotency":true}`},
		{`{"events":{"E":{"schema":{"$ref":"#"}}},"channels":{"a":{"address":"{a}","events":{"e":{"$ref":"#/x-realtime/events/E"}}}}}`, `{"stream":{"channel":"a"},"unsubscribe":[{"channel":"a"}]}`},
		{`{"channels":{"room":{"address":"rooms/{roomId}","parameters":{"roomId":{"schema":{"type":"string"}}},"history":{"size":10,"ttl":"10m"},"events":{"said":{"schema":{"$ref":"#/components/schemas/S"}},"left":{"schema":{"type":"string"}}}}}}`,
			`{"history":{"channel":"room","parameters":{"roomId":"$request.path.roomId"},"after":"$request.path.roomId","limit":5,"page":"handler"}}`},
		{`[]`, `null`}, {`{"channels":[]}`, `{"publish":{}}`}, {`{"channels":{"":{"address":"","events":{"":null}}}}`, `{"subscribe":[null,{"channel":null}]}`},
		{`{"heartbeat":"9999999999999h","limits":{"queue":1e400,"message":-0}}`, `{"order":"$request.header.","timeout":"-1s"}`},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, root, operation string) {
		if len(root)+len(operation) > 16<<10 || !json.Valid([]byte(root)) || !json.Valid([]byte(operation)) {
			return
		}
		const rest = `"parameters":[{"name":"roomId","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"200":{"description":"d","content":{"application/json":{"schema":{"$ref":"#/components/schemas/S"}}}}}`
		parseAnything(t, "openapi.json", []byte(`{"openapi":"3.1.0","info":{"title":"T","version":"1"},"x-realtime":`+root+`,"paths":{"/rooms/{roomId}":{`+
			`"get":{"operationId":"a","x-realtime":`+operation+`,`+rest+`},`+
			`"post":{"operationId":"b","x-realtime":`+operation+`,"requestBody":{"content":{"multipart/form-data":{"schema":{"$ref":"#/components/schemas/S"}}}},`+rest+`}},`+
			`"/bare/{roomId}":{"get":{"operationId":"c","x-realtime":`+operation+`,`+strings.Replace(rest, `{"schema":{"$ref":"#/components/schemas/S"}}`, `{}`, 1)+`}}},`+
			`"components":{"securitySchemes":{"bearer":{"type":"http","scheme":"bearer"}},"schemas":{"S":{"type":"object","properties":{"id":{"type":"string"},"v":{"type":"integer"}}}}}}`))
	})
}
