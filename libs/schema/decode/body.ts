import { ApiError, badRequest, internalError, tooLargeBody, unsupportedMediaType } from '#lib/api/errors';
import type { CustomSchema } from '#lib/api/kind';
import { decodeMessage } from '#lib/schema/protobuf/decode';
import { readEnvelope } from '#lib/schema/protobuf/envelope';
import { ProtoError, ProtoReader } from '#lib/schema/protobuf/wire';
import { typeTable, type StructType } from '#lib/schema/types';
import { decoderOf } from './compile';
import { decodeCustom } from './custom';
import { DecodeError, Decoding, goWord } from './decoding';
import { complaintsInOrder } from './json-scan';
import { parseJson, parseYaml, type Parsed } from './text';

/** What happens to fields that the type does not have, and to doubled ones. Upstream's default is Warn. */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** A type as objects name it. A `Kind` is one. */
export interface TypeName {
  readonly apiVersion: string;
  readonly kind: string;
  /** Of custom resources: what they consist of. */
  readonly schema?: CustomSchema;
}

/** An object that knows its type. What else it has depends on the kind. */
export type DecodedObject = Record<string, unknown> & TypeName;

/** What came of a body. */
export interface Decoded {
  readonly object: DecodedObject;
  /** Texts for `Warning:` headers. */
  readonly warnings: readonly string[];
}

/** Upstream's limit for request bodies. */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;

/** Media type of JSON bodies. */
export const JSON_TYPE = 'application/json';
/** Media type of YAML bodies. */
export const YAML_TYPE = 'application/yaml';
/** Media type of protobuf bodies; kubectl from 1.32 on sends them. */
export const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';
const MEDIA_TYPES = [JSON_TYPE, YAML_TYPE, PROTOBUF_TYPE] as const;

/** A body before its type is looked at. */
interface Content extends Parsed {
  readonly apiVersion: string;
  readonly kind: string;
  /** Protobuf can only be read once the type is known. */
  readonly raw?: Buffer;
}

/**
 * Reads the body of a request into an object of its kind. `expected` is the kind of the path: a body that names no
 * kind is taken as that one, and a body of another kind is refused; without it the body must name its own kind.
 * A kind that is not built in comes out as it is. Throws 400, 413 and 415 with the texts of kube-apiserver.
 * Mirrors apiserver/pkg/endpoints/handlers/create.go and apimachinery/pkg/runtime/serializer.
 */
export function decodeBody(
  bytes: Buffer,
  contentType: string | undefined,
  expected: TypeName | undefined,
  validation: FieldValidation,
): Decoded {
  if (bytes.length > MAX_BODY_BYTES) throw tooLargeBody(MAX_BODY_BYTES);
  const media = mediaTypeOf(contentType, expected?.schema ? TEXT_TYPES : MEDIA_TYPES);
  let given: TypeName | undefined;
  try {
    const content = readContent(bytes, media, validation !== 'Ignore');
    const type = (given = withDefaults(content, expected, bytes));
    const struct = checkType(type, expected);
    const decoded = decodeContent(content, expected?.schema ? expected : type, struct, validation);
    const { object, warnings } = finish(decoded.object, complaintsOf(content, decoded.warnings, struct !== undefined), validation);
    return { object, warnings: content.rounded.length > 0 ? [...warnings, ...content.rounded] : warnings };
  } catch (error) {
    throw asApiError(error, given, expected, bytes);
  }
}

/**
 * Brings an object that is already parsed into the form of its kind: what a patch made, or what a controller sent.
 * Never changes the object that it is given. Throws 400 as decodeBody does.
 */
export function pruneAndCheck(type: TypeName, object: object, validation: FieldValidation): Decoded {
  try {
    return decodeParsed(type, object, validation);
  } catch (error) {
    throw asApiError(error, type, type, Buffer.alloc(0));
  }
}

