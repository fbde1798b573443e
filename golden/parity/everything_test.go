package parity

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	everything "github.com/rtgen/rtgen/golden/everything/go"
	rt "github.com/rtgen/rtgen/runtime"
	"github.com/rtgen/rtgen/runtime/rttest"
)

// everythingServer serves the document that uses whatever OpenAPI can say. Answers are the requests as they
// were decoded, so a value that two transports read differently differs in the answer, too.
func everythingServer(opts ...rt.Option) *rt.Server {
	return everything.NewServer(mirror{}, append(opts, quiet,
		everything.WithBearer(token("bearer")), everything.WithLogin(token("login")), everything.WithConnect(token("connect")),
		everything.WithDigest(token("digest")), everything.WithCertificate(certificate),
		everything.WithBasic(password), everything.WithHeaderKey(key("headerKey")), everything.WithQueryKey(key("queryKey")),
		everything.WithCookieKey(key("cookieKey")))...)
}

// credentials are what the hooks of everythingServer accept.
var credentials = []rttest.Option{
	rttest.Credentials("bearer", "good"), rttest.Credentials("login", "good"), rttest.Credentials("connect", "good"),
	rttest.Credentials("digest", "good"), rttest.Credentials("basic", "ada:good"), rttest.Credentials("headerKey", "good"),
	rttest.Credentials("queryKey", "good"), rttest.Credentials("cookieKey", "good"),
}

func TestEverything(t *testing.T) {
	t.Parallel()
	rttest.Parity(t, func() *rt.Server { return everythingServer() }, credentials...)
}

// Every operation is reached: what is played is not only refused. What the mirror sends back is as valid as what it got, so that
// with validated responses nothing fails but what is meant to.
func TestEverythingSucceeds(t *testing.T) {
	t.Parallel()
	var failed sync.Map
	watch := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(io.LimitReader(r.Body, 2<<20))
			r.Body = io.NopCloser(bytes.NewReader(body))
			rec := &statusWriter{ResponseWriter: w}
			next.ServeHTTP(rec, r)
			if rec.status >= 500 && r.Header.Get("Rttest-Fault") == "" && !strings.HasPrefix(r.URL.Path, "/answers/") {
				failed.Store(fmt.Sprintf("%s %s %.200s", r.Method, r.URL.RequestURI(), body), rec.status)
			}
		})
	}
	report, err := rttest.Compare(func() *rt.Server {
		s := everythingServer(rt.ValidateResponses())
		s.Use(watch)
		return s
	}, credentials...)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range report.Differences {
		t.Error(d)
	}
	if len(report.Unaccepted) > 0 {
		t.Errorf("no request was accepted of %v", report.Unaccepted)
	}
	failed.Range(func(request, status any) bool {
		t.Errorf("%s: answered with %d", request, status)
		return true
	})
}

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func token(scheme string) func(context.Context, rt.BearerCredentials) (*rt.Identity, error) {
	return func(_ context.Context, c rt.BearerCredentials) (*rt.Identity, error) {
		if c.Token != "good" {
			return nil, rt.Unauthorized("No such token.")
		}
		return &rt.Identity{Subject: scheme, Scopes: c.Scopes}, nil
	}
}

func password(_ context.Context, c rt.BasicCredentials) (*rt.Identity, error) {
	if c.Password != "good" {
		return nil, rt.Unauthorized("Wrong.")
	}
	return &rt.Identity{Subject: c.Username}, nil
}

func certificate(context.Context, rt.CertificateCredentials) (*rt.Identity, error) {
	return nil, rt.Unauthorized("Nobody has one here.")
}

func key(scheme string) func(context.Context, rt.APIKeyCredentials) (*rt.Identity, error) {
	return func(_ context.Context, c rt.APIKeyCredentials) (*rt.Identity, error) {
		if c.Key != "good" {
			return nil, rt.Forbidden("This key opens nothing.")
		}
		return &rt.Identity{Subject: scheme}, nil
	}
}

// mirror answers with what it was asked.
type mirror struct{}

var _ everything.Handler = mirror{}

// echo is a request as JSON. Members are named as the fields of the request struct.
func echo(req any) (everything.EchoResponse, error) {
	text, err := json.Marshal(req)
	return everything.EchoResponse{Body: text}, err
}

func who(ctx context.Context) everything.WhoResponse {
	id := rt.IdentityFrom(ctx)
	if id == nil {
		return everything.WhoResponse{Body: everything.WhoResponseBody{Subject: "nobody"}}
	}
	return everything.WhoResponse{Body: everything.WhoResponseBody{Subject: id.Subject, Scopes: id.Scopes}}
}

func (mirror) PutObject(_ context.Context, req *everything.PutObjectRequest) (everything.PutObjectResponse, error) {
	return everything.PutObjectOK{Body: req.Body}, nil
}

