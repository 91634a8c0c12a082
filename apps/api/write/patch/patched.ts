import { badRequest, invalidObject, unsupportedMediaType, type ApiError } from '#lib/api/errors';
import { invalid } from '#lib/api/field-error';
import type { KubeObject } from '#lib/api/meta';
import { decodeParsed, type FieldValidation, type TypeName } from '#lib/schema/decode/body';
import { DecodeError } from '#lib/schema/decode/decoding';
import { parseJson, type Parsed } from '#lib/schema/decode/text';
import type { NextVersion } from '../update';
import { isMembers, type Members } from './directives';
import { jsonPatch, unknownMembers } from './json';
import { mergePatch } from './merge';
import { goMap, strategicPatch } from './strategic';

const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';
const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';
/** Server-side apply, which is no patch: `write/apply.ts`. */
export const APPLY_PATCH = 'application/apply-patch+yaml';
const TYPES = [JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH];

/** The form of a patch, from its Content-Type. @throws ApiError 415: before any other complaint, for by it clients know what there is. */
export function patchTypeOf(contentType: string | undefined, schema?: object): string {
  const media = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const taken = schema ? TYPES.filter((type) => type !== STRATEGIC_PATCH) : TYPES; // custom resources do not say how their lists are merged
  if (!taken.includes(media)) throw unsupportedMediaType(taken);
  return media;
}

/**
 * Reads a patch; what comes back makes the next version from the current one and may be called again on another.
 * @throws ApiError 400, 415, 422. Mirrors apiserver/pkg/endpoints/handlers/patch.go.
 */
export function patched(
  type: TypeName,
  contentType: string | undefined,
  body: Buffer,
  validation: FieldValidation,
  warnings: string[],
): NextVersion {
  const media = patchTypeOf(contentType, type.schema);
  const { value: patch, duplicates, rounded } = parsed(body, media, validation !== 'Ignore');
  const doubts =
    media === JSON_PATCH && validation !== 'Ignore'
      ? [...duplicates, ...unknownMembers(patch)].map((text) => `json patch ${text}`)
      : duplicates;
  warnings.push(...rounded);
  return (current) => {
    const result = apply(media, current, patch, type);
    const { object, warnings: found } = checked(type, result, validation, doubts, () =>
      media === STRATEGIC_PATCH ? goMap(patch as Members) : JSON.stringify(result),
    );
    for (const warning of found) if (!warnings.includes(warning)) warnings.push(warning);
    return object;
  };
}

function apply(media: string, current: KubeObject, patch: unknown, type: TypeName): object {
  if (media === JSON_PATCH) return jsonPatch(current, patch) as object;
  return (media === MERGE_PATCH ? mergePatch(current, patch) : strategicPatch(current, patch, type)) as object;
}

function parsed(body: Buffer, media: string, checking: boolean): Parsed {
  const prefix = media === STRATEGIC_PATCH ? '' : 'error decoding patch: ';
  try {
    const found = parseJson(body.toString('utf8'), checking);
    if (media !== JSON_PATCH && !isMembers(found.value)) {
      const word = Array.isArray(found.value) ? 'array' : typeof found.value === 'boolean' ? 'bool' : typeof found.value;
      throw new DecodeError(`json: cannot unmarshal ${word} into Go value of type map[string]interface {}`);
    }
    return found;
  } catch (error) {
    throw error instanceof DecodeError ? badRequest(prefix + error.message) : error;
  }
}

/** What the patch made must still be an object of its kind. The doubts about the patch itself come first. */
function checked(
  type: TypeName,
  result: object,
  validation: FieldValidation,
  doubts: readonly string[],
  shown: () => string,
): { object: KubeObject; warnings: readonly string[] } {
  try {
    const { object, warnings } = decodeParsed(type, result, validation === 'Strict' ? 'Warn' : validation);
    const complaints = [...doubts, ...warnings];
    if (validation === 'Strict' && complaints.length > 0) throw rejected(shown(), `strict decoding error: ${complaints.join(', ')}`);
    return { object: object as unknown as KubeObject, warnings: complaints };
  } catch (error) {
    throw error instanceof DecodeError ? rejected(shown(), error.message) : error;
  }
}

const rejected = (patch: string, why: string): ApiError => invalidObject('', '', '', [invalid('patch', patch, why)]);
