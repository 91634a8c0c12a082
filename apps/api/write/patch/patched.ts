import { badRequest, unsupportedMediaType } from '#lib/api/errors';
import type { KubeObject } from '#lib/api/meta';
import { pruneAndCheck, type FieldValidation, type TypeName } from '#lib/schema/decode/body';
import type { NextVersion } from '../update';
import { jsonPatch } from './json';
import { mergePatch } from './merge';
import { strategicPatch } from './strategic';

const TYPES = ['application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json'];

const APPLY = new Set(['application/apply-patch+yaml', 'application/apply-patch+cbor']);

/** Reads a patch; what comes back makes the next version from the current one. @throws ApiError 400, 415, 422. */
export function patched(type: TypeName, contentType: string | undefined, body: Buffer, validation: FieldValidation, warnings: string[]): NextVersion {
  const media = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (APPLY.has(media)) throw unsupportedMediaType(TYPES);
  if (!TYPES.includes(media)) throw unsupportedMediaType([...TYPES, 'application/apply-patch+yaml']);
  const patch = parsed(body);
  const apply = (current: KubeObject): object => {
    if (media === 'application/json-patch+json') return jsonPatch(current, patch) as object;
    if (media === 'application/merge-patch+json') return mergePatch(current, patch as object) as object;
    return strategicPatch(current, patch as object, type) as object;
  };
  return (current) => {
    const { object, warnings: found } = pruneAndCheck(type, apply(current), validation);
    warnings.push(...found);
    return object as unknown as KubeObject;
  };
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw badRequest(`error decoding patch: ${(error as Error).message}`);
  }
}
