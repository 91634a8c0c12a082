import { all, NotConverted } from '#lib/api/apiextensions/conversion';
import { badRequest, notOfThatForm } from '#lib/api/errors';
import { errorText, invalid } from '#lib/api/field-error';
import type { AnyKind, Verb } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { logClock } from '#lib/log/log-clock';
import { mediaType, type Negotiated, type Offer } from '#lib/schema/negotiate';
import { encodeMessage } from '#lib/schema/protobuf/encode';
import { envelopePieces, listPieces, watchFrame } from '#lib/schema/protobuf/envelope';
import { partialMetadata, tableOf } from '#lib/schema/table';
import { typeTable } from '#lib/schema/types';
import type { Page } from '../read/list';
import { bookmarkOf, type WatchType } from '../read/watch-events';
import type { Removal } from '../write/remove';
import { Unanswered } from '../conversion/converter';
import { BEFORE_FIRST, BEHIND_LAST, BETWEEN, itemBytes } from '../world/item-bytes';
import { messageOf, protobufDocument, protobufOf, protobufType } from '../world/protobuf';
import { wireBytes } from '../world/wire';
import { answer, contentOf, wantedBy } from './answer';
import type { Exchange } from './exchange';
import type { Pieces } from './pieces';
import { partialListMessage, partialListPieces, tableContent } from './rows';

const COMMA = Buffer.from(',');
const END = Buffer.from(']}\n');

/** Custom resources have no protobuf, and a watch has no YAML. */
function offered(kind: AnyKind, verb?: Verb): Offer {
  const hasProtobuf = protobufType(kind) !== undefined;
  if (verb === 'watch') return hasProtobuf ? 'watch' : 'text watch';
  return hasProtobuf ? 'all' : 'text';
}

const wantedOf = (exchange: Exchange, kind: AnyKind, verb?: Verb): Negotiated => wantedBy(exchange.request, offered(kind, verb));

/** Whether the answer can be given in a form that the client takes, found out before anything is done. @throws ApiError 400 and 406. */
export function checkAccept(exchange: Exchange, verb: Verb, kind: AnyKind): void {
  const wanted = wantedOf(exchange, kind, verb);
  if (wanted.as === 'PartialObjectMetadata' && verb === 'list') throw notOfThatForm(wanted.as, `${goType(kind)}List`);
  if (wanted.as === 'PartialObjectMetadataList' && verb !== 'list' && verb !== 'deletecollection')
    throw notOfThatForm(wanted.as, goType(kind));
  if (wanted.as !== 'Table') return;
  const include = exchange.query.get('includeObject') ?? '';
  if (['', 'Metadata', 'Object', 'None'].includes(include)) return;
  throw badRequest(
    `Unable to convert to Table as requested: ${errorText(invalid('includeObject', include, "must be 'Metadata', 'Object', 'None', or empty"))}`,
  );
}

const goType = ({ schema, group, kind }: AnyKind): string =>
  schema ? 'unstructured.Unstructured' : `${group.split('.')[0] || 'core'}.${kind}`;

/**
 * One object in the form the client wants: itself, a table with one row, its metadata; as JSON, YAML or protobuf. @throws Unanswered when
 * it has to be converted first.
 */
export function sendObject(exchange: Exchange, kind: AnyKind, code: number, object: KubeObject): void {
  answering(kind, () => answerWith(exchange, kind, code, object));
}

/** What was asked for is done: only the answer has to be made again. */
function answering(kind: AnyKind, answer: () => void): void {
  if (!kind.storedAs?.converts) return answer();
  try {
    answer();
  } catch (error) {
    throw error instanceof NotConverted ? new Unanswered(error.wanted, answer) : error;
  }
}

function answerWith(exchange: Exchange, kind: AnyKind, code: number, object: KubeObject): void {
  const shown = shownAs(kind, object);
  const wanted = wantedOf(exchange, kind);
  if (wanted.as === 'Table')
    return answer(exchange, wanted, code, contentOf(tableOf(kind, [shown], tableOptions(exchange, shown.metadata))));
  if (wanted.as === 'PartialObjectMetadata') return answer(exchange, wanted, code, contentOf(partialMetadata(shown, wanted.version)));
  answer(exchange, wanted, code, { json: () => wireBytes(shown), protobuf: () => protobufOf(shown) });
}

/** How many objects are made into messages before others get their turn: that takes some ms. */
const TURN = 250;

/**
 * A list: the objects' own bytes one after the other, but for their type, which the list says. @throws Unanswered when some have to be
 * converted first.
 */
