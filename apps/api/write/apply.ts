import { applyConflict, ApiError, badRequest, conflict, notFound } from '#lib/api/errors';
import type { KubeObject } from '#lib/api/meta';
import { DecodeError } from '#lib/schema/decode/decoding';
import { asWarnings, decodeParsed, type FieldValidation } from '#lib/schema/decode/body';
import { parseYaml } from '#lib/schema/decode/text';
import { ApplyConflicts, ApplyError, type Applied } from '#lib/schema/managed/apply';
import { conflictCauses, conflictText } from '#lib/schema/managed/conflict-text';
import { kindFields } from '#lib/schema/managed/kind-fields';
import { appliedAfterClientSide } from '#lib/schema/managed/last-applied';
import type { TrackedWrite } from '#lib/schema/managed/track';
import { copyOf } from './patch/copy';
import { isMembers } from './patch/directives';
import { trackedWrite } from './ownership';
import { judgedAs, type WriteRequest } from './request';
import type { NextVersion } from './update';

/** What a client wants to have of an object. */
export interface Configuration {
  readonly object: KubeObject;
  /** Take what others own. */
  readonly force: boolean;
}

/** Reads a body. @throws ApiError 400. Mirrors applyPatcher of apiserver/pkg/endpoints/handlers/patch.go. */
export function configurationOf(body: Buffer, force: boolean, validation: FieldValidation, warnings: string[]): Configuration {
  try {
    const { value, duplicates, rounded } = parseYaml(body.toString('utf8'), validation !== 'Ignore');
    const given = value ?? {};
    if (!isMembers(given))
      throw new DecodeError('json: cannot unmarshal a value that is no object into Go value of type map[string]interface {}');
    if (duplicates.length > 0 && validation === 'Strict') throw badRequest(`error strict decoding YAML: ${duplicates.join(', ')}`);
    warnings.push(...asWarnings(duplicates), ...rounded);
    return { object: { ...given, metadata: isMembers(given.metadata) ? given.metadata : {} } as unknown as KubeObject, force };
  } catch (error) {
    throw error instanceof DecodeError ? badRequest(`error decoding YAML: ${error.message}`) : error;
  }
}

/** The next version of an object that there is. */
export function nextApplied(request: WriteRequest, configuration: Configuration): NextVersion {
  const { seen, stored } = shapes(request);
  return (current) => stored(made(request, configuration, seen(current)));
}

/**
 * The object that a configuration makes where there is none. @throws ApiError 404 for parts of objects, 409 when a certain object is meant.
 */
export function newApplied(request: WriteRequest, configuration: Configuration): KubeObject {
  const { uid } = configuration.object.metadata;
  if (request.subresource) throw notFound(request.kind, request.name);
  if (uid)
    throw conflict(request.kind, request.name, `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`);
  return shapes(request).stored(made(request, configuration, undefined));
}

function shapes(request: WriteRequest): { seen: (object: KubeObject) => KubeObject; stored: (object: KubeObject) => KubeObject } {
  const { seen } = judgedAs(request);
  const { storedAs } = request.view ?? {};
  return { seen, stored: storedAs ? (object) => storedAs.toStored(object) : (object) => object };
}

function made(request: WriteRequest, { object: config, force }: Configuration, live: KubeObject | undefined): KubeObject {
  const { rules } = judgedAs(request);
  requireKind(config, rules);
  const { empty } = kindFields(rules);
  const write = trackedWrite(request);
  const { object, managedFields } = whole(() => appliedAfterClientSide(empty, live ?? empty, config, write, force));
  const next = object === undefined ? (copyOf(live ?? empty) as KubeObject) : typed(object, config, write);
  if (managedFields) next.metadata.managedFields = managedFields;
  else delete next.metadata.managedFields;
  return next;
}

/** Mirrors versioncheck.go and the checks of structuredmerge.go. */
function requireKind({ apiVersion, kind, metadata }: KubeObject, expected: { apiVersion: string; kind: string }): void {
  if (apiVersion !== expected.apiVersion || kind !== expected.kind)
    throw badRequest(`invalid object type: ${gvk(textOr(apiVersion), textOr(kind))}`);
  if (metadata.managedFields?.length) throw badRequest('metadata.managedFields must be nil');
}

/** What is no text counts as absent. Mirrors unstructured.GroupVersionKind. */
const textOr = (value: unknown): string => (typeof value === 'string' ? value : '');

const gvk = (apiVersion: string, kind: string): string => `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;

/** Without the YAML's own forms of values: what is stored has the canonical ones. */
function typed(object: KubeObject, config: KubeObject, { apiVersion }: TrackedWrite): KubeObject {
  try {
    return copyOf(decodeParsed({ apiVersion, kind: config.kind }, object, 'Ignore').object) as unknown as KubeObject;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const { namespace = '', name } = config.metadata;
    throw badRequest(
      `failed to convert new typed object (${namespace}/${name}; ${gvk(apiVersion, config.kind)}) to object: ${error.message}`,
    );
  }
}

function whole(apply: () => Applied): Applied {
  try {
    return apply();
  } catch (error) {
    if (error instanceof ApplyConflicts) throw applyConflict(conflictText(error.conflicts), conflictCauses(error.conflicts));
    throw error instanceof ApplyError ? badRequest(error.message) : error;
  }
}

/** Whether a write came too late for what it was prepared for: the object came or went meanwhile. */
export const isOvertaken = (error: unknown, wasThere: boolean): boolean =>
  error instanceof ApiError && (wasThere ? error.reason === 'NotFound' : error.reason === 'AlreadyExists');