/** As pruneAndCheck, but throws the plain DecodeError: for callers that word their own answer, such as patches. */
export function decodeParsed(type: TypeName, object: object, validation: FieldValidation): Decoded {
  const content = { value: object, duplicates: [], rounded: [], apiVersion: type.apiVersion, kind: type.kind };
  const { object: pruned, warnings } = decodeContent(content, type, typeTable().ofKind(type.apiVersion, type.kind), validation);
  return finish(pruned, warnings, validation);
}

/** Custom resources have no protobuf. */
const TEXT_TYPES = [JSON_TYPE, YAML_TYPE] as const;

function mediaTypeOf(contentType: string | undefined, taken: readonly (typeof MEDIA_TYPES)[number][]): (typeof MEDIA_TYPES)[number] {
  if (contentType === JSON_TYPE) return JSON_TYPE;
  const name = (contentType ?? '').split(';')[0]!.trim().toLowerCase();
  if (name === '') return JSON_TYPE;
  const found = taken.find((type) => type === name);
  if (!found) throw unsupportedMediaType(taken);
  return found;
}

function readContent(bytes: Buffer, media: string, checking: boolean): Content {
  if (media === PROTOBUF_TYPE) {
    const { apiVersion, kind, raw } = readEnvelope(bytes);
    return { apiVersion, kind, raw, value: undefined, duplicates: [], rounded: [] };
  }
  const text = bytes.toString('utf8');
  if (media === YAML_TYPE) return interpret(parseYaml(text, checking));
  try {
    return interpret(parseJson(text, checking));
  } catch (error) {
    if (error instanceof DecodeError) throw new DecodeError(`couldn't get version/kind; json parse error: ${error.message}`);
    throw error;
  }
}

