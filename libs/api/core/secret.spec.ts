import { bodyOf, complaints, created, row, stepComplaints, yamlOf } from '#lib/api/testing/given-kind';
import { ConfigMap } from './configmap';
import { Secret } from './secret';
import { ServiceAccount } from './serviceaccount';

const IMMUTABLE = 'field is immutable when `immutable` is set';

describe('secrets', () => {
  test.each([
    ['are opaque unless they say otherwise', '', 'type: Opaque'],
    ['take stringData over data', '{data: {a: eA==, b: eQ==}, stringData: {a: "zä", c: ""}}', '{type: Opaque, data: {a: esOk, b: eQ==, c: ""}}'],
    ['drop empty stringData', '{type: t, stringData: {}}', 'type: t'],
  ])('%s', (_, given, wanted) => {
    expect(yamlSorted(bodyOf(created(Secret, given)))).toBe(yamlSorted(yamlOf(wanted)));
  });

  test.each([
    ['kubernetes.io/service-account-token', '', ['metadata.annotations[kubernetes.io/service-account.name]: Required value']],
    ['kubernetes.io/dockercfg', '', ['data[.dockercfg]: Required value']],
    ['kubernetes.io/dockerconfigjson', 'stringData: {.dockerconfigjson: "{}"}', []],
    [
      'kubernetes.io/dockerconfigjson',
      'stringData: {.dockerconfigjson: ""}',
      ['data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": unexpected end of JSON input'],
    ],
    [
      'kubernetes.io/dockerconfigjson',
      'stringData: {.dockerconfigjson: "x"}',
      ['data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": invalid character \'x\' looking for beginning of value'],
    ],
    ['kubernetes.io/basic-auth', '', ['data[username]: Required value', 'data[password]: Required value']],
    ['kubernetes.io/basic-auth', 'stringData: {password: ""}', []],
    ['kubernetes.io/ssh-auth', 'stringData: {ssh-privatekey: ""}', ['data[ssh-privatekey]: Required value']],
    ['kubernetes.io/tls', 'stringData: {tls.key: x}', ['data[tls.crt]: Required value']],
    ['example.com/anything', '', []],
  ])('of type %s with %s: %j', (type, given, wanted) => {
    expect(complaints(Secret, `type: ${type}\n${given}`)).toEqual(wanted);
  });

  test('hold at most a mebibyte', () => {
    const half = 'x'.repeat(512 * 1024);
    expect(complaints(Secret, `stringData: {a: ${half}, b: ${half}}`)).toEqual([]);
    expect(complaints(Secret, `stringData: {a: ${half}, b: ${half}x}`)).toEqual(['data: Too long: may not be more than 1048576 bytes']);
  });

  test.each([
    ['data may change', 'stringData: {a: x}', 'stringData: {a: y}', []],
    ['the type may not', 'type: a', 'type: b', ['type: Invalid value: "b": field is immutable']],
    ['the type may be left out', 'type: a', '', []],
    ['frozen data may not change', '{immutable: true, stringData: {a: x}}', '{immutable: true, stringData: {a: y}}', [`data: Forbidden: ${IMMUTABLE}`]],
    ['frozen is for ever', '{immutable: true}', '{}', [`immutable: Forbidden: ${IMMUTABLE}`]],
  ])('%s', (_, before, after, wanted) => {
    expect(stepComplaints(Secret, before, after)).toEqual(wanted);
  });

  test('are shown with type and number of keys', () => {
    expect(row(Secret, '{type: Opaque, data: {a: "", b: ""}}')).toEqual(['x', 'Opaque', 2, '4m5s']);
  });
});

describe('config maps', () => {
  test.each([
    [
      'binary and text may not share a key',
      '{data: {a: ""}, binaryData: {a: ""}}',
      ['data[a]: Invalid value: "a": duplicate of key present in binaryData', 'binaryData[a]: Invalid value: "a": duplicate of key present in data'],
    ],
    [
      'a mebibyte is the limit of both',
      `{data: {a: ${'x'.repeat(1024 * 1024 - 2)}}, binaryData: {b: YWJj}}`,
      ['[]: Too long: may not be more than 1048576 bytes'],
    ],
    ['keys are file names', '{data: {..: ""}}', ['data[..]: Invalid value: "..": must not be \'..\'']],
  ])('%s', (_, given, wanted) => {
    expect(complaints(ConfigMap, given)).toEqual(wanted);
  });

  test('frozen, neither bag changes', () => {
    expect(stepComplaints(ConfigMap, '{immutable: true, data: {a: b}}', '{data: {a: c}, binaryData: {d: ""}}')).toEqual([
      `immutable: Forbidden: ${IMMUTABLE}`,
      `data: Forbidden: ${IMMUTABLE}`,
      `binaryData: Forbidden: ${IMMUTABLE}`,
    ]);
    expect(stepComplaints(ConfigMap, '{data: {a: b}}', '{immutable: true, data: {a: c}}')).toEqual([]);
  });

  test('are shown with the number of keys of both bags', () => {
    expect(row(ConfigMap, '{data: {a: ""}, binaryData: {b: ""}}')).toEqual(['x', 2, '4m5s']);
  });
});

test('service accounts keep only the names of their secrets', () => {
  expect(created(ServiceAccount, 'secrets: [{name: a, namespace: b}]').secrets).toEqual([{ name: 'a' }]);
  expect(row(ServiceAccount, '')).toEqual(['x', 0, '4m5s']);
});

const yamlSorted = (yaml: string): string => JSON.stringify(yaml.trim().split('\n').sort());
