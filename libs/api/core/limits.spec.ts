import { complaints, created, headings, row, stepComplaints } from '#lib/api/testing/given-kind';
import { LimitRange } from './limitrange';
import { ResourceQuota } from './resourcequota';

describe('limit ranges', () => {
  test('the default of a container is its maximum, and its request the default, else the minimum', () => {
    const limits = (item: string) => created(LimitRange, `spec: {limits: [${item}]}`).spec.limits[0];
    expect(limits('{type: Container, max: {cpu: "2"}, min: {memory: 64Mi}}')).toEqual({
      type: 'Container',
      max: { cpu: '2' },
      min: { memory: '64Mi' },
      default: { cpu: '2' },
      defaultRequest: { cpu: '2', memory: '64Mi' },
    });
    expect(limits('{type: Pod, max: {cpu: 2000m}}')).toEqual({ type: 'Pod', max: { cpu: '2' } });
  });

  test.each([
    [
      'types are known, once',
      '{type: Node}, {type: Pod}, {type: Pod}',
      ['spec.limits[0].type: Invalid value: "Node": must be a standard limit type or fully qualified', 'spec.limits[2].type: Duplicate value: "Pod"'],
    ],
    [
      'the least is no more than the most',
      '{type: Pod, min: {cpu: "2"}, max: {cpu: "1"}}',
      ['spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1'],
    ],
    ['a pod has no defaults', '{type: Pod, default: {cpu: "1"}}', ["spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'"]],
    [
      'a claim is about storage',
      '{type: PersistentVolumeClaim}',
      ['spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided'],
    ],
    [
      'a ratio is at least one',
      '{type: Container, maxLimitRequestRatio: {cpu: 500m}}',
      ['spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1'],
    ],
  ])('%s', (_, limits, wanted) => {
    expect(complaints(LimitRange, `spec: {limits: [${limits}]}`)).toEqual(wanted);
  });

  test('are shown with when they were made', () => {
    expect([headings(LimitRange as never), row(LimitRange, 'spec: {limits: []}')]).toEqual([
      ['Name', 'Created At'],
      ['x', '2026-01-02T03:00:00Z'],
    ]);
  });
});

describe('resource quotas', () => {
  test.each([
    ['a good one', 'hard: {pods: "10", requests.cpu: 1000m, count/deployments.apps: "3", requests.nvidia.com/gpu: "2"}', []],
    [
      'resources of quotas',
      'hard: {shoes: "1", pods: "1.5"}',
      ['spec.hard[shoes]: Invalid value: "shoes": must be a standard resource for quota', 'spec.hard[pods]: Invalid value: "1500m": must be an integer'],
    ],
    [
      'scopes exist and fit',
      'scopes: [Sunday, BestEffort], hard: {requests.cpu: "1"}',
      [
        'spec.scopes: Invalid value: ["Sunday","BestEffort"]: unsupported scope',
        'spec.scopes: Invalid value: ["Sunday","BestEffort"]: unsupported scope applied to resource',
      ],
    ],
    [
      'scopes do not exclude each other',
      'scopes: [Terminating, NotTerminating]',
      ['spec.scopes: Invalid value: ["Terminating","NotTerminating"]: conflicting scopes'],
    ],
    [
      'a chosen priority is named',
      'scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In}]}',
      ["spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"],
    ],
  ])('%s', (_, spec, wanted) => {
    expect(complaints(ResourceQuota, `spec: {${spec}}`)).toEqual(wanted);
  });

  test('scopes are for ever', () => {
    expect(stepComplaints(ResourceQuota, 'spec: {scopes: [BestEffort]}', 'spec: {}')).toEqual(['spec.scopes: Invalid value: null: field is immutable']);
  });

  test('are shown with what is used of them', () => {
    expect(headings(ResourceQuota as never)).toEqual(['Name', 'Request', 'Limit', 'Age']);
    const status = 'status: {hard: {pods: "10", limits.cpu: "2", requests.cpu: "1"}, used: {pods: "3", limits.cpu: 500m}}';
    expect(row(ResourceQuota, status)).toEqual(['x', 'pods: 3/10, requests.cpu: 0/1', 'limits.cpu: 500m/2', '4m5s']);
  });
});
