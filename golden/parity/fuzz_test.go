package parity

import (
	"testing"

	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/rttest"
)

// fuzzHeaders are the headers whose values are made up.
var fuzzHeaders = []string{"x-text", "x-number", "x-list", "x-object", "x-spread", "x-json", "accept", "authorization", "x-key", "content-encoding"}

// FuzzParity makes up requests. Whatever they are, both transports give the same answer.
func FuzzParity(f *testing.F) {
	const form, jsonType = "application/x-www-form-urlencoded", "application/json"
	f.Add("GET", "/parameters/query?q=a&tags=x&tags=y&width=1&flag", byte(0), "", "", []byte(nil))
	f.Add("GET", "/parameters/path/ab/1.5/a,b%2Cc/x,1,y,z/x=1", byte(0), "", "", []byte(nil))
	f.Add("GET", "/parameters/labels/.a/.1,2/.1.2/.x,1/.x=1.y=2", byte(0), "", "", []byte(nil))
	f.Add("GET", "/parameters/matrix/;text=a/;list=a,b/;exploded=a;exploded=b/;object=x,1/;x=1;y=2", byte(0), "", "", []byte(nil))
	f.Add("GET", "/parameters/delimited?spaced=a%20b&piped=1|2&filter[name]=n&filter[range][from]=1&where=%7B%22field%22:1%7D", byte(0), "", "", []byte(nil))
	f.Add("GET", "/parameters/headers", byte(5), `{"x":1}`, "", []byte(nil))
	f.Add("GET", "/parameters/whole?a=1&b=2&b[]=3", byte(0), "", "", []byte(nil))
	f.Add("HEAD", "/answers/200", byte(6), "text/*;q=0.1", "", []byte(nil))
	f.Add("GET", "/answers/negotiated", byte(6), "text/plain, */*;q=0.1", "", []byte(nil))
	f.Add("GET", "/credentials/both", byte(7), "Basic YWRhOmdvb2Q=", "", []byte(nil))
	f.Add("PUT", "/schemas/object", byte(0), "", jsonType, []byte(`{"required":"a","requiredNullable":null,"requiredList":[]}`))
	f.Add("PUT", "/schemas/unions", byte(0), "", jsonType, []byte(`{"scalar":1e2,"maybePet":{"petType":"kitten","lives":9}}`))
	f.Add("PUT", "/schemas/tree", byte(0), "", jsonType+"; charset=utf-8", []byte("{\n\"name\":\"a\",\"expression\":{\"sum\":[1,{\"negate\":2}]}}"))
	f.Add("POST", "/bodies/form", byte(0), "", form, []byte("name=a&tags=b&tags=c&address[city]=d&point=%7B%22x%22:1%7D"))
	f.Add("POST", "/bodies/several", byte(9), "gzip", "text/html", []byte("<p>\xff"))
	f.Add("QUERY", "/bodies/query", byte(0), "", jsonType, []byte(`{"title":"\ud800"}`))
	f.Add("TRACE", "/%2e%2e/a", byte(0), "", "", []byte(nil))

	player, err := rttest.NewPlayer(func() *rt.Server { return everythingServer() }, credentials...)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(player.Close)
	f.Fuzz(func(t *testing.T, method, target string, header byte, value, contentType string, body []byte) {
		r := rttest.Request{Method: method, Target: target, Headers: map[string]string{}, Body: body}
		if value != "" {
			r.Headers[fuzzHeaders[int(header)%len(fuzzHeaders)]] = value
		}
		if contentType != "" {
			r.Headers["content-type"] = contentType
		}
		for _, d := range player.Play(r) {
			t.Error(d)
		}
	})
}