func (mirror) PutMaps(_ context.Context, req *everything.PutMapsRequest) (everything.PutMapsResponse, error) {
	return everything.PutMapsOK{Body: req.Body}, nil
}

func (mirror) PutLists(_ context.Context, req *everything.PutListsRequest) (everything.PutListsResponse, error) {
	return everything.PutListsOK{Body: req.Body}, nil
}

func (mirror) PutNumbers(_ context.Context, req *everything.PutNumbersRequest) (everything.PutNumbersResponse, error) {
	return everything.PutNumbersOK{Body: req.Body}, nil
}

func (mirror) PutTexts(_ context.Context, req *everything.PutTextsRequest) (everything.PutTextsResponse, error) {
	return everything.PutTextsOK{Body: req.Body}, nil
}

func (mirror) PutFormats(_ context.Context, req *everything.PutFormatsRequest) (everything.PutFormatsResponse, error) {
	return everything.PutFormatsOK{Body: req.Body}, nil
}

func (mirror) PutEnums(_ context.Context, req *everything.PutEnumsRequest) (everything.PutEnumsResponse, error) {
	return everything.PutEnumsOK{Body: req.Body}, nil
}

func (mirror) PutPet(_ context.Context, req *everything.PutPetRequest) (everything.PutPetResponse, error) {
	return everything.PutPetOK{Body: req.Body}, nil
}

func (mirror) PutVehicle(_ context.Context, req *everything.PutVehicleRequest) (everything.PutVehicleResponse, error) {
	return everything.PutVehicleOK{Body: req.Body}, nil
}

func (mirror) PutShape(_ context.Context, req *everything.PutShapeRequest) (everything.PutShapeResponse, error) {
	return everything.PutShapeOK{Body: req.Body}, nil
}

func (mirror) PutUnions(_ context.Context, req *everything.PutUnionsRequest) (everything.PutUnionsResponse, error) {
	return everything.PutUnionsOK{Body: req.Body}, nil
}

func (mirror) PutMerged(_ context.Context, req *everything.PutMergedRequest) (everything.PutMergedResponse, error) {
	return everything.PutMergedOK{Body: req.Body}, nil
}

func (mirror) PutConditions(_ context.Context, req *everything.PutConditionsRequest) (everything.PutConditionsResponse, error) {
	return everything.PutConditionsOK{Body: req.Body}, nil
}

func (mirror) PutTree(_ context.Context, req *everything.PutTreeRequest) (everything.PutTreeResponse, error) {
	return everything.PutTreeOK{Body: req.Body}, nil
}

func (mirror) PutScalar(_ context.Context, req *everything.PutScalarRequest) (everything.PutScalarResponse, error) {
	return everything.PutScalarOK{Body: req.Body}, nil
}

func (mirror) PutAnything(_ context.Context, req *everything.PutAnythingRequest) (everything.PutAnythingResponse, error) {
	return everything.PutAnythingOK{Body: req.Body}, nil
}

func (mirror) GetPath(_ context.Context, req *everything.GetPathRequest) (everything.GetPathResponse, error) {
	return echo(req)
}

func (mirror) GetLabels(_ context.Context, req *everything.GetLabelsRequest) (everything.GetLabelsResponse, error) {
	return echo(req)
}

func (mirror) GetMatrix(_ context.Context, req *everything.GetMatrixRequest) (everything.GetMatrixResponse, error) {
	return echo(req)
}

func (mirror) GetNamed(_ context.Context, req *everything.GetNamedRequest) (everything.GetNamedResponse, error) {
	return echo(req)
}

func (mirror) GetQuery(_ context.Context, req *everything.GetQueryRequest) (everything.GetQueryResponse, error) {
	return echo(req)
}

func (mirror) GetDelimited(_ context.Context, req *everything.GetDelimitedRequest) (everything.GetDelimitedResponse, error) {
	return echo(req)
}

func (mirror) GetHeaders(_ context.Context, req *everything.GetHeadersRequest) (everything.GetHeadersResponse, error) {
	return echo(req)
}

func (mirror) GetCookies(_ context.Context, req *everything.GetCookiesRequest) (everything.GetCookiesResponse, error) {
	return echo(req)
}

func (mirror) GetWhole(_ context.Context, req *everything.GetWholeRequest) (everything.GetWholeResponse, error) {
	return echo(req)
}

func (mirror) GetWritten(_ context.Context, req *everything.GetWrittenRequest) (everything.GetWrittenResponse, error) {
	return echo(req)
}

func (mirror) GetJSONQuery(_ context.Context, req *everything.GetJSONQueryRequest) (everything.GetJSONQueryResponse, error) {
	return echo(req)
}

func (mirror) GetEncodedQuery(_ context.Context, req *everything.GetEncodedQueryRequest) (everything.GetEncodedQueryResponse, error) {
	return echo(req)
}

