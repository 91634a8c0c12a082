import { badRequest, notAcceptable } from '#lib/api/errors';
import { errorText, invalid } from '#lib/api/field-error';
import type { AnyKind, Verb } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { negotiate, type Negotiated } from '#lib/schema/negotiate';
import { partialMetadata, tableOf } from '#lib/schema/table';
import { stringify } from 'yaml';
import type { Page } from '../read/list';
import type { WatchType } from '../read/watch-events';
import type { Removal } from '../write/remove';
import { wireBytes } from '../world/wire';
import { send, warningHeaders, type Exchange } from './exchange';

const COMMA = Buffer.from(',');
const END = Buffer.from(']}\n');

const header = (exchange: Exchange): string | undefined => {
  const { accept } = exchange.request.headers;
  return Array.isArray(accept) ? accept.join(',') : accept;
};

/** Whether the answer can be given in a form that the client takes, found out before anything is done. @throws ApiError 400 and 406. */
export function checkAccept(exchange: Exchange, verb: Verb): void {
  const wanted = negotiate(header(exchange));
  if (verb === 'watch' && wanted.media === 'yaml') throw notAcceptable(['application/json;stream=watch']);
  if (wanted.as !== 'Table') return;
  const include = exchange.query.get('includeObject') ?? '';
  if (['', 'Metadata', 'Object', 'None'].includes(include)) return;
  throw badRequest(`Unable to convert to Table as requested: ${errorText(invalid('includeObject', include, "must be 'Metadata', 'Object', 'None', or empty"))}`);
}

/** One object in the form the client wants: itself, a table with one row, its metadata, or YAML. */
export function sendObject(exchange: Exchange, kind: AnyKind, code: number, object: KubeObject): void {
  const shown = shownAs(kind, object);
  const wanted = negotiate(header(exchange));
  if (wanted.as === 'Table') return sendDocument(exchange, wanted, code, tableOf(kind, [shown], tableOptions(exchange, shown.metadata)));
  if (wanted.as === 'PartialObjectMetadata') return sendDocument(exchange, wanted, code, partialMetadata(shown, wanted.version));
  sendBytes(exchange, wanted, code, wireBytes(shown));
}

/** A list: the objects' own bytes one after the other. */
export function sendList(exchange: Exchange, kind: AnyKind, page: Page): void {
  const wanted = negotiate(header(exchange));
  const metadata = {
    resourceVersion: String(page.revision),
    ...(page.next !== '' && { continue: page.next }),
    ...(page.remaining !== undefined && { remainingItemCount: page.remaining }),
  };
  const objects = kind.storedAs ? page.objects.map((object) => shownAs(kind, object)) : page.objects;
  if (wanted.as === 'Table') return sendDocument(exchange, wanted, 200, tableOf(kind, objects, tableOptions(exchange, metadata)));
  if (wanted.as === 'PartialObjectMetadataList') {
    const items = objects.map((object) => partialMetadata(object, wanted.version));
    const list = { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${wanted.version}`, metadata, items };
    return sendDocument(exchange, wanted, 200, list);
  }
  const head = Buffer.from(`{"kind":"${kind.kind}List","apiVersion":"${kind.apiVersion}","metadata":${JSON.stringify(metadata)},"items":[`);
  const parts: Buffer[] = [head];
  objects.forEach((object, i) => (i === 0 ? parts.push(wireBytes(object)) : parts.push(COMMA, wireBytes(object))));
  parts.push(END);
  sendBytes(exchange, wanted, 200, Buffer.concat(parts));
}

/** What is left of a deleted object: a Status when it is gone, itself while something holds it. */
export function sendRemoved(exchange: Exchange, kind: AnyKind, { object, gone }: Removal): void {
  if (!gone) return sendObject(exchange, kind, 200, object);
  const { name, uid } = object.metadata;
  const details = { name, ...(kind.group !== '' && { group: kind.group }), kind: kind.plural, uid };
  sendStatus(exchange, 200, details);
}

export function sendStatus(exchange: Exchange, code: number, details?: object): void {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', ...(details ? { details } : { code }) };
  sendDocument(exchange, negotiate(header(exchange)), code, status);
}

/** What the bookmarks of a watch are called: the same as its objects, or clients would not know what to make of them. */
export function bookmarkType(exchange: Exchange, { apiVersion, kind }: AnyKind): { apiVersion: string; kind: string } {
  const { as, version } = negotiate(header(exchange));
  return as === 'Table' || as === 'PartialObjectMetadata' ? { apiVersion: `meta.k8s.io/${version}`, kind: as } : { apiVersion, kind };
}

/** How a watch writes an object; undefined when it is written as it is. Tables name their columns only once. */
export function watchEncoder(exchange: Exchange, kind: AnyKind): ((type: WatchType, object: KubeObject) => Buffer) | undefined {
  const wanted = negotiate(header(exchange));
  const line = (type: WatchType, object: object): Buffer => Buffer.from(`${JSON.stringify({ type, object })}\n`);
  if (wanted.as === 'PartialObjectMetadata') return (type, object) => line(type, partialMetadata(object, wanted.version));
  if (wanted.as === 'Table') {
    let first = true;
    return (type, object) => {
      const shown = shownAs(kind, object);
      const table = tableOf(kind, [shown], { ...tableOptions(exchange, { resourceVersion: object.metadata.resourceVersion }), noHeaders: !first });
      first = false;
      return line(type, table);
    };
  }
  return kind.storedAs ? (type, object) => line(type, shownAs(kind, object)) : undefined;
}

function tableOptions(exchange: Exchange, metadata: object) {
  const include = exchange.query.get('includeObject');
  return {
    now: exchange.past === undefined ? new Date() : exchange.now, // a watch goes on for long
    includeObject: include === 'Object' || include === 'None' ? (include as 'Object' | 'None') : ('Metadata' as const),
    metadata: metadata as { resourceVersion?: string },
  };
}

function shownAs(kind: AnyKind, object: KubeObject): KubeObject {
  return kind.storedAs && object.apiVersion !== kind.apiVersion ? kind.storedAs.fromStored(object) : object;
}

function sendDocument(exchange: Exchange, wanted: Negotiated, code: number, document: object): void {
  sendBytes(exchange, wanted, code, Buffer.from(JSON.stringify(document)));
}

function sendBytes(exchange: Exchange, wanted: Negotiated, code: number, json: Buffer): void {
  const headers = warningHeaders(exchange.warnings);
  if (wanted.media === 'yaml') {
    return send(exchange.response, code, Buffer.from(stringify(JSON.parse(json.toString()))), { ...headers, 'content-type': 'application/yaml' });
  }
  send(exchange.response, code, isPretty(exchange) ? pretty(json) : json, headers);
}

/** People who look with a browser or curl get indented JSON, as upstream gives it. */
function isPretty(exchange: Exchange): boolean {
  const asked = exchange.query.get('pretty');
  if (asked !== null) return asked !== 'false' && asked !== '0';
  return /^(curl|Wget|Mozilla\/5\.0)/.test(exchange.request.headers['user-agent'] ?? '');
}

const pretty = (json: Buffer): Buffer => Buffer.from(`${JSON.stringify(JSON.parse(json.toString()), null, 2)}\n`);