export async function sendList(exchange: Exchange, kind: AnyKind, page: Page): Promise<void> {
  const { media, as } = wantedOf(exchange, kind);
  if (media === 'protobuf' && as === undefined && !kind.storedAs) {
    for (let i = TURN; i < page.objects.length; i += TURN) {
      page.objects.slice(i - TURN, i).forEach(messageOf);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  answering(kind, () => answerWithList(exchange, kind, page));
}

function answerWithList(exchange: Exchange, kind: AnyKind, page: Page): void {
  const wanted = wantedOf(exchange, kind);
  const metadata = {
    resourceVersion: String(page.revision),
    ...(page.next !== '' && { continue: page.next }),
    ...(page.remaining !== undefined && { remainingItemCount: page.remaining }),
  };
  const objects = kind.storedAs ? all(page.objects, (object) => shownAs(kind, object)) : page.objects;
  if (wanted.as === 'Table') return answer(exchange, wanted, 200, tableContent(kind, objects, tableOptions(exchange, metadata)));
  if (wanted.as === 'PartialObjectMetadataList') {
    const { version } = wanted;
    return answer(exchange, wanted, 200, {
      json: () => partialListPieces(objects, version, metadata),
      protobuf: () => partialListMessage(kind, objects, version, metadata),
    });
  }
  answer(exchange, wanted, 200, { json: () => jsonList(kind, metadata, objects), protobuf: () => protobufList(kind, metadata, objects) });
}

function jsonList(kind: AnyKind, metadata: object, objects: readonly KubeObject[]): Pieces {
  const parts: Buffer[] = [
    Buffer.from(
      `{"kind":"${kind.listKind ?? `${kind.kind}List`}","apiVersion":"${kind.apiVersion}","metadata":${JSON.stringify(metadata)},"items":[`,
    ),
  ];
  if (kind.schema) objects.forEach((object, i) => (i === 0 ? parts.push(wireBytes(object)) : parts.push(COMMA, wireBytes(object))));
  else if (objects.length > 0) {
    objects.forEach((object, i) => parts.push(i === 0 ? BEFORE_FIRST : BETWEEN, itemBytes(kind, object)));
    parts.push(BEHIND_LAST);
  }
  parts.push(END);
  return parts;
}

function protobufList(kind: AnyKind, metadata: object, objects: readonly KubeObject[]): Pieces {
  const head = encodeMessage(typeTable().byId('meta/v1.ListMeta'), metadata);
  return envelopePieces({ apiVersion: kind.apiVersion, kind: `${kind.kind}List` }, listPieces(head, objects.map(messageOf)));
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
  answer(exchange, wantedBy(exchange.request, 'all'), code, contentOf(status));
}

/** How a watch writes what it has to say. Absent members: as JSON, as it is. */
export interface WatchForm {
  readonly contentType: string;
  /** Watches of one kind whose forms have the same text are written alike. */
  readonly form: string;
  /** The type that bookmarks are of: the same as the objects', or clients would not know what to make of them. */
  readonly bookmarksAs: { readonly apiVersion: string; readonly kind: string };
  /** Tables name their columns only with the first object. */
  readonly encode?: (type: WatchType, object: KubeObject, isFirst: boolean) => Buffer;
  readonly encodeBookmark?: (revision: number, initialEventsEnd: boolean) => Buffer;
}

const jsonLine = (type: WatchType, object: object): Buffer => Buffer.from(`${JSON.stringify({ type, object })}\n`);

/** @throws ApiError 406. */
export function watchForm(exchange: Exchange, kind: AnyKind): WatchForm {
  const wanted = wantedOf(exchange, kind, 'watch');
  const { as, version, media } = wanted;
  const isMeta = as === 'Table' || as === 'PartialObjectMetadata';
  const bookmarksAs = isMeta ? { apiVersion: `meta.k8s.io/${version}`, kind: as } : { apiVersion: kind.apiVersion, kind: kind.kind };
  const contentType = mediaType(media, true);
  const form = `${contentType} ${as} ${version} ${as === 'Table' ? `${exchange.query.get('includeObject')} ${exchange.past ?? ''}` : ''}`;
  if (media === 'protobuf')
    return { contentType, form, bookmarksAs, ...protobufForm(kind, bookmarksAs, as === 'PartialObjectMetadata' ? version : undefined) };
  const encode = watchEncoder(exchange, kind, wanted);
  return { contentType, form, bookmarksAs, ...(encode && { encode }) };
}

function watchEncoder(exchange: Exchange, kind: AnyKind, { as, version }: Negotiated): WatchForm['encode'] {
  if (as === 'PartialObjectMetadata') return (type, object) => jsonLine(type, partialMetadata(object, version));
  if (as !== 'Table') return kind.storedAs ? (type, object) => jsonLine(type, shownAs(kind, object)) : undefined;
  return (type, object, isFirst) => {
    const shown = shownAs(kind, object);
    return jsonLine(
      type,
      tableOf(kind, [shown], { ...tableOptions(exchange, { resourceVersion: object.metadata.resourceVersion }), noHeaders: !isFirst }),
    );
  };
}

const frames = new WeakMap<object, Partial<Record<WatchType, Buffer>>>();

/** One event of a watch in protobuf, made once for all watchers. */
function frameOf(type: WatchType, object: KubeObject): Buffer {
  let known = frames.get(object);
  if (!known) frames.set(object, (known = {}));
  return (known[type] ??= watchFrame(type, protobufOf(object)));
}

function protobufForm(
  kind: AnyKind,
  bookmarksAs: WatchForm['bookmarksAs'],
  metadataOf: string | undefined,
): Pick<WatchForm, 'encode' | 'encodeBookmark'> {
  return {
    encode:
      metadataOf === undefined
        ? (type, object) => frameOf(type, shownAs(kind, object))
        : (type, object) => watchFrame(type, protobufDocument(partialMetadata(object, metadataOf) as KubeObject)),
    encodeBookmark: (revision, isEnd) => watchFrame('BOOKMARK', protobufDocument(bookmarkOf(bookmarksAs, revision, isEnd))),
  };
}

function tableOptions(exchange: Exchange, metadata: object) {
  const include = exchange.query.get('includeObject');
  return {
    now: exchange.past === undefined ? logClock.date() : exchange.now, // a watch goes on for long
    includeObject: include === 'Object' || include === 'None' ? (include as 'Object' | 'None') : ('Metadata' as const),
    metadata: metadata as { resourceVersion?: string },
  };
}

function shownAs(kind: AnyKind, object: KubeObject): KubeObject {
  return kind.storedAs && (kind.storedAs.always || object.apiVersion !== kind.apiVersion) ? kind.storedAs.fromStored(object) : object;
}