func (mirror) PostVersions(_ context.Context, req *everything.PostVersionsRequest) (everything.PostVersionsResponse, error) {
	return echo(req)
}

func (mirror) PostOpen(_ context.Context, req *everything.PostOpenRequest) (everything.PostOpenResponse, error) {
	return everything.PostOpenOK{Body: req.Body}, nil
}

func (mirror) PostNumber(_ context.Context, req *everything.PostNumberRequest) (everything.PostNumberResponse, error) {
	return everything.PostNumberOK{Body: req.Body}, nil
}

func (mirror) PostSeveral(_ context.Context, req *everything.PostSeveralRequest) (everything.PostSeveralResponse, error) {
	return echo(req)
}

func (mirror) PostOptional(_ context.Context, req *everything.PostOptionalRequest) (everything.PostOptionalResponse, error) {
	return echo(req)
}

func (mirror) PostForm(_ context.Context, req *everything.PostFormRequest) (everything.PostFormResponse, error) {
	return echo(req)
}

func (mirror) PatchNote(_ context.Context, req *everything.PatchNoteRequest) (everything.PatchNoteResponse, error) {
	return echo(req)
}

func (mirror) QueryNotes(_ context.Context, req *everything.QueryNotesRequest) (everything.QueryNotesResponse, error) {
	return echo(req)
}

func (mirror) UseBearer(ctx context.Context, _ *everything.UseBearerRequest) (everything.UseBearerResponse, error) {
	return who(ctx), nil
}

func (mirror) UseBasic(ctx context.Context, _ *everything.UseBasicRequest) (everything.UseBasicResponse, error) {
	return who(ctx), nil
}

func (mirror) UseHeaderKey(ctx context.Context, _ *everything.UseHeaderKeyRequest) (everything.UseHeaderKeyResponse, error) {
	return who(ctx), nil
}

func (mirror) UseQueryKey(ctx context.Context, _ *everything.UseQueryKeyRequest) (everything.UseQueryKeyResponse, error) {
	return who(ctx), nil
}

func (mirror) UseCookieKey(ctx context.Context, _ *everything.UseCookieKeyRequest) (everything.UseCookieKeyResponse, error) {
	return who(ctx), nil
}

func (mirror) UseScopes(ctx context.Context, _ *everything.UseScopesRequest) (everything.UseScopesResponse, error) {
	return who(ctx), nil
}

func (mirror) UseConnect(ctx context.Context, _ *everything.UseConnectRequest) (everything.UseConnectResponse, error) {
	return who(ctx), nil
}

func (mirror) UseEither(ctx context.Context, _ *everything.UseEitherRequest) (everything.UseEitherResponse, error) {
	return who(ctx), nil
}

func (mirror) UseBoth(ctx context.Context, _ *everything.UseBothRequest) (everything.UseBothResponse, error) {
	return who(ctx), nil
}

func (mirror) UseOptional(ctx context.Context, _ *everything.UseOptionalRequest) (everything.UseOptionalResponse, error) {
	return who(ctx), nil
}

func (mirror) UseDigest(ctx context.Context, _ *everything.UseDigestRequest) (everything.UseDigestResponse, error) {
	return who(ctx), nil
}

func (mirror) PostText(_ context.Context, req *everything.PostTextRequest) (everything.PostTextResponse, error) {
	return everything.PostTextOK{Body: req.Body}, nil
}

func (mirror) CopyNote(context.Context, *everything.CopyNoteRequest) (everything.CopyNoteResponse, error) {
	return everything.CopyNoteNoContent{}, nil
}

// GetAnswer answers with the status that it is asked for, by whichever way the document has for it: a response of its own, a
// range, the default, or an error.
func (mirror) GetAnswer(_ context.Context, req *everything.GetAnswerRequest) (everything.GetAnswerResponse, error) {
	switch req.Status {
	case 200:
		return everything.GetAnswerOK{
			ETag: `"1"`, XCount: new(3), XList: []string{"a", "b c"}, XPoint: &everything.Point{X: 1, Y: new("2")},
			XJSON: &everything.Point{X: 1}, Body: everything.Note{Title: "fine", Pages: new(202)},
		}, nil
	case 202:
		return &everything.GetAnswerAccepted{RetryAfter: new(5)}, nil
	case 204:
		return everything.GetAnswerNoContent{}, nil
	case 303:
		return everything.GetAnswerSeeOther{Location: "/answers/200?a=b#c"}, nil
	case 304:
		return everything.GetAnswerNotModified{}, nil
	case 404:
		return everything.GetAnswerNotFound{Body: everything.Problem{Title: new("Missing")}}, nil
	case 409:
		return nil, rt.Conflict("As an error.")
	case 412:
		return everything.GetAnswerPreconditionFailed{}, nil
	case 418:
		return everything.GetAnswerClientError4XX{StatusCode: 418}, nil
	case 599:
		return nil, io.ErrUnexpectedEOF
	}
	return everything.FailedResponse{StatusCode: req.Status, Body: everything.Problem{Status: &req.Status}}, nil
}

