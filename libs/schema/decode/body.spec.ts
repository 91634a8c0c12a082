import { ApiError } from '#lib/api/errors';
import { decodeBody, MAX_BODY_BYTES, pruneAndCheck, type FieldValidation, type TypeName } from './body';

const deployment = { apiVersion: 'apps/v1', kind: 'Deployment' };
const configMap = { apiVersion: 'v1', kind: 'ConfigMap' };
const secret = { apiVersion: 'v1', kind: 'Secret' };
const pod = { apiVersion: 'v1', kind: 'Pod' };
const cannot = (type: TypeName, why: string): string => `${type.kind} in version "v1" cannot be handled as a ${type.kind}: ${why}`;

const decode = (body: string, type: TypeName | undefined = deployment, validation: FieldValidation = 'Strict', media = 'application/json') =>
  decodeBody(Buffer.from(body), media, type, validation);

function failureOf(work: () => unknown): ApiError['status'] {
  try {
    work();
  } catch (error) {
    if (error instanceof ApiError) return error.status;
    throw error;
  }
  throw new Error('nothing failed');
}

describe('a value of the wrong type', () => {
  test.each([
    [deployment, '{"spec":{"replicas":"3"}}', 'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32'],
    [deployment, '{"spec":{"replicas":1.5}}', 'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32'],
    [
      deployment,
      '{"spec":{"replicas":4294967296}}',
      'json: cannot unmarshal number 4294967296 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [deployment, '{"spec":{"paused":"true"}}', 'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.paused of type bool'],
    [deployment, '{"spec":[]}', 'json: cannot unmarshal array into Go struct field Deployment.spec of type v1.DeploymentSpec'],
    [deployment, '{"metadata":{"labels":{"a":1}}}', 'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string'],
    [deployment, '{"metadata":{"labels":"a"}}', 'json: cannot unmarshal string into Go struct field ObjectMeta.metadata.labels of type map[string]string'],
    [pod, '{"spec":{"containers":"x"}}', 'json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type []v1.Container'],
    [
      pod,
      '{"spec":{"containers":[{"env":[{"name":"a","value":1}]}]}}',
      'json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of type string',
    ],
    [
      pod,
      '{"spec":{"volumes":[{"name":"v","hostPath":"/x"}]}}',
      'json: cannot unmarshal string into Go struct field Volume.spec.volumes.hostPath of type v1.HostPathVolumeSource',
    ],
    [
      pod,
      '{"spec":{"containers":[{"livenessProbe":{"httpGet":{"port":true}}}]}}',
      'json: cannot unmarshal bool into Go struct field HTTPGetAction.spec.containers.livenessProbe.httpGet.port of type int32',
    ],
    [
      pod,
      '{"spec":{"containers":[{"resources":{"limits":{"cpu":"lots"}}}]}}',
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [secret, '{"data":{"a":"abcde"}}', 'illegal base64 data at input byte 4'],
    [secret, '{"data":{"a":"ab!d"}}', 'illegal base64 data at input byte 2'],
    [secret, '{"data":{"a":"YWJj="}}', 'illegal base64 data at input byte 4'],
    [
      configMap,
      '{"metadata":{"creationTimestamp":"yesterday"}}',
      'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"',
    ],
    [configMap, '{"metadata":{"creationTimestamp":"2026-13-01T00:00:00Z"}}', 'parsing time "2026-13-01T00:00:00Z": month out of range'],
    [configMap, '{"metadata":{"creationTimestamp":"2026-02-30T00:00:00Z"}}', 'parsing time "2026-02-30T00:00:00Z": day out of range'],
    [
      configMap,
      '{"metadata":{"creationTimestamp":5}}',
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.creationTimestamp of type string',
    ],
  ])('in a %j: %s', (type, body, why) => {
    expect(failureOf(() => decode(body, type))).toMatchObject({ code: 400, reason: 'BadRequest', message: cannot(type, why) });
  });
});

describe('unknown and doubled fields', () => {
  const body = '{"spec":{"replicaz":1,"replicas":1,"replicas":2,"template":{"spec":{"containers":[{"name":"a"},{"nam":"b"}]}}}}';
  const complaints = ['unknown field "spec.replicaz"', 'duplicate field "spec.replicas"', 'unknown field "spec.template.spec.containers[1].nam"'];

  test('are all named under Strict', () => {
    expect(failureOf(() => decode(body)).message).toBe(cannot(deployment, `strict decoding error: ${complaints.join(', ')}`));
  });

  test('are named in the order of the document, and what is doubled in an unknown field is not looked at', () => {
    const both = '{"spec":{"replicas":1,"replicas":2,"later":{"x":1,"x":2},"later":3,"paused":true,"paused":true},"top":1}';
    const named = ['duplicate field "spec.replicas"', 'unknown field "spec.later"', 'duplicate field "spec.paused"', 'unknown field "top"'];
    expect(decode(both, deployment, 'Warn').warnings).toEqual(named);
  });

  test('are warnings under Warn and dropped', () => {
    const { object, warnings } = decode(body, deployment, 'Warn');
    expect(warnings).toEqual(complaints);
    expect(object.spec).toMatchObject({ replicas: 2, template: { spec: { containers: [{ name: 'a' }, { name: '' }] } } });
    expect(object.spec).not.toHaveProperty('replicaz');
  });

  test('are dropped without a word under Ignore', () => {
    expect(decode(body, deployment, 'Ignore').warnings).toEqual([]);
  });

  test('a name that is escaped differently is doubled all the same, and quotes in values confuse nobody', () => {
    expect(decode('{"data":{"a":"\\\\","\\u0061":"1"}}', configMap, 'Warn').warnings).toEqual(['duplicate field "data.a"']);
    expect(decode('{"data":{"a":"{\\"a\\": 1, \\"a\\": 2}","b":"\\\\\\":"}}', configMap, 'Warn').warnings).toEqual([]);
  });
});

describe('what is left out or filled in', () => {
  test('null is absent, empty members of omitempty fields too, and structs are there', () => {
    expect(
      decode('{"metadata":{"name":"x","creationTimestamp":null,"labels":{}},"spec":{"selector":null,"paused":false,"replicas":0,"template":{}}}').object,
    ).toEqual({
      kind: 'Deployment',
      apiVersion: 'apps/v1',
      metadata: { name: 'x' },
      spec: { replicas: 0, strategy: {}, template: { metadata: {}, spec: { containers: [] } } },
      status: {},
    });
  });

  test('null in a list or map is the zero value', () => {
    expect(decode('{"data":{"a":null}}', configMap).object).toMatchObject({ data: { a: '' } });
    expect(decode('{"binaryData":{"a":null}}', configMap).object).toMatchObject({ binaryData: { a: '' } });
    expect(decode('{"data":{"a":null}}', secret).object).toMatchObject({ data: { a: '' } });
  });

  test('amounts, times and base64 come out in their canonical form', () => {
    const { object } = decode('{"spec":{"containers":[{"name":"c","resources":{"limits":{"cpu":0.5,"memory":"1024Mi"}}}]}}', pod);
    expect(object).toMatchObject({ spec: { containers: [{ resources: { limits: { cpu: '500m', memory: '1Gi' } } }] } });
    expect(decode('{"metadata":{"creationTimestamp":"2026-01-01T02:00:00.5+02:00"},"data":{"a":"YW\\nJj"}}', secret).object).toMatchObject({
      metadata: { creationTimestamp: '2026-01-01T00:00:00Z' },
      data: { a: 'YWJj' },
    });
    expect(decode('{"spec":{"renewTime":"2026-01-01T02:00:00.123456+02:00"}}', { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' }).object).toMatchObject({
      spec: { renewTime: '2026-01-01T00:00:00.123456Z' },
    });
  });

  test('a label called __proto__ is a label', () => {
    const { object } = decode('{"metadata":{"labels":{"__proto__":"x","b":null}},"__proto__":{"polluted":"1"}}', configMap, 'Ignore');
    expect(JSON.stringify(object.metadata)).toBe('{"labels":{"__proto__":"x","b":""}}');
    expect((object as { polluted?: string }).polluted).toBeUndefined();
  });
});

describe('a body that is not what it should be', () => {
  test.each([
    ['', "couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)"],
    ['{', "couldn't get version/kind; json parse error: unexpected end of JSON input ({)"],
    ['{,}', "couldn't get version/kind; json parse error: invalid character ',' looking for beginning of object key string ({,})"],
    ['{"a":tru}', `couldn't get version/kind; json parse error: invalid character '}' in literal true (expecting 'e') ({"a":tru})`],
    ['{"a" 1}', `couldn't get version/kind; json parse error: invalid character '1' after object key ({"a" 1})`],
    ['{"a":[1 2]}', `couldn't get version/kind; json parse error: invalid character '2' after array element ({"a":[1 2]})`],
    ['{"a":1}x', `couldn't get version/kind; json parse error: invalid character 'x' after top-level value ({"a":1}x)`],
    ['kind: Pod', "couldn't get version/kind; json parse error: invalid character 'k' looking for beginning of value (6b696e643a20506f64)"],
    [
      '[]',
      `couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } (5b5d)`,
    ],
    ['{"kind":5}', 'couldn\'t get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string ({"kind":5})'],
  ])('%s', (body, why) => {
    expect(failureOf(() => decode(body))).toMatchObject({ code: 400, message: `the object provided is unrecognized (must be of type Deployment): ${why}` });
  });

  test('a body that names no kind is taken for that of the path, and without one it must name its own', () => {
    expect(decode('{}').object).toMatchObject(deployment);
    expect(failureOf(() => decodeBody(Buffer.from('{}'), undefined, undefined, 'Warn')).message).toBe("Object 'Kind' is missing in '{}'");
    expect(failureOf(() => decodeBody(Buffer.from('{"kind":"Pod"}'), undefined, undefined, 'Warn')).message).toBe(
      `Object 'apiVersion' is missing in '{"kind":"Pod"}'`,
    );
  });

  test('another kind than that of the path is refused', () => {
    expect(failureOf(() => decode('{"apiVersion":"v1","kind":"Service"}', pod)).message).toBe(
      'Service in version "v1" cannot be handled as a Pod: converting (v1.Service) to (core.Pod): unknown conversion',
    );
    expect(failureOf(() => decode('{"apiVersion":"v1","kind":"Boat"}', pod)).message).toBe(
      'Boat in version "v1" cannot be handled as a Pod: no kind "Boat" is registered for version "v1" in scheme "pkg/api/legacyscheme/scheme.go:30"',
    );
    expect(failureOf(() => decode('{"apiVersion":"v1","kind":"Event"}', { apiVersion: 'events.k8s.io/v1', kind: 'Event' })).message).toBe(
      'the API version in the data (v1) does not match the expected API version (events.k8s.io/v1)',
    );
  });

  test('delete options are the same in every group', () => {
    const options = decode('{"apiVersion":"apps/v1","kind":"DeleteOptions","gracePeriodSeconds":0}', { apiVersion: 'v1', kind: 'DeleteOptions' });
    expect(options.object).toMatchObject({ gracePeriodSeconds: 0 });
  });

  test('too large, too deep, or of an unknown type', () => {
    expect(failureOf(() => decodeBody(Buffer.alloc(MAX_BODY_BYTES + 1), undefined, pod, 'Warn'))).toMatchObject({ code: 413, reason: 'RequestEntityTooLarge' });
    expect(
      failureOf(() => decode(`{"data":${'['.repeat(5000)}${']'.repeat(5000)}}`, { apiVersion: 'apps/v1', kind: 'ControllerRevision' }, 'Ignore')).message,
    ).toContain('exceeded max depth');
    expect(failureOf(() => decode('{}', pod, 'Warn', 'text/plain'))).toMatchObject({ code: 415, reason: 'UnsupportedMediaType' });
  });

  test('a kind that is not built in comes through as it is', () => {
    expect(decode('{"apiVersion":"example.com/v1","kind":"Boat","sails":3}', { apiVersion: 'example.com/v1', kind: 'Boat' }).object).toEqual({
      apiVersion: 'example.com/v1',
      kind: 'Boat',
      sails: 3,
    });
  });
});

describe('YAML', () => {
  const yaml = (text: string, validation: FieldValidation = 'Strict') => decode(text, configMap, validation, 'application/yaml');

  test('is read as Go reads it: words for true, names as strings, dates and clock times as text', () => {
    expect(yaml('immutable: yes\ndata:\n  1: "a"\n  on: "b"\n  date: "2026-01-01"\n').object).toMatchObject({
      immutable: true,
      data: { 1: 'a', true: 'b', date: '2026-01-01' },
    });
    expect(yaml('data: {a: 2026-01-01, b: 1:30}').object).toMatchObject({ data: { a: '2026-01-01', b: '1:30' } });
    expect(failureOf(() => yaml('data: {a: yes}')).message).toBe(
      cannot(configMap, 'json: cannot unmarshal bool into Go struct field ConfigMap.data of type string'),
    );
  });

  test('anchors and merge keys work; a bomb of aliases does not go off', () => {
    expect(yaml('metadata: {labels: &l {a: b}, annotations: {<<: *l, c: d}}').object).toMatchObject({
      metadata: { labels: { a: 'b' }, annotations: { a: 'b', c: 'd' } },
    });
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'.split('').map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`),
    ].join('\n');
    expect(failureOf(() => yaml(bomb)).message).toContain('Excessive alias count');
  });

  test('doubled names are found', () => {
    expect(failureOf(() => yaml('data:\n  a: "1"\n  a: "2"\n')).message).toBe(
      cannot(configMap, 'strict decoding error: yaml: unmarshal errors:\n  line 3: key "a" already set in map'),
    );
    expect(yaml('data: {a: "1", a: "2"}', 'Ignore').object).toMatchObject({ data: { a: '2' } });
  });

  test('bad YAML is a bad request', () => {
    expect(failureOf(() => yaml('data: [1\nb: 2'))).toMatchObject({ code: 400, reason: 'BadRequest' });
  });
});

describe('an object that is already parsed', () => {
  test('is brought into form without being changed', () => {
    const given = { ...deployment, metadata: { name: 'x', labels: {} }, spec: { unknown: 1 } };
    const before = structuredClone(given);
    const { object, warnings } = pruneAndCheck(deployment, given, 'Warn');
    expect(object).toMatchObject({ metadata: { name: 'x' }, spec: { template: { spec: {} } }, status: {} });
    expect(warnings).toEqual(['unknown field "spec.unknown"']);
    expect(given).toEqual(before);
  });

  test('is itself when nothing is to be done', () => {
    const { object } = pruneAndCheck(deployment, { ...deployment, metadata: { name: 'x' } }, 'Strict');
    expect(pruneAndCheck(deployment, object, 'Strict').object).toBe(object);
  });

  test('fails with the texts of a body', () => {
    expect(failureOf(() => pruneAndCheck(deployment, { ...deployment, spec: { replicas: 'x' } }, 'Ignore')).message).toBe(
      cannot(deployment, 'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32'),
    );
  });
});
