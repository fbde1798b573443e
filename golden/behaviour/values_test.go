// Package behaviour imports the emitted packages of this folder and calls them
// over both transports: what compiles must also do what the document says.
package behaviour

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	allof "github.com/rtgen/rtgen/golden/allof/go"
	enums "github.com/rtgen/rtgen/golden/enums/go"
	"github.com/rtgen/rtgen/golden/internal/peer"
	nullable "github.com/rtgen/rtgen/golden/nullable/go"
	openapi30 "github.com/rtgen/rtgen/golden/openapi30/go"
	shapes "github.com/rtgen/rtgen/golden/shapes/go"
	unions "github.com/rtgen/rtgen/golden/unions/go"
	rt "github.com/rtgen/rtgen/runtime"
)

// value is a JSON text sent to an operation that answers with the Go value it
// was given. Without want the same JSON must come back; want names the pointers
// of the violations otherwise.
type value struct {
	call peer.Call
	want []string
}

func put(op, target, body string, pointers ...string) value {
	return value{peer.Call{Op: op, Method: "PUT", Target: target, Body: body}, pointers}
}

func post(op, target, body string, pointers ...string) value {
	return value{peer.Call{Op: op, Method: "POST", Target: target, Body: body}, pointers}
}

// TestValuesComeBack sends values through decoder, Go type and encoder, over
// both transports: nothing is lost, added or accepted that should not be.
func TestValuesComeBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server *rt.Server
		values []value
	}{
		"nullable": {nullable.NewServer(nullableEcho{}), []value{
			put("putValue", "/value", `{"required":"x","requiredNullable":null,"requiredList":[],"requiredNullableList":null,"requiredObject":{},"withDefault":7}`),
			put("putValue", "/value", `{"required":"","requiredNullable":"","requiredList":[1,null],"requiredNullableList":[],"requiredObject":{"n":0},`+
				`"optional":"","optionalNullable":null,"optionalList":[],"optionalNullableList":null,"optionalObject":{},"optionalNullableObject":null,"withDefault":0,"onlyNull":null}`),
			put("putValue", "/value", `{"required":null,"requiredNullable":null,"requiredList":null,"requiredNullableList":null,"requiredObject":null}`,
				"/required", "/requiredList", "/requiredObject"),
			put("putValue", "/value", `{}`,
				"/required", "/requiredNullable", "/requiredList", "/requiredNullableList", "/requiredObject"),
			put("putValue", "/value", `{"required":"x","requiredNullable":null,"requiredList":[],"requiredNullableList":null,"requiredObject":{},"optional":null}`, "/optional"),
		}},
		"openapi30": {openapi30.NewServer(openapi30Echo{}), []value{
			put("putValue", "/value", `{"name":null,"price":0.5,"state":null,"part":null}`),
			put("putValue", "/value", `{"name":"Ada","price":100,"state":"old","part":{"n":2147483647}}`),
			put("putValue", "/value", `{"name":"Ada","price":0}`, "/price"),
			put("putValue", "/value", `{"name":"Ada","price":1,"state":"other"}`, "/state"),
		}},
		"enums": {enums.NewServer(enumsEcho{}), []value{
			put("putOrder", "/order", `{"state":"on hold","priority":3,"awkward":"日本","inline":"y","nullable":null,"kind":"order","ratio":0.5,"many":["red","green"]}`),
			put("putOrder", "/order", `{"state":""}`),
			put("putOrder", "/order", `{"state":"paid","level":2.5,"size":{"width":2,"height":4},"version":{"major":1}}`),
			put("putOrder", "/order", `{"state":"paid","level":null,"size":[]}`),
			put("putOrder", "/order", `{"state":"paid","level":"1","size":{"width":2},"version":{"major":2}}`, "/level", "/size", "/version"),
			put("putOrder", "/order", `{"state":"lost","priority":4,"kind":"other","many":["red","blue"]}`, "/state", "/priority", "/kind", "/many/1"),
		}},
		"allof": {allof.NewServer(allofEcho{}), []value{
			put("putEmployee", "/employee", `{"name":"Ada","age":36,"createdAt":"2026-01-02T03:04:05Z","job":"engineer","boss":{"name":"Grace","age":85,"job":"admiral"}}`),
			put("putEmployee", "/employee", `{"name":"Ada","age":-1,"job":"engineer"}`, "/age"),
			put("putEmployee", "/employee", `{"name":"Ada","age":121,"job":"engineer"}`, "/age"),
		}},
		"shapes": {shapes.NewServer(shapesEcho{}), []value{
			put("putShapes", "/shapes", `{}`),
			put("putShapes", "/shapes", `{"tail":[]}`),
			put("putShapes", "/shapes", `{"tail":[""]}`),
			put("putShapes", "/shapes", `{"pair":["a"]}`, "/pair"),
			put("putShapes", "/shapes", `{"map":{"a":1},"open":{"id":"x","more":"y"},"closed":{"id":"x"},"patterns":{"id":"x","x-a":"y"},`+
				`"pair":["a",1],"tail":["a",1.5,2],"tree":{"name":"r","children":[{"name":"c","parent":{"name":"r"}}]},`+
				`"nested":[[{"deep":true}],[]],"anything":{"x":[1,null,"y"]}}`),
			put("putShapes", "/shapes", `{"formats":{"date":"2026-02-28","uuid":"0b0e2a5c-6d2f-4a3e-9a5e-1c7f5d0c9a11","ipv4":"192.0.2.1","ipv6":"2001:db8::1","byte":"aGk=","int64":9007199254740993,"float":0.5,"numbers":[1,2.5]}}`),
			put("putShapes", "/shapes", `{"map":{"a":"x"},"closed":{"other":1},"pair":["a","b"],"never":1}`, "/map/a", "/closed/other", "/pair/1", "/never"),
			put("putShapes", "/shapes", `{"tree":{"name":"r","children":[{"name":1}]},"formats":{"date":"yesterday"}}`, "/tree/children/0/name", "/formats/date"),
		}},
		"unions": {unions.NewServer(unionsEcho{}), []value{
			post("addPet", "/pets", `{"petType":"cat","lives":9}`),
			post("addPet", "/pets", `{"petType":"dog","barks":false}`),
			post("addPet", "/pets", `{"petType":"cow"}`, "/petType"),
			post("addShape", "/shapes", `{"radius":1.5}`),
			post("addShape", "/shapes", `{"width":1,"height":2}`),
			post("addVehicle", "/vehicles", `{"kind":"car","doors":3}`),
			post("addVehicle", "/vehicles", `{"kind":"bike"}`),
			post("addValue", "/values", `{"scalar":"x","types":7,"any":{"radius":1},"maybe":null,"open":"neither","choice":"right","single":{"radius":2}}`),
			post("addValue", "/values", `{"scalar":true,"types":"7","maybe":{"radius":3},"open":"a","choice":"left"}`),
			post("addValue", "/values", `{"choice":"middle"}`, "/choice"),
			post("addValue", "/values", `{"required":{"petType":"x","barks":true},"pair":{"radius":1,"petType":"x","lives":2},`+
				`"merged":{"petType":"x","lives":2,"radius":1}}`),
			post("addValue", "/values", `{"required":{"petType":"x","barks":true,"lives":2},"pair":{"radius":1},"merged":{"petType":"x","lives":2}}`,
				"/required", "/pair", "/merged/radius"),
			post("addParcel", "/parcels", `{"weight":2,"radius":1.5,"street":"High Street","since":"2026-01-31"}`),
			post("addParcel", "/parcels", `{"weight":2,"width":1,"height":2,"box":7}`),
			post("addParcel", "/parcels", `{"radius":1.5,"box":7}`, "/weight"),
			post("addParcel", "/parcels", `{"weight":"2","radius":1.5,"box":0}`, "/weight", ""),
			post("addParcel", "/parcels", `{"weight":2,"radius":1.5,"width":1,"height":2,"box":1}`, ""),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := peer.Dial(t, c.server, "/realtime")
			for _, v := range c.values {
				v.check(t, c.server, p)
			}
		})
	}
}

