package typescript

import "maps"

// keywords are the names that no type can have, with the reason. Names of
// globals (File, Map, Promise) are not among them: a module may declare its own.
var keywords = map[string]string{
	"any": "a type", "bigint": "a type", "boolean": "a type", "intrinsic": "a type", "never": "a type",
	"null": "a type", "number": "a type", "object": "a type", "string": "a type", "symbol": "a type",
	"undefined": "a type", "unknown": "a type", "void": "a type",

	"asserts": "a keyword", "await": "a keyword", "break": "a keyword", "case": "a keyword", "catch": "a keyword",
	"class": "a keyword", "const": "a keyword", "continue": "a keyword", "debugger": "a keyword",
	"default": "a keyword", "delete": "a keyword", "do": "a keyword", "else": "a keyword", "enum": "a keyword",
	"export": "a keyword", "extends": "a keyword", "false": "a keyword", "finally": "a keyword", "for": "a keyword",
	"function": "a keyword", "if": "a keyword", "implements": "a keyword", "import": "a keyword", "in": "a keyword",
	"infer": "a keyword", "instanceof": "a keyword", "interface": "a keyword", "keyof": "a keyword",
	"let": "a keyword", "new": "a keyword", "package": "a keyword", "private": "a keyword",
	"protected": "a keyword", "public": "a keyword", "readonly": "a keyword", "return": "a keyword",
	"static": "a keyword", "super": "a keyword", "switch": "a keyword", "this": "a keyword", "throw": "a keyword",
	"true": "a keyword", "try": "a keyword", "typeof": "a keyword", "unique": "a keyword", "var": "a keyword",
	"while": "a keyword", "with": "a keyword", "yield": "a keyword",
}

// reservedTypes are the names that no type of the document gets: the keywords,
// and what index.ts exports besides the document's types. An upgrade of the
// document must never rename what programs import from there, so types yield.
var reservedTypes = with(keywords, map[string]string{
	"Client": "the client", "Methods": "the list of methods",
	"Operations": "the list of operations", "Channels": "the list of channels", "Paths": "the list of paths",
	"CallOptions": "part of the runtime", "ClientOptions": "part of the runtime",
	"HttpClientOptions": "part of the runtime", "RtgenError": "part of the runtime", "ChannelEvent": "part of the runtime",
	"ChannelState": "part of the runtime", "ConnectionState": "part of the runtime",
})

// reservedMethods are the names that no method of the client gets: what every client
// has, and what JavaScript itself looks for on objects.
var reservedMethods = map[string]string{
	"state": "of every client", "transport": "of every client", "connect": "of every client", "disconnect": "of every client",
	"on": "of every client", "off": "of every client", "channel": "of every client",
	"get": "for calls by path", "put": "for calls by path", "post": "for calls by path", "delete": "for calls by path",
	"options": "for calls by path", "head": "for calls by path", "patch": "for calls by path",
	"trace": "for calls by path", "query": "for calls by path",

	"new":  "a constructor in a type",
	"then": "what makes an object a promise", "toJSON": "what JSON.stringify calls",
	"constructor": "of every object", "__proto__": "of every object", "hasOwnProperty": "of every object",
	"isPrototypeOf": "of every object", "propertyIsEnumerable": "of every object", "toLocaleString": "of every object",
	"toString": "of every object", "valueOf": "of every object", "__defineGetter__": "of every object",
	"__defineSetter__": "of every object", "__lookupGetter__": "of every object", "__lookupSetter__": "of every object",
}

func with(a, b map[string]string) map[string]string {
	both := maps.Clone(a)
	maps.Copy(both, b)
	return both
}
