import { createClient, createHttpClient, type Client, type Operations } from '../../everything/ts/index.js';

// Calls every operation of the everything document with a client, and prints what came back, one line a call. The
// server answers with what its handler got, so a line shows whether it read what the client wrote.

type Transport = 'http' | 'socket';
type Call = () => Promise<Reply>;
type Reply = { status: number; type: string; headers: { readonly [name: string]: string | undefined }; body: unknown };

const point = { x: 1, y: 'a,b&c=d;e/f' };
const reserved = "!*'();:@&=+$,/?#[]% äöü🙂|~";
const note = { title: reserved, pages: 2, tags: ['a,b', '', 'c d'] };

/** The calls in the order of the document, by operation: some by socket too, and by HTTP what cannot take it. */
function calls(client: Client, transport: Transport, url: string) {
  const only = { transport } as const;
  return {
    putObject: () =>
      client.putObject({ body: { required: '', requiredNullable: null, requiredList: [], optionalNullable: null, optionalList: [null, 1], secret: 's', 'odd name, "quoted"': 'x', constant: 'always' } }, only),
    putMaps: () =>
      client.putMaps({ body: { typed: { a: 1 }, open: { id: 'i', more: 'm' }, any: { deep: [null, { a: 1 }] }, patterns: { 'x-a': 'a', 'n-1': 1 }, named: { abc: true }, card: { number: '1', address: 'a' }, maps: { a: { b: point } }, nullable: { a: null } } }, only),
    putLists: () =>
      client.putLists({ body: { bounded: ['a'], unique: [1, 2], contains: [10], pair: ['a', 1], tail: ['a', 1.5, 2], unevaluated: ['a', true], nested: [[[true], []]], points: [point], mixed: ['a', 1, point] } }, only),
    putNumbers: () =>
      client.putNumbers({ body: { integer: -1, int64: Number.MAX_SAFE_INTEGER, uint8: 255, number: 1.5e300, float: 0.5, double: 5e-324, decimal: '1.10', open: 0.5, steps: 19.99, even: -2 } }, only),
    putTexts: () =>
      client.putTexts({ body: { bounded: '🙂🙂🙂🙂🙂', pattern: 'ABC-123', unicode: 'Ζεύς', encoded: 'AAE=', document: '{"a":"\u2028\u0000</script>"}' } }, only),
    putFormats: () =>
      client.putFormats({ body: { dateTime: '1985-04-12T23:20:50.52+02:00', date: '2024-02-29', time: '10:00:00Z', duration: 'P1D', uuid: '00000000-0000-0000-0000-000000000000', uri: 'a:b', email: 'a@b.example', ipv6: '::1', byte: 'AAE=', unknown: '?' } }, only),
    putEnums: () =>
      client.putEnums({ body: { text: '', integer: -1, number: 0.5, boolean: true, nullable: null, constText: 'fixed', constNumber: 1, constBoolean: false, constNull: null, open: 'other' } }, only),
    putPet: () => client.putPet({ body: { petType: 'kitten', lives: 9, friend: { petType: 'dog', barks: true } } }, only),
    putVehicle: () => client.putVehicle({ body: { kind: 'car', doors: 4, owner: 'o' } }, only),
    putShape: () => client.putShape({ body: { kind: 'polygon', sides: 3 } }, only),
    putUnions: () =>
      client.putUnions({ body: { scalar: true, types: null, any: { radius: 1 }, maybe: null, maybePet: { petType: 'cat', lives: 1 }, list: ['a'], byConst: { op: 'remove', path: 'p' }, byFormat: '2024-01-01', byRange: 10, single: { radius: 2 } } }, only),
    putMerged: () => client.putMerged({ body: { id: 1, note: 'nn', extra: true, own: point, narrowed: 10 } }, only),
    putConditions: () => client.putConditions({ body: { country: 'us', zip: 'A1', notBoth: { a: 1 } } }, only),
    putTree: () => client.putTree({ body: { name: 'a', children: [{ name: 'b' }], index: { c: { name: 'c' } }, expression: { sum: [1, { negate: 2 }] } } }, only),
    putScalar: () => client.putScalar({ body: null }, only),
    putAnything: () => client.putAnything({ body: [null, { a: '' }] }, only),

    getPath: () => client.getPath({ path: { text: reserved, number: 1e-7, list: ['a,b', 'c/d', ''], object: point, exploded: point } }, only),
    'getPath by path': () =>
      client.get('/parameters/path/{text}/{number}/{list}/{object}/{exploded}', { path: { text: '..a', number: -0.5, list: ['.', ''], object: { x: 0 }, exploded: { x: -1 } } }, only),
    getLabels: () => client.getLabels({ path: { text: reserved, list: [1, 2], exploded: [1, 2], object: point, spread: point } }, only),
    getMatrix: () => client.getMatrix({ path: { text: reserved, list: ['a,b', 'c;d'], exploded: ['a', 'b;c='], object: point, spread: point } }, only),
    getNamed: () => client.getNamed({ path: { name: 'a.b/c', ext: 'txt' } }, only),
    getQuery: () =>
      client.getQuery({ query: { q: "!*'();:@&=+$,/?#[]% ", count: 1, ratio: 0.5, exact: false, state: 'closed', level: 3, since: '2024-01-01T00:00:00Z', id: '00000000-0000-0000-0000-000000000000', either: 'abc', maybe: 3, tags: ['a,b', 'c&d'], ids: [1, 2], spread: { width: 1, height: 2 }, object: point, old: '', flag: true, place: reserved } }, only),
    'getQuery, sparse': () => client.getQuery({ query: { q: '', either: 1, maybe: null, tags: [], count: undefined } }, only),
    getDelimited: () =>
      client.getDelimited({ query: { spaced: ['a', 'b,c'], piped: [1, 2], spacedObject: { x: 1, y: 'a' }, pipedObject: { x: 1, y: 'a,b' }, filter: { name: reserved, range: { from: 1, to: 2 }, tags: ['a', 'b'] }, where: { field: 'a&b', value: null } } }, only),
    getHeaders: () =>
      client.getHeaders({ headers: { 'X-Text': 'a, b', 'X-Number': 1, 'X-Flag': false, 'X-List': ['a', 'b c'], 'X-Object': { x: 1, y: 'b' }, 'X-Spread': { x: 2, y: 'c' }, 'X-Json': { x: 3, y: 'd,e' } } }, only),
    getCookies: () => client.getCookies({ cookies: { theme: 'dark', visits: 3, list: [1, 2], point: { x: 1, y: 'a;b, c' } } }),
    getWhole: () => client.getWhole({ query: { all: { a: 1, b: ['x', 'y&z'] } } }, only),

    postSeveral: () => client.postSeveral({ body: note }, only),
    'postSeveral, +json': () => client.postSeveral({ body: note, contentType: 'application/vnd.everything.note+json' }, only),
    'postSeveral, form': () => client.postSeveral({ body: note, contentType: 'application/x-www-form-urlencoded' }),
    'postSeveral, text': () => client.postSeveral({ body: 'ü\r\n', contentType: 'text/plain' }),
    'postSeveral, html': () => client.postSeveral({ body: '<b>', contentType: 'text/html' }),
    postOptional: () => client.postOptional({}, only),
    'postOptional with a body': () => client.postOptional({ body: note }, only),
    postForm: () =>
      client.postForm({ body: { name: reserved, age: 3, agree: false, tags: ['a,b', 'c'], ids: [1, 2], address: { city: 'C&D', zip: '0 1' }, point } }),
    postText: () => client.postText({ body: ' ü\r\n' }),
    patchNote: () => client.patchNote({ body: { title: null, tags: ['a'] } }, only),
    queryNotes: () => client.queryNotes({ body: note }, only),
    copyNote: () => client.copyNote({}, only),

    getAnswer: () => client.getAnswer({ path: { status: 200 } }, only),
    ...Object.fromEntries(
      [202, 204, 303, 304, 404, 409, 412, 418, 500, 599].map((status) => [
        `getAnswer ${status}`,
        () => client.getAnswer({ path: { status } }, only),
      ]),
    ),
    deleteAnswer: () => client.deleteAnswer({ path: { status: 200 } }, only),
    headAnswer: () => client.headAnswer({ path: { status: 200 } }, only),
    optionsAnswer: () => client.optionsAnswer({ path: { status: 200 } }, only),
    getNegotiated: () => client.getNegotiated({}, only),
    'getNegotiated, text': () => client.getNegotiated({}, { ...only, headers: { accept: 'text/plain' } }),
    'getNegotiated, bytes': () => client.getNegotiated({}, { ...only, headers: { accept: 'application/octet-stream' } }),

    useBearer: () => client.useBearer({}, only),
    useScopes: () => client.useScopes({}, only),
    useConnect: () => client.useConnect({}, only),
    useOptional: () => client.useOptional({}, only),
    useEither: () => client.useEither({}, only),
    useHeaderKey: () => client.useHeaderKey({}, { headers: { 'x-key': 'good' }, transport: 'http' }),
    useBasic: () => client.useBasic({}, { headers: { authorization: `Basic ${btoa('ada:good')}` }, transport: 'http' }),
    useBoth: () => client.useBoth({}, { headers: { authorization: `Basic ${btoa('ada:good')}`, 'x-key': 'good' }, transport: 'http' }),
    useCookieKey: () => client.useCookieKey({}, { headers: { cookie: 'sid=good' }, transport: 'http' }),
    useQueryKey: () =>
      createHttpClient({ url, fetch: (address, init) => fetch(`${address}?key=good`, init) }).useQueryKey(),

    streamEvents: () => client.streamEvents({ query: { from: 2 } }, only),
    streamWhole: () => client.streamWhole({}, only),
    streamLines: () => client.streamLines({}),

    uploadFile: () => client.uploadFile({ body: { title: 'ü', file: new Blob(['\u0000ÿ'], { type: 'image/png' }), meta: point } }),
    'uploadFile, FormData': () => {
      const form = new FormData();
      form.append('file', new File(['abc'], 'a "b".png', { type: 'image/png' }));
      return client.uploadFile({ body: form });
    },
    putRaw: () => client.putRaw({ body: new Blob([Uint8Array.of(0, 255)]) }),
    'putRaw, buffer': () => client.putRaw({ body: Uint8Array.of(1, 2).buffer }),
    'putRaw, stream': () => client.putRaw({ body: new Blob(['streamed']).stream() }),
    downloadFile: () => client.downloadFile({}, only),
    startSession: () => client.startSession({}),

    getWritten: () =>
      client.getWritten({ path: { document: point }, query: { plain: reserved, lists: [[1, 2], [3]], points: [{ x: 1 }, point], deep: { points: [{ x: 1 }, point], areas: { a: { width: 1 } } }, empty: '', number: 8, list: [1, 2] } }, only),
    getJSONQuery: () => client.getJSONQuery({ query: { all: point } }, only),
    getEncodedQuery: () => client.getEncodedQuery({ query: { all: { ids: [1, 2], point } } }, only),
    postVersions: () => client.postVersions({ body: point }, only),
    'postVersions, the other': () => client.postVersions({ body: { width: 2 }, contentType: 'application/json;version=2' }, only),
    postOpen: () => client.postOpen({ body: point }, only),
    postNumber: () => client.postNumber({ body: '12' }, only),
    useDigest: () => client.useDigest({}, { ...only, headers: { authorization: 'Digest good' } }),
    sendLines: () => client.sendLines({ body: '{"title":"a"}\n{"title":"b"}\n' }),
    sendEvents: () => client.sendEvents({ body: 'event: said\ndata: {"title":"a"}\n\n' }),
    uploadMany: () => client.uploadMany({ body: { files: [new Blob(['a']), new Blob(['b'])], points: [{ x: 1 }] } }),
    putXML: () => client.putXML({ body: new Blob(['<note/>']) }),
  } satisfies Record<keyof Operations, Call> & Record<string, Call>;
}

/** Headers that are about the way an answer came. */
const ofTransport = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding', 'x-accel-buffering', 'cache-control', 'content-length', 'content-type']);

/** A value that JSON shows. */
async function shown(body: unknown): Promise<unknown> {
  if (body instanceof Blob) return { type: body.type, bytes: [...new Uint8Array(await body.arrayBuffer())] };
  if (!(body instanceof Object && Symbol.asyncIterator in body)) return body;
  const items = [];
  for await (const item of body as AsyncIterable<unknown>) items.push(item);
  return items;
}


export async function play(url: string, transport: Transport): Promise<void> {
  const client = createClient({ url, auth: () => ({ scheme: 'Bearer', token: 'good' }) });
  for (const [name, call] of Object.entries(calls(client, transport, url))) {
    let line: unknown;
    try {
      const { status, type, headers, body } = await call();
      const told = Object.entries(headers).filter(([header]) => !ofTransport.has(header));
      line = [status, type, Object.fromEntries(told), await shown(body)];
    } catch (error) {
      line = String(error);
    }
    console.log(`${name} ${JSON.stringify(line)}`);
  }
  client.disconnect();
}