func (v value) check(t *testing.T, server *rt.Server, p *peer.Peer) {
	t.Helper()
	got := peer.Both(t, server, p, v.call)
	if len(v.want) == 0 {
		if got.Status != 200 || !equalJSON(t, v.call.Body, got.Body) {
			t.Errorf("%s %s\nanswers %d %s\nwant the same value back", v.call.Op, v.call.Body, got.Status, got.Body)
		}
		return
	}
	var problem struct {
		Errors []struct {
			In, Pointer, Rule, Detail string
		}
	}
	if err := json.Unmarshal([]byte(got.Body), &problem); err != nil || got.Status != 400 {
		t.Errorf("%s %s answers %d %s, want 400 and a problem", v.call.Op, v.call.Body, got.Status, got.Body)
		return
	}
	var pointers []string
	for _, e := range problem.Errors {
		pointers = append(pointers, e.Pointer)
		if e.In != "body" || e.Rule == "" || e.Detail == "" {
			t.Errorf("%s %s: violation %+v lacks in, rule or detail", v.call.Op, v.call.Body, e)
		}
	}
	if !sameSet(pointers, v.want) {
		t.Errorf("%s %s\nis refused for %q, want %q:\n%s", v.call.Op, v.call.Body, pointers, v.want, got.Body)
	}
}