func (mirror) DeleteAnswer(context.Context, *everything.DeleteAnswerRequest) (everything.DeleteAnswerResponse, error) {
	return everything.DeleteAnswerNoContent{}, nil
}

func (mirror) HeadAnswer(_ context.Context, req *everything.HeadAnswerRequest) (everything.HeadAnswerResponse, error) {
	return everything.HeadAnswerOK{XCount: &req.Status}, nil
}

func (mirror) OptionsAnswer(context.Context, *everything.OptionsAnswerRequest) (everything.OptionsAnswerResponse, error) {
	return everything.OptionsAnswerNoContent{Allow: []string{"GET", "OPTIONS"}}, nil
}

func (mirror) GetNegotiated(context.Context, *everything.GetNegotiatedRequest) (everything.GetNegotiatedResponse, error) {
	note := &everything.Note{Title: "as you like it"}
	return everything.GetNegotiatedOK{
		BodyJSON: note, BodyEverythingNoteJSON: note, BodyText: new("as you\r\nlike it ü"), BodyBinary: strings.NewReader("\x00\xff"),
	}, nil
}

func (mirror) StreamEvents(_ context.Context, req *everything.StreamEventsRequest) (everything.StreamEventsResponse, error) {
	return everything.StreamEventsOK{Body: countdown(req.From)}, nil
}

func (mirror) StreamWhole(context.Context, *everything.StreamWholeRequest) (everything.StreamWholeResponse, error) {
	return everything.StreamWholeOK{Body: func(yield func(*everything.StreamWholeOKBody, error) bool) {
		for _, text := range []string{"plain", "two\nlines", `{"json":1}`, "", `"quoted"`, "7", "ünï\u2028"} {
			if !yield(&everything.StreamWholeOKBody{Data: text, Event: new("said"), ID: new("1")}, nil) {
				return
			}
		}
	}}, nil
}

func (mirror) StreamLines(context.Context, *everything.StreamLinesRequest) (everything.StreamLinesResponse, error) {
	return everything.StreamLinesOK{Body: countdown(3)}, nil
}

func countdown(from int) rt.Stream[everything.Note] {
	return func(yield func(*everything.Note, error) bool) {
		for n := from; n >= 0; n-- {
			if !yield(&everything.Note{Title: "two\nlines \r\n", Pages: &n}, nil) {
				return
			}
		}
	}
}

func (mirror) UploadFile(_ context.Context, req *everything.UploadFileRequest) (everything.UploadFileResponse, error) {
	data, err := io.ReadAll(&req.Body.File)
	if err != nil {
		return nil, err
	}
	return echo(map[string]any{"title": req.Body.Title, "meta": req.Body.Meta, "file": data})
}

func (mirror) UploadMany(_ context.Context, req *everything.UploadManyRequest) (everything.UploadManyResponse, error) {
	var sizes []int64
	for i := range req.Body.Files {
		sizes = append(sizes, req.Body.Files[i].Size)
	}
	return echo(map[string]any{"files": sizes, "points": req.Body.Points})
}

func (mirror) PutXML(context.Context, *everything.PutXMLRequest) (everything.PutXMLResponse, error) {
	return everything.PutXMLNoContent{}, nil
}

func (mirror) SendLines(_ context.Context, req *everything.SendLinesRequest) (everything.SendLinesResponse, error) {
	return received(req.Body)
}

func (mirror) SendEvents(_ context.Context, req *everything.SendEventsRequest) (everything.SendEventsResponse, error) {
	return received(req.Body)
}

// received answers with the items that a client has sent, or with what is wrong with one.
func received[T any](items rt.Stream[T]) (everything.EchoResponse, error) {
	list := []*T{}
	for item, err := range items.All() {
		if err != nil {
			return everything.EchoResponse{}, err
		}
		list = append(list, item)
	}
	return echo(list)
}

func (mirror) PutRaw(_ context.Context, req *everything.PutRawRequest) (everything.PutRawResponse, error) {
	data, err := io.ReadAll(req.Body)
	return everything.PutRawOK{Body: bytes.NewReader(data)}, err
}

func (mirror) DownloadFile(context.Context, *everything.DownloadFileRequest) (everything.DownloadFileResponse, error) {
	return everything.DownloadFileOK{Body: strings.NewReader("\x89PNG\r\n")}, nil
}

func (mirror) StartSession(context.Context, *everything.StartSessionRequest) (everything.StartSessionResponse, error) {
	return everything.StartSessionNoContent{SetCookie: new("sid=1; HttpOnly")}, nil
}
