export { createHttpClient, type CallArguments, type HttpClientOptions, type PathCalls } from './client.js';
export { createClient, type ClientOptions, type Connection, type ConnectionEvents } from './realtime.js';
export { forms, type Forms } from './forms.js';
export { styles, type Styles } from './styles.js';
export { unwrap } from './result.js';
export { RtgenError, type ErrorCode, type ErrorDetails, type Violation } from './error.js';
export { convert, type ByStatus, type ConvertOptions, type Step } from './convert.js';
export { shaped, type Branch, type Codec, type Codecs, type Shape, type Shapes } from './shapes.js';
export { dates } from './dates.js';
export { temporal, type Instant, type PlainDate } from './temporal.js';
export { bigints, exact, longs, rounded } from './bigints.js';
export { isFormat, type Branded } from './brand.js';
export { validated, type Schemas, type ValidateOptions } from './validate.js';
export type { Schema, SchemaTable } from './schema.js';
export type {
  AnyResult,
  Default,
  OkBody,
  Reply,
  ReplyHeaders,
  Rest,
  Status1XX,
  Status2XX,
  Status3XX,
  Status4XX,
  Status5XX,
} from './result.js';
export type {
  AnyOperation,
  AnyRequest,
  Api,
  CallOptions,
  ChannelRow,
  HeaderValues,
  OperationRow,
  TransportChoice,
} from './operation.js';
export type {
  AnyChannel,
  Channel,
  ChannelEvent,
  ChannelState,
  EventListener,
  EventMeta,
  EventsOf,
  Gap,
  SystemEvents,
} from './channel.js';
export type { ConnectionState } from './socket.js';
export type { PresenceDiff } from './frame.js';
export type { WebSocketConstructor, WebSocketLike } from './link.js';
export type { Call, Credentials, Transport } from './transport.js';
export type { Fetch } from './http.js';
export type { Clock } from './clock.js';
