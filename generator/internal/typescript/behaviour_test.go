package typescript

import (
	"bytes"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rtgen/rtgen/generator/internal/bundle"
	"github.com/rtgen/rtgen/spec"
)

// petsDocument is a document with everything that a program can narrow.
const petsDocument = `
openapi: 3.1.0
info: {title: Pets, version: 1.0.0}
servers: [{url: 'https://pets.example'}]
paths:
  /pets/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: getPet
      parameters:
        - {name: filter, in: query, style: deepObject, schema: {type: object, properties: {color: {type: string}}}}
        - {name: tags, in: query, explode: false, schema: {type: array, items: {type: string}}}
      responses:
        '200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
        '404': {description: gone, content: {text/plain: {schema: {type: string}}}}
    put:
      operationId: putPet
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Cat'}}}}
      responses: {'204': {description: done}}
  /pet shops/{shop name}:
    get:
      operationId: pet-shop
      parameters: [{name: shop name, in: path, required: true, schema: {type: string}}]
      responses: {'204': {description: open}}
components:
  schemas:
    Pet:
      oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]
      discriminator: {propertyName: kind, mapping: {cat: '#/components/schemas/Cat', dog: '#/components/schemas/Dog'}}
    Cat:
      type: object
      required: [id, kind]
      properties:
        id: {type: integer, readOnly: true}
        pin: {type: string, writeOnly: true}
        kind: {type: string}
        meow: {type: [string, 'null']}
        state: {enum: [asleep, awake]}
    Dog:
      type: object
      required: [kind, size]
      properties: {kind: {type: string}, size: {type: array, prefixItems: [{type: number}, {type: string}], items: false, minItems: 2}}
      additionalProperties: {type: boolean}
`

// petsUse is what a program may and may not do with the client of petsDocument.
const petsUse = `
import { createClient, unwrap, type Pet, type Cat, type CatInput } from './index.js';

export function speak(pet: Pet): string {
  if (pet.kind === 'cat') return pet.meow ?? 'silent';
  const [size, unit] = pet.size;
  // @ts-expect-error a dog has no meow
  pet.meow.length;
  // @ts-expect-error there is no such kind
  if (pet.kind === 'cow') return '';
  return size.toFixed() + unit;
}
export function narrow(cat: Cat): void {
  // @ts-expect-error readOnly
  cat.id = 1;
  // @ts-expect-error a secret is never in an answer
  cat.pin;
  // @ts-expect-error meow may be null or missing
  cat.meow.length;
  // @ts-expect-error no such state
  cat.state = 'hungry';
  // @ts-expect-error undefined is not a missing member
  cat.state = undefined;
}
export async function calls(): Promise<void> {
  const client = createClient({ url: 'http://x' });
  const found = await client.getPet({ path: { id: 1 }, query: { filter: { color: 'red' }, tags: undefined } });
  if (found.status === 404) found.body.trim();
  if (found.ok) speak(found.body);
  const pet: Pet = await unwrap(client.get('/pets/{id}', { path: { id: 1 } }));
  speak(pet);
  const input: CatInput = { kind: 'cat', pin: '1234' };
  await client.putPet({ path: { id: 1 }, body: input });
  // @ts-expect-error the server gives the id
  await client.putPet({ path: { id: 1 }, body: { kind: 'cat', id: 1 } });
  // @ts-expect-error kind is required
  await client.putPet({ path: { id: 1 }, body: {} });
  // @ts-expect-error the request is required
  await client.getPet();
}
`

// roomsDocument is a document with a channel; roomsUse is what a program does with it.
const roomsDocument = `
openapi: 3.1.0
info: {title: Rooms, version: 1.0.0}
security: [{bearer: []}]
x-realtime:
  channels:
    room:
      address: rooms/{roomId}
      parameters: {roomId: {schema: {type: string}}}
      presence: {visibility: members, identity: $auth.sub, info: {$ref: '#/components/schemas/Member'}}
      events:
        message.created: {schema: {$ref: '#/components/schemas/Message'}}
        typing: {schema: {type: object, required: [user], properties: {user: {type: string}}}, volatile: true}
paths:
  /rooms/{roomId}:
    parameters: [{name: roomId, in: path, required: true, schema: {type: string}}]
    get:
      operationId: joinRoom
      x-realtime: {subscribe: [{channel: room, parameters: {roomId: $request.path.roomId}, presence: true}]}
      responses:
        '200': {description: ok, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Message'}}}}}
        '404': {description: no such room}
    delete:
      operationId: leaveRoom
      x-realtime: {unsubscribe: [{channel: room, parameters: {roomId: $request.path.roomId}}]}
      responses: {'204': {description: left}}
components:
  securitySchemes: {bearer: {type: http, scheme: bearer}}
  schemas:
    Message: {type: object, required: [text], properties: {text: {type: string}}}
    Member: {type: object, required: [name], properties: {name: {type: string}}}
`

const roomsUse = `
import { createClient, createHttpClient, type Message, type RoomChannel } from './index.js';

export async function rooms(): Promise<void> {
  const client = createClient();
  const joined = await client.joinRoom({ path: { roomId: 'r' } });
  if (!joined.ok) {
    // @ts-expect-error a failed call has joined nothing
    joined.channels.room;
    return;
  }
  const room: RoomChannel = joined.channels.room;
  room.on('message.created', (message: Message, meta) => [message.text, meta.seq?.toFixed()]);
  for (const member of room.members.values()) member.name.trim();
  for await (const event of room) {
    if (event.type === 'typing') event.data.user.trim();
    // @ts-expect-error the channel has no such event
    if (event.type === 'message.edited') return;
  }
  // @ts-expect-error the payload is a message
  room.on('message.created', (message: { user: string }) => message);
  client.channel('room', { roomId: 'r' }).on('$reset', ({ result }) => result.ok && result.body.map((m) => m.text));
  // @ts-expect-error the parameter is required
  client.channel('room', {});
  // @ts-expect-error a client without a socket has no channels
  createHttpClient().channel('room', { roomId: 'r' });
}
`

