import type { ApiError } from '#lib/api/errors';
import { mediaType, negotiate, type Negotiated, type Offer } from '#lib/schema/negotiate';
import { constants, gzip } from 'node:zlib';
import { stringify } from 'yaml';
import { protobufDocument } from '../world/protobuf';
import { sendPieces, sizeOf, type Pieces } from './pieces';
import { retryHeaders, send, warningHeaders, type Exchange, type Incoming, type Outgoing } from './exchange';
import { writeHead, type Headers } from './head';

/** What is answered, in the forms that it can be made in. */
export interface Content {
  json(): Buffer | Pieces;
  protobuf(): Buffer | Pieces;
}

/** A document that is made for this one answer. Lists of resources do not name their version, which is v1. */
export const contentOf = (document: object): Content => ({
  json: () => Buffer.from(JSON.stringify(document)),
  protobuf: () => protobufDocument({ apiVersion: 'v1', ...(document as { kind: string }) }),
});

/** The form that the client wants of what can be given. @throws ApiError 406. */
export const wantedBy = ({ headers }: Incoming, offer: Offer): Negotiated =>
  negotiate(Array.isArray(headers.accept) ? headers.accept.join(',') : headers.accept, offer);

/** Sends content in the form that was agreed on. */
export function answer(exchange: Exchange, wanted: Negotiated, code: number, content: Content): void {
  const headers: Headers = { 'content-type': mediaType(wanted.media) };
  if (exchange.warnings.length > 0) Object.assign(headers, warningHeaders(exchange.warnings));
  compressed(exchange.request, exchange.response, code, formed(exchange.request, exchange.query, wanted, content), headers);
}

/** As Go writes YAML: names in order, and texts in quotes that an older reader takes for a time or for `true`. */
const AS_GO = { version: '1.1', sortMapEntries: true, indentSeq: false, lineWidth: 0 } as const;

/** The bytes of content in a form. */
function formed(request: Incoming, query: URLSearchParams, { media, pretty }: Negotiated, content: Content): Buffer | Pieces {
  if (media === 'protobuf') return content.protobuf();
  const json = content.json();
  if (media === 'yaml') return Buffer.from(stringify(JSON.parse(whole(json).toString()), AS_GO));
  return pretty || isPretty(request, query) ? indented(whole(json)) : json;
}

const whole = (body: Buffer | Pieces): Buffer => (Buffer.isBuffer(body) ? body : Buffer.concat(body));

/** People who look with a browser or curl get indented JSON, as upstream gives it. */
function isPretty(request: Incoming, query: URLSearchParams): boolean {
  const asked = query.get('pretty');
  if (asked !== null) return asked !== 'false' && asked !== '0';
  return /^(curl|Wget|Mozilla\/5\.0)/.test(request.headers['user-agent'] ?? '');
}

const indented = (json: Buffer): Buffer => Buffer.from(`${JSON.stringify(JSON.parse(json.toString()), null, 2)}\n`);

/** Smaller answers are sent faster than they are packed. Mirrors responsewriters/writers.go, as does the level. */
const COMPRESS_FROM = 128 * 1024;

const TAKES_GZIP = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/;

/** Whether the client takes gzip. */
export const takesGzip = ({ headers }: Incoming): boolean => TAKES_GZIP.test(String(headers['accept-encoding'] ?? ''));

/** Large answers are packed, on another thread: others are served meanwhile. */
function compressed(request: Incoming, response: Outgoing, code: number, body: Buffer | Pieces, headers: Headers): void {
  if (!Buffer.isBuffer(body)) return streamed(request, response, code, body, headers);
  if (body.length <= COMPRESS_FROM || !takesGzip(request)) return send(response, code, body, headers);
  gzip(body, { level: constants.Z_BEST_SPEED }, (error, packed) => {
    try {
      if (error) send(response, code, body, headers);
      else send(response, code, packed, { ...headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    } catch {
      response.destroy(); // the client has gone meanwhile
    }
  });
}

function streamed(request: Incoming, response: Outgoing, code: number, pieces: Pieces, headers: Headers): void {
  const size = sizeOf(pieces);
  if (size <= COMPRESS_FROM) return send(response, code, Buffer.concat(pieces, size), headers);
  const pack = takesGzip(request);
  const about: Headers = pack ? { 'content-encoding': 'gzip', vary: 'Accept-Encoding' } : { 'content-length': String(size) };
  writeHead(response, code, { 'cache-control': 'no-cache, private', ...headers, ...about });
  void sendPieces(response, pieces, pack);
}

/** An error as a Status, in the form that the client takes; as JSON when there is none: what went wrong must be said. */
export function sendFailure(request: Incoming, response: Outgoing, error: ApiError, headers: Headers): void {
  const wanted = failureForm(request);
  const body = whole(formed(request, new URLSearchParams(), wanted, contentOf(error.status)));
  send(response, error.code, body, { 'content-type': mediaType(wanted.media), ...headers, ...retryHeaders(error) });
}

function failureForm(request: Incoming): Negotiated {
  try {
    return wantedBy(request, 'all');
  } catch {
    return { media: 'json', version: '' };
  }
}
