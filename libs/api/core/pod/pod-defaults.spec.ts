import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { Pod } from '#lib/api/core/pod/pod';
import { podSpecDefaults, podTemplateDefaults } from '#lib/api/core/pod/pod-defaults';
import { qosClassOf } from '#lib/api/core/pod/pod-resources';
import type { PodSpec, PodTemplateSpec } from '#lib/api/core/pod/pod-types';

const FOLDER = join(__dirname, 'testdata/pod-defaults');
const NOW = new Date('2026-01-01T00:00:00Z');

describe('what a user writes becomes what the API server answers', () => {
  test.each(readdirSync(FOLDER).filter((file) => file.endsWith('.input.yaml')))('%s', (file) => {
    const pod = parse(readFileSync(join(FOLDER, file), 'utf8')) as Pod;
    Pod.prepareCreate?.(pod, { now: NOW });
    Pod.defaults?.(pod);
    const output = join(FOLDER, file.replace('.input.', '.output.'));
    const got = stringify(pod, { sortMapEntries: true, lineWidth: 0, aliasDuplicateObjects: false });
    if (process.env.UPDATE_TESTDATA) writeFileSync(output, got);
    expect(got).toBe(readFileSync(output, 'utf8'));
  });

  test.each(readdirSync(FOLDER).filter((file) => file.endsWith('.output.yaml')))('%s stays as it is when it is written again', (file) => {
    const text = readFileSync(join(FOLDER, file), 'utf8');
    const pod = parse(text) as Pod;
    Pod.defaults?.(pod);
    expect(pod).toEqual(parse(text));
  });
});

test("a template gets no requests, service links or host ports: they are the pod's", () => {
  const template: PodTemplateSpec = {
    spec: { hostNetwork: true, containers: [{ name: 'a', image: 'a', ports: [{ containerPort: 1 }], resources: { limits: { cpu: '1' } } }] },
  };
  podTemplateDefaults(template);
  expect(template.metadata).toEqual({});
  expect(template.spec?.enableServiceLinks).toBeUndefined();
  expect(template.spec?.containers[0]?.resources).toEqual({ limits: { cpu: '1' } });
  expect(template.spec?.containers[0]?.ports).toEqual([{ containerPort: 1, protocol: 'TCP' }]);
});

test('the newer name of the service account wins over the older', () => {
  const spec: PodSpec = { containers: [], serviceAccountName: 'new', serviceAccount: 'old' };
  podSpecDefaults(spec);
  expect([spec.serviceAccountName, spec.serviceAccount]).toEqual(['new', 'new']);
});

test('what is no quantity is left for validation', () => {
  const spec: PodSpec = { containers: [{ name: 'a', resources: { limits: { cpu: 'one' } } }] };
  podSpecDefaults(spec);
  expect(spec.containers[0]?.resources?.limits).toEqual({ cpu: 'one' });
});

test('a pod with limits of its own requests what its containers do, else its limits', () => {
  const pod = {
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'a', resources: { requests: { cpu: '100m' } } }], resources: { limits: { cpu: '1', memory: '1Gi' } } },
  } as unknown as Pod;
  Pod.defaults?.(pod);
  expect((pod.spec as PodSpec).resources?.requests).toEqual({ cpu: '100m', memory: '1Gi' });
});

describe('the quality of service', () => {
  const container = (requests?: Record<string, string>, limits?: Record<string, string>) => ({ name: 'a', resources: { requests, limits } });
  test.each<[string, PodSpec['containers'], string]>([
    ['nothing asked', [container()], 'BestEffort'],
    ['zero asked', [container({ cpu: '0' })], 'BestEffort'],
    ['some asked', [container({ cpu: '1' })], 'Burstable'],
    ['cpu and memory limited and asked alike', [container({ cpu: '1', memory: '1Gi' }, { cpu: '1000m', memory: '1024Mi' })], 'Guaranteed'],
    ['memory not limited', [container({ cpu: '1' }, { cpu: '1' })], 'Burstable'],
    ['less asked than allowed', [container({ cpu: '1', memory: '1' }, { cpu: '2', memory: '1' })], 'Burstable'],
    ['one container without limits', [container({ cpu: '1', memory: '1' }, { cpu: '1', memory: '1' }), container()], 'Burstable'],
    ['other resources do not count', [container({ 'example.com/gpu': '1' }, { 'example.com/gpu': '1' })], 'BestEffort'],
  ])('%s', (_name, containers, expected) => expect(qosClassOf({ containers })).toBe(expected));
});