func parse(t testing.TB, document string) *spec.API {
	t.Helper()
	api, _, err := spec.Parse("pets.yaml", []byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return api
}

func TestProgramsAreChecked(t *testing.T) {
	t.Parallel()
	files := emit(t, parse(t, petsDocument))
	files["use.ts"] = []byte(petsUse)
	dir := writeFiles(t, files)
	mustCompile(t, dir, strictest, "index.ts", "use.ts")
	mustCompile(t, dir, loosest, "index.ts")
}

func TestChannelsAreChecked(t *testing.T) {
	t.Parallel()
	files := emit(t, parse(t, roomsDocument))
	if want := "room: { address: 'rooms/{roomId}', leave: 'leaveRoom' },"; !strings.Contains(string(files["operations.ts"]), want) {
		t.Errorf("no %s in\n%s", want, files["operations.ts"])
	}
	files["use.ts"] = []byte(roomsUse)
	dir := writeFiles(t, files)
	mustCompile(t, dir, strictest, "index.ts", "use.ts")
	mustCompile(t, dir, loosest, "index.ts")
}

func TestBundleCallsAServer(t *testing.T) {
	t.Parallel()
	files := emit(t, parse(t, petsDocument))
	js, err := bundle.JavaScript(files, Entry)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "client.mjs"), js)
	write(t, filepath.Join(dir, "run.mjs"), []byte(`
import { createClient, unwrap } from './client.mjs';
const seen = [];
const fetch = async (url, init) => {
  seen.push(init.method + ' ' + url + ' ' + (init.body ?? ''));
  return init.method === 'GET'
    ? new Response('{"kind":"cat","id":1}', { headers: { 'content-type': 'application/json' } })
    : new Response(null, { status: 204 });
};
const client = createClient({ fetch });
const pet = await unwrap(client.getPet({ path: { id: 1 }, query: { filter: { color: 'red' }, tags: ['a', 'b'] } }));
const put = await client.put('/pets/{id}', { path: { id: 2 }, body: { kind: 'cat' } });
await client.petShop({ path: { 'shop name': 'a/b' } }).catch(() => {});
console.log([...seen, pet.kind, put.status].join('\n'));
`))
	diff(t, "calls", runNode(t, dir, "run.mjs"), `
GET https://pets.example/pets/1?filter%5Bcolor%5D=red&tags=a,b `+`
PUT https://pets.example/pets/2 {"kind":"cat"}
GET https://pets.example/pet shops/a%2Fb `+`
cat
204`)
}

func TestOutputDependsOnNothingButTheModel(t *testing.T) {
	t.Parallel()
	api := hostileAPI()
	first := emit(t, api)
	for range 3 {
		again := emit(t, hostileAPI())
		for name, text := range first {
			if !bytes.Equal(text, again[name]) {
				t.Fatalf("%s differs between two runs", name)
			}
		}
	}
	moved := *api
	moved.Source = "/somewhere/else/evil\n*/.yaml"
	for name, text := range emit(t, &moved) {
		if !bytes.Equal(text, first[name]) {
			t.Fatalf("%s knows the folder of the document", name)
		}
	}
}

func TestNamesDoNotDependOnTheOrderOfTheDocument(t *testing.T) {
	t.Parallel()
	sorted := func(text []byte) string {
		lines := strings.Split(string(text), "\n")
		slices.Sort(lines)
		return strings.Join(lines, "\n")
	}
	api := hostileAPI()
	api.Operations, api.Realtime = nil, nil
	want := sorted(emit(t, api)["types.ts"])
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(api.Decls), func(i, j int) { api.Decls[i], api.Decls[j] = api.Decls[j], api.Decls[i] })
	if got := sorted(emit(t, api)["types.ts"]); got != want {
		t.Error("another order of declarations gives other names")
	}
}

// changed counts the lines that one output has and the other has not.
func changed(t *testing.T, before, after map[string][]byte) (added, removed int) {
	t.Helper()
	for name := range after {
		counts := map[string]int{}
		for line := range strings.SplitSeq(string(before[name]), "\n") {
			counts[line]++
		}
		for line := range strings.SplitSeq(string(after[name]), "\n") {
			counts[line]--
		}
		for _, n := range counts {
			added += max(0, -n)
			removed += max(0, n)
		}
	}
	return added, removed
}

func TestSmallChangesAreSmallDiffs(t *testing.T) {
	t.Parallel()
	before := emit(t, parse(t, petsDocument))
	property := strings.Replace(petsDocument, "        state:", "        name: {type: string, description: What it listens to.}\n        state:", 1)
	added, removed := changed(t, before, emit(t, parse(t, property)))
	if added != 4 || removed != 0 { // a comment and a line, in both forms of Cat
		t.Errorf("a property of a type with two forms: %d lines added, %d removed", added, removed)
	}
	property = strings.Replace(petsDocument, "size: {type: array", "name: {type: string}, size: {type: array", 1)
	added, removed = changed(t, before, emit(t, parse(t, property)))
	if added > 2 || removed > 1 { // the line, and the index signature that must accept it
		t.Errorf("a property: %d lines added, %d removed", added, removed)
	}
	operation := strings.Replace(petsDocument, "    put:\n", "    delete:\n      operationId: deletePet\n      responses: {'204': {description: done}}\n    put:\n", 1)
	if _, removed = changed(t, before, emit(t, parse(t, operation))); removed != 0 {
		t.Errorf("an operation removed %d lines of the others", removed)
	}
}
