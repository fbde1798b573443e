package spec_test

import (
	"fmt"

	"github.com/rtgen/rtgen/spec"
)

func ExampleParse() {
	api, found, err := spec.Parse("openapi.yaml", []byte(`
openapi: 3.1.0
info: {title: Notes, version: '1'}
paths:
  /notes/{id}:
    get:
      operationId: getNote
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        '200': {description: A note., content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
components:
  schemas:
    Note: {type: object, required: [text], properties: {text: {type: string}, at: {type: string, format: date-time}}}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(found), "findings")
	for _, op := range api.Operations {
		fmt.Println(op.Method, op.Path.Template, "at line", op.Pos.Line)
	}
	for _, s := range api.Schemas {
		fmt.Printf("%s %s\n", s.Name, s.JSON)
	}
	// Output:
	// 0 findings
	// GET /notes/{id} at line 6
	// Note {"type":"object","required":["text"],"properties":{"text":{"type":"string"},"at":{"type":"string","format":"date-time"}}}
	// getNote.path.id {"type":"integer"}
}

func ExampleDiagnostics_Listing() {
	_, found, _ := spec.Parse("openapi.yaml", []byte(`
openapi: 3.1.0
info: {title: Rooms, version: '1'}
x-realtime: {channels: {room: {address: room, events: {said: {schema: true}}}}}
paths:
  /room:
    get:
      operationId: join
      x-realtime: {subscribe: [{channel: rom}]}
      responses: {'204': {description: Joined.}}
`))
	fmt.Print(found.Listing())
	// Output:
	// openapi.yaml:9:42: there is no channel "rom" (channel-unknown); did you mean "room"?
	//     x-realtime: {subscribe: [{channel: rom}]}
	//                                        ^
}
