// The formats of strings that are checked, in clients that check: those of JSON Schema 2020-12 and of OpenAPI's registry
// that can be told from their text. Other names mean nothing here, as in JSON Schema.

const ipv4 = /^((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(?=\d)|$)){4}$/;
const hostname = /^(?=.{1,253}$)[a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*$/i;

const isDate = (text: string): boolean => {
  const [, year, month, day] = (/^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? []).map(Number);
  if (year === undefined || !month || !day || month > 12) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]!;
};

const isTime = (text: string): boolean => {
  const parts = /^(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:z|([+-])(\d\d):(\d\d))$/i.exec(text);
  if (!parts) return false;
  const [hour = 0, minute = 0, second = 0, , offHour = 0, offMinute = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  if (hour > 23 || minute > 59 || second > 60 || offHour > 23 || offMinute > 59) return false;
  // A leap second is the last one of a day in UTC.
  const offset = (offHour * 60 + offMinute) * (parts[4] === '-' ? -1 : 1);
  return second < 60 || (hour * 60 + minute - offset + 2880) % 1440 === 1439;
};

const isIPv6 = (text: string): boolean => {
  const [head = '', tail, more] = text.split('::');
  if (more !== undefined) return false;
  const words = (half: string | undefined) => (half ? half.split(':') : []);
  const all = [...words(head), ...words(tail)];
  let size = all.length;
  if (all.length && ipv4.test(all.at(-1)!) && (tail !== '' || !text.endsWith('::'))) {
    all.pop();
    size++;
  }
  return all.every((word) => /^[\da-f]{1,4}$/i.test(word)) && (tail === undefined ? size === 8 : size < 8);
};

const isEmail = (text: string): boolean => {
  const at = text.lastIndexOf('@');
  const [local, domain] = [text.slice(0, at), text.slice(at + 1)];
  const mailbox = /^([\w!#$%&'*+\-/=?^`{|}~]+(\.[\w!#$%&'*+\-/=?^`{|}~]+)*|"([ !#-[\]-~]|\\[ -~])*")$/;
  if (at < 1 || at > 64 || !mailbox.test(local)) return false;
  const literal = /^\[(?:IPv6:)?(.*)\]$/.exec(domain)?.[1];
  return literal === undefined ? hostname.test(domain) : ipv4.test(literal) || isIPv6(literal);
};

// Literals and functions only: bundlers leave out a table that nobody uses when making it calls nothing.
const checks: { readonly [format: string]: RegExp | ((text: string) => boolean) } = {
  'date-time': (text) => /^.{10}t/i.test(text) && isDate(text.slice(0, 10)) && isTime(text.slice(11)),
  date: isDate,
  time: isTime,
  duration: /^P(?=.)(\d+W|(\d+Y(\d+M(\d+D)?)?|\d+M(\d+D)?|\d+D)?(T(?=.)(\d+H(\d+M(\d+S)?)?|\d+M(\d+S)?|\d+S))?)$/,
  uuid: /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i,
  email: isEmail,
  hostname,
  ipv4,
  ipv6: isIPv6,
  uri: /^[a-z][a-z\d+.-]*:([\w\-.~!$&'()*+,;=:@/?[\]]|%[\da-f]{2})*(#([\w\-.~!$&'()*+,;=:@/?]|%[\da-f]{2})*)?$/i,
  byte: /^([A-Za-z\d+/]{4})*([A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/,
  base64url: /^([\w-]{4})*([\w-]{2}(==)?|[\w-]{3}=?)?$/,
  'json-pointer': /^(\/([^~/]|~[01])*)*$/,
};

/** Tells whether a text is of a format; true for formats that are not known. */
export function isOf(format: string, text: string): boolean {
  const check = Object.hasOwn(checks, format) ? checks[format] : undefined;
  return check instanceof RegExp ? check.test(text) : (check?.(text) ?? true);
}
