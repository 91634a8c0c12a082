import { ApiError } from '#lib/api/errors';
import type { KubeObject } from '#lib/api/meta';
import type { FieldValidation } from '#lib/schema/decode/body';
import { patched, patchTypeOf } from './patched';

const deployment = { apiVersion: 'apps/v1', kind: 'Deployment' };
const current = {
  ...deployment,
  metadata: { name: 'web', namespace: 'default', uid: 'u', resourceVersion: '7', creationTimestamp: '2026-01-01T00:00:00Z', labels: { a: '1' } },
  spec: { replicas: 1, strategy: {}, template: { metadata: {}, spec: { containers: [{ name: 'c', image: 'x', resources: {} }] } } },
  status: {},
} as KubeObject;

const JSON_PATCH = 'application/json-patch+json';
const MERGE = 'application/merge-patch+json';
const STRATEGIC = 'application/strategic-merge-patch+json';

function run(media: string, patch: string, validation: FieldValidation = 'Strict') {
  const warnings: string[] = [];
  const object = patched(deployment, media, Buffer.from(patch), validation, warnings)(current);
  return { object, warnings };
}

function failureOf(media: string, patch: string, validation?: FieldValidation): ApiError['status'] {
  try {
    run(media, patch, validation);
  } catch (error) {
    if (error instanceof ApiError) return error.status;
    throw error;
  }
  throw new Error('nothing failed');
}

test.each([
  [MERGE, '{"spec":{"replicas":3}}'],
  [STRATEGIC, '{"spec":{"replicas":3}}'],
  [`${STRATEGIC}; charset=utf-8`, '{"spec":{"replicas":3}}'],
  [JSON_PATCH, '[{"op":"replace","path":"/spec/replicas","value":3}]'],
])('%s makes the next version and leaves the current one alone', (media, patch) => {
  const before = structuredClone(current);
  const { object, warnings } = run(media, patch);
  expect(object).toEqual({ ...current, spec: { ...(current as unknown as { spec: object }).spec, replicas: 3 } });
  expect(warnings).toEqual([]);
  (object as unknown as { metadata: { labels: Record<string, string> } }).metadata.labels.a = 'changed';
  expect(current).toEqual(before);
});

test('a field that the kind does not have makes the patch invalid, or a warning', () => {
  expect(failureOf(MERGE, '{"spec":{"replicaz":3}}')).toMatchObject({ code: 422, reason: 'Invalid' });
  expect(failureOf(STRATEGIC, '{"spec":{"replicaz":3}}').message).toBe(
    ' "" is invalid: patch: Invalid value: "map[spec:map[replicaz:3]]": strict decoding error: unknown field "spec.replicaz"',
  );
  expect(run(STRATEGIC, '{"spec":{"replicaz":3}}', 'Warn')).toEqual({ object: current, warnings: ['unknown field "spec.replicaz"'] });
  expect(run(STRATEGIC, '{"spec":{"replicaz":3}}', 'Ignore')).toEqual({ object: current, warnings: [] });
});

test('a value of the wrong type makes the patch invalid', () => {
  expect(failureOf(MERGE, '{"spec":{"replicas":"3"}}', 'Ignore').message).toContain(
    'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
  );
});

test('names that are doubled in the patch are told', () => {
  expect(run(MERGE, '{"spec":{"replicas":2,"replicas":3}}', 'Warn').warnings).toEqual(['duplicate field "spec.replicas"']);
  expect(run(JSON_PATCH, '[{"op":"replace","path":"/spec/replicas","value":3,"why":"x"}]', 'Warn').warnings).toEqual(['json patch unknown field "[0].why"']);
});

test('what is no patch is a bad request, and what is none of the three types is not taken', () => {
  expect(failureOf(MERGE, '{')).toMatchObject({ code: 400, message: 'error decoding patch: unexpected end of JSON input' });
  expect(failureOf(MERGE, '[]')).toMatchObject({
    code: 400,
    message: 'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
  });
  expect(failureOf('application/json', '{}')).toMatchObject({ code: 415 });
});

test('the form of a patch is known by its content type, and server-side apply is none of them', () => {
  expect(patchTypeOf('application/Merge-Patch+json; charset=utf-8')).toBe('application/merge-patch+json');
  expect(() => patchTypeOf('application/apply-patch+cbor')).toThrow(/^the body of the request was in an unknown format - accepted media types include: /);
});