func sameSet(a, b []string) bool {
	count := map[string]int{}
	for _, s := range a {
		count[s]++
	}
	for _, s := range b {
		count[s]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

// equalJSON compares values; numbers by their text, so that large integers
// count exactly.
func equalJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var values [2]any
	for i, text := range []string{a, b} {
		dec := json.NewDecoder(strings.NewReader(text))
		dec.UseNumber()
		if err := dec.Decode(&values[i]); err != nil {
			t.Errorf("%s: %v", text, err)
			return false
		}
	}
	return reflect.DeepEqual(values[0], values[1])
}

type nullableEcho struct{}

func (nullableEcho) PutValue(_ context.Context, req *nullable.PutValueRequest) (nullable.PutValueResponse, error) {
	return nullable.PutValueOK{Body: req.Body}, nil
}

type openapi30Echo struct{}

func (openapi30Echo) PutValue(_ context.Context, req *openapi30.PutValueRequest) (openapi30.PutValueResponse, error) {
	return openapi30.PutValueOK{Body: req.Body}, nil
}

type enumsEcho struct{}

func (enumsEcho) PutOrder(_ context.Context, req *enums.PutOrderRequest) (enums.PutOrderResponse, error) {
	return enums.PutOrderOK{Body: req.Body}, nil
}

type allofEcho struct{}

func (allofEcho) PutEmployee(_ context.Context, req *allof.PutEmployeeRequest) (allof.PutEmployeeResponse, error) {
	return allof.PutEmployeeOK{Body: req.Body}, nil
}

type shapesEcho struct{}

func (shapesEcho) PutShapes(_ context.Context, req *shapes.PutShapesRequest) (shapes.PutShapesResponse, error) {
	return shapes.PutShapesOK{Body: req.Body}, nil
}

type unionsEcho struct{}

func (unionsEcho) AddPet(_ context.Context, req *unions.AddPetRequest) (unions.AddPetResponse, error) {
	return unions.AddPetOK{Body: req.Body}, nil
}

func (unionsEcho) AddShape(_ context.Context, req *unions.AddShapeRequest) (unions.AddShapeResponse, error) {
	return unions.AddShapeOK{Body: req.Body}, nil
}

func (unionsEcho) AddVehicle(_ context.Context, req *unions.AddVehicleRequest) (unions.AddVehicleResponse, error) {
	return unions.AddVehicleOK{Body: req.Body}, nil
}

func (unionsEcho) AddParcel(_ context.Context, req *unions.AddParcelRequest) (unions.AddParcelResponse, error) {
	return unions.AddParcelOK{Body: req.Body}, nil
}

func (unionsEcho) AddValue(_ context.Context, req *unions.AddValueRequest) (unions.AddValueResponse, error) {
	return unions.AddValueOK{Body: req.Body}, nil
}
