import type { LogMessage } from './bus';

const OBJECT = ',"object":';
const END = Buffer.from('}');

/** The entry as JSON with its object as the last member. The object's text goes in as it is: it is neither parsed nor written again. */
export function encodeMessage(entry: LogMessage): Buffer {
  const { revision, type, resource, namespace, name, uid, at, trace, object, bytes } = entry;
  const head = JSON.stringify({ revision, type, resource, namespace, name, uid, at, trace });
  if (object === undefined) return Buffer.from(head);
  const beginning = `${head.slice(0, -1)}${OBJECT}`;
  return bytes ? Buffer.concat([Buffer.from(beginning), bytes, END]) : Buffer.from(`${beginning}${object}}`);
}

/** Reverses `encodeMessage`. The object stays text, so that who only counts need not parse. */
export function decodeMessage(text: string): LogMessage {
  // Before the object there are only JSON strings and numbers, in which the mark cannot occur: its quotes would be escaped.
  const at = text.indexOf(OBJECT);
  if (at < 0) return JSON.parse(text) as LogMessage;
  const message = JSON.parse(`${text.slice(0, at)}}`) as { -readonly [M in keyof LogMessage]: LogMessage[M] };
  message.object = text.slice(at + OBJECT.length, -1);
  return message;
}

/** The same entry without its object: for one that is too large to travel. */
export const withoutObject = ({ revision, type, resource, namespace, name, uid, at }: LogMessage): LogMessage => ({
  revision,
  type,
  resource,
  namespace,
  name,
  uid,
  at,
});
