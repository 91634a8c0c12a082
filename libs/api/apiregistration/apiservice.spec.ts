import { complaints, created, NOW } from '#lib/api/testing/given-kind';
import { APIService, isAvailable } from './apiservice';
import { priorityOf } from './priorities';

const remote = (more = '', spec = ''): string => `
metadata: { name: v1.example.com ${more} }
spec: { group: example.com, version: v1, groupPriorityMinimum: 2000, versionPriority: 15, service: { namespace: a, name: b } ${spec} }`;

describe('an APIService', () => {
  test('of a service is not available before it was looked at, and its port is 443', () => {
    const made = created(APIService, remote());
    expect(made).toMatchObject({ spec: { service: { port: 443 } }, status: {} });
    expect(isAvailable(made)).toBe(false);
  });

  test('of this server is available at once', () => {
    expect(created(APIService, 'metadata: { name: v1.apps }\nspec: { group: apps, version: v1, groupPriorityMinimum: 1, versionPriority: 1 }').status).toEqual({
      conditions: [
        {
          type: 'Available',
          status: 'True',
          reason: 'Local',
          message: 'Local APIServices are always available',
          lastTransitionTime: NOW.toISOString().replace('.000', ''),
        },
      ],
    });
  });

  test.each([
    ['the name of the core group ends with a dot', 'metadata: { name: v1. }\nspec: { version: v1, groupPriorityMinimum: 18000, versionPriority: 1 }', []],
    [
      'its name is its version and group',
      'metadata: { name: x }\nspec: { group: example.com, version: v1, groupPriorityMinimum: 1, versionPriority: 1 }',
      ['metadata.name: Invalid value: "x": must be `spec.version+"."+spec.group`: "v1.example.com"'],
    ],
    [
      'only v1 has no group',
      'metadata: { name: v2. }\nspec: { version: v2, groupPriorityMinimum: 1, versionPriority: 1 }',
      ['spec.group: Required value: only v1 may have an empty group and it better be legacy kube'],
    ],
    [
      'priorities have bounds',
      'metadata: { name: v1.a }\nspec: { group: a, version: v1, groupPriorityMinimum: 20001, versionPriority: 0 }',
      [
        'spec.groupPriorityMinimum: Invalid value: 20001: must be positive and less than 20000',
        'spec.versionPriority: Invalid value: 0: must be positive and less than 1000',
      ],
    ],
    [
      'a local one has no CA',
      'metadata: { name: v1.a }\nspec: { group: a, version: v1, groupPriorityMinimum: 1, versionPriority: 1, caBundle: YWJj, insecureSkipTLSVerify: true }',
      [
        'spec.caBundle: Invalid value: "3 bytes": local APIServices may not have a caBundle',
        'spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify',
      ],
    ],
    [
      'a remote one checks certificates or does not',
      remote('', ', caBundle: YWJj, insecureSkipTLSVerify: true'),
      ['spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present'],
    ],
    [
      'a service is named',
      'metadata: { name: v1.a }\nspec: { group: a, version: v1, groupPriorityMinimum: 1, versionPriority: 1, service: {} }',
      ['spec.service.namespace: Required value', 'spec.service.name: Required value'],
    ],
  ])('%s', (_, yaml, wrong) => {
    expect(complaints(APIService, yaml)).toEqual(wrong);
  });

  test("groups stand in upstream's order, custom resources near the end", () => {
    const order = ['', 'apps', 'batch', 'networking.k8s.io', 'extensions', 'policy', 'apiextensions.k8s.io', 'example.com', 'metrics.k8s.io'];
    expect([...order].sort((a, b) => priorityOf(b, 'v1').group - priorityOf(a, 'v1').group)).toEqual(order);
    expect(priorityOf('autoscaling', 'v2').version).toBeGreaterThan(priorityOf('autoscaling', 'v1').version);
  });

  test('a condition has one of three statuses', () => {
    const service = { ...created(APIService, remote()), status: { conditions: [{ type: 'Available', status: 'Perhaps' }] } };
    expect(APIService.validateStatus?.(service, service)).toMatchObject([
      { field: 'status.conditions[0].status', detail: 'supported values: "True", "False", "Unknown"' },
    ]);
  });
});