/** Mirrors SimpleMetaFactory.Interpret. */
function interpret({ value, duplicates, text, rounded }: Parsed): Content {
  if (value === null) return { value: {}, duplicates, rounded, apiVersion: '', kind: '' };
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new DecodeError(
      `json: cannot unmarshal ${goWord(value)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    );
  }
  const { apiVersion, kind } = value as Record<string, unknown>;
  return { value, duplicates, text, rounded, apiVersion: textOf(apiVersion, 'apiVersion'), kind: textOf(kind, 'kind') };
}

function textOf(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  throw new DecodeError(`json: cannot unmarshal ${goWord(value)} into Go struct field .${name} of type string`);
}

/** What the body leaves open is taken from the path. Mirrors gvkWithDefaults. */
function withDefaults(content: Content, expected: TypeName | undefined, bytes: Buffer): TypeName {
  const kind = content.kind || (expected?.kind ?? '');
  const apiVersion = content.apiVersion || (expected?.apiVersion ?? '');
  if (kind === '') throw new DecodeError(`Object 'Kind' is missing in '${bytes.toString('utf8')}'`);
  if (apiVersion === '') throw new DecodeError(`Object 'apiVersion' is missing in '${bytes.toString('utf8')}'`);
  return { apiVersion, kind };
}

const OPTIONS = /^[A-Z][a-z]+Options$/;

/** Finds the type of the body and refuses what the path does not take. */
function checkType(type: TypeName, expected: TypeName | undefined): StructType | undefined {
  const struct = typeTable().ofKind(type.apiVersion, type.kind);
  if (!expected || (type.kind === expected.kind && type.apiVersion === expected.apiVersion)) return struct;
  const wanted = typeTable().ofKind(expected.apiVersion, expected.kind);
  if (expected.schema && type.kind === expected.kind) {
    throw badRequest(`the API version in the data (${type.apiVersion}) does not match the expected API version (${expected.apiVersion})`);
  }
  if (!struct)
    throw new DecodeError(
      `no kind "${type.kind}" is registered for version "${type.apiVersion}" in scheme "pkg/api/legacyscheme/scheme.go:30"`,
    );
  if (type.kind !== expected.kind) {
    throw new DecodeError(`converting (${struct.goName}) to (${internalName(wanted, expected)}): unknown conversion`);
  }
  // metav1 options are the same type in every group.
  if (OPTIONS.test(type.kind)) return struct;
  throw badRequest(`the API version in the data (${type.apiVersion}) does not match the expected API version (${expected.apiVersion})`);
}

/** `core.Pod`: the name of the internal type that upstream converts to. */
function internalName(struct: StructType | undefined, expected: TypeName): string {
  return struct ? `${struct.from.package.split('/')[0]}.${struct.name}` : expected.kind;
}

function decodeContent(content: Content, type: TypeName, struct: StructType | undefined, validation: FieldValidation): Decoded {
  if (!struct && type.schema) return decodeCustom(content.value, type.schema, type, validation !== 'Ignore');
  if (!struct) {
    if (content.raw)
      throw new DecodeError(
        `no kind "${type.kind}" is registered for version "${type.apiVersion}" in scheme "pkg/api/legacyscheme/scheme.go:30"`,
      );
    return { object: named(content.value as Record<string, unknown>, type), warnings: [] };
  }
  const given = content.raw ? decodeMessage(struct, new ProtoReader(content.raw)) : content.value;
  const at = new Decoding(validation !== 'Ignore');
  const object = decoderOf(struct)(given, at) as Record<string, unknown>;
  if (at.mismatch !== undefined) throw new DecodeError(at.mismatch);
  return { object: named(object, type), warnings: at.strict };
}

const named = (object: Record<string, unknown>, { apiVersion, kind }: TypeName): DecodedObject =>
  object.kind === kind && object.apiVersion === apiVersion ? (object as DecodedObject) : { ...object, kind, apiVersion };

/** Of built-in kinds in the order of the document; YAML and custom resources are searched for doubled members first. */
function complaintsOf({ duplicates, text }: Content, unknown: readonly string[], typed: boolean): readonly string[] {
  if (duplicates.length === 0) return unknown;
  return typed && text !== undefined && unknown.length > 0 ? complaintsInOrder(text, unknown) : [...duplicates, ...unknown];
}

function finish(object: DecodedObject, complaints: readonly string[], validation: FieldValidation): Decoded {
  if (validation === 'Strict' && complaints.length > 0) throw new DecodeError(`strict decoding error: ${complaints.join(', ')}`);
  return { object, warnings: validation === 'Warn' ? asWarnings(complaints) : [] };
}

const YAML_COMPLAINTS = 'yaml: unmarshal errors:\n';

/**
 * What a client is warned of: names that stand twice in YAML are one complaint, and a warning each. Mirrors parseYAMLWarnings of
 * apiserver/pkg/endpoints/handlers/rest.go.
 */
export const asWarnings = (complaints: readonly string[]): string[] =>
  complaints.flatMap((one) =>
    one.startsWith(YAML_COMPLAINTS)
      ? one
          .slice(YAML_COMPLAINTS.length)
          .split('\n')
          .map((line) => line.trim())
      : [one],
  );

/** Mirrors transformDecodeError of apiserver/pkg/endpoints/handlers/rest.go. */
function asApiError(error: unknown, given: TypeName | undefined, expected: TypeName | undefined, bytes: Buffer): unknown {
  if (error instanceof ApiError) return error;
  if (error instanceof RangeError) return internalError(error.message);
  if (!(error instanceof DecodeError || error instanceof ProtoError)) return error;
  const kind = expected?.kind ?? given?.kind;
  if (kind === undefined) return badRequest(error.message);
  if (given) {
    const version = given.apiVersion.slice(given.apiVersion.indexOf('/') + 1);
    return badRequest(`${given.kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${error.message}`);
  }
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): ${error.message} (${summary(bytes)})`);
}

const SUMMARY_BYTES = 30;

function summary(bytes: Buffer): string {
  if (bytes.length === 0) return '<empty>';
  const start = bytes.subarray(0, SUMMARY_BYTES);
  const text = start[0] === 0x7b ? start.toString('utf8') : start.toString('hex');
  return bytes.length > SUMMARY_BYTES ? `${text} ...` : text;
}
