import { complaints, stepComplaints } from '#lib/api/testing/given-kind';
import { APIService } from '../apiregistration/apiservice';
import { RuntimeClass } from '../node/runtimeclass';
import { FlowSchema } from './flowschema';
import { PriorityLevelConfiguration } from './prioritylevelconfiguration';

const RULE = '{subjects: [{kind: User, user: {name: a}}], nonResourceRules: [{verbs: ["*"], nonResourceURLs: ["*"]}]}';
const schema = (rule: string): string => `spec: {priorityLevelConfiguration: {name: a}, rules: [${rule}]}`;

describe('flow schemas', () => {
  test.each([
    ['a good one', schema(RULE), []],
    [
      'names a level',
      'spec: {matchingPrecedence: -1}',
      [
        'spec.matchingPrecedence: Invalid value: -1: must be a positive value',
        'spec.priorityLevelConfiguration.name: Required value: must reference a priority level',
      ],
    ],
    [
      'first comes only the exempt one',
      'spec: {matchingPrecedence: 1, priorityLevelConfiguration: {name: a}}',
      [`spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1`],
    ],
    [
      'last is ten thousand',
      'spec: {matchingPrecedence: 10001, priorityLevelConfiguration: {name: a}}',
      ['spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000'],
    ],
    [
      'a rule is about somebody and something',
      schema('{}'),
      [
        'spec.rules[0].subjects: Required value: subjects must contain at least one value',
        'spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty',
      ],
    ],
    [
      'a subject is what it says',
      schema(RULE.replace('user: {name: a}', 'group: {name: a}')),
      [
        "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'",
        "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
      ],
    ],
    [
      'verbs are known',
      schema(RULE.replace('verbs: ["*"]', 'verbs: [sing]')),
      [
        'spec.rules[0].nonResourceRules[0].verbs: Unsupported value: ["sing"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"',
      ],
    ],
    [
      'paths end in a star or have none',
      schema(RULE.replace('nonResourceURLs: ["*"]', 'nonResourceURLs: ["/a*", "a"]')),
      [
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "/a*": wildcard can only do suffix matching',
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[1]: Invalid value: "a": must start with slash',
      ],
    ],
    [
      'resources are somewhere',
      schema('{subjects: [{kind: Group, group: {name: a}}], resourceRules: [{verbs: [get]}]}'),
      [
        'spec.rules[0].resourceRules[0].apiGroups: Required value: resource rules must supply at least one api group',
        'spec.rules[0].resourceRules[0].resources: Required value: resource rules must supply at least one resource',
        'spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace',
      ],
    ],
  ])('%s', (_, yaml, wanted) => {
    expect(complaints(FlowSchema, yaml)).toEqual(wanted);
  });

  test('the catch-all stays as it is', () => {
    expect(complaints(FlowSchema, `{metadata: {name: catch-all}, ${schema(RULE)}}`)).toEqual([
      expect.stringMatching(/spec of 'catch-all' must equal the fixed value$/),
    ]);
  });
});

describe('priority levels', () => {
  test.each([
    ['a good one', 'type: Limited, limited: {limitResponse: {type: Queue, queuing: {}}}', []],
    ['exempt is one alone', 'type: Exempt', [`spec.type: Invalid value: "Exempt": type must be 'Exempt' if and only if name is 'exempt'`]],
    ['limits are said', 'type: Limited', ['spec.limited: Required value: must not be empty when type is Limited']],
    [
      'a queue is described',
      'type: Limited, limited: {limitResponse: {type: Queue}}',
      ['spec.limited.limitResponse.queuing: Required value: must not be empty if limited.limitResponse.type is Limited'],
    ],
    [
      'hands are no larger than the deck',
      'type: Limited, limited: {limitResponse: {type: Queue, queuing: {queues: 2, handSize: 3}}}',
      ['spec.limited.limitResponse.queuing.handSize: Invalid value: 3: should not be greater than queues (2)'],
    ],
    [
      'hands are dealt from one hash',
      'type: Limited, limited: {limitResponse: {type: Queue, queuing: {queues: 1024, handSize: 7}}}',
      ['spec.limited.limitResponse.queuing.handSize: Invalid value: 7: required entropy bits of deckSize 1024 and handSize 7 should not be greater than 60'],
    ],
    [
      'shares are lent in percent',
      'type: Limited, limited: {nominalConcurrencyShares: -1, lendablePercent: 101, borrowingLimitPercent: -1, limitResponse: {type: Reject}}',
      [
        'spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer',
        'spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive',
        'spec.limited.borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer',
      ],
    ],
  ])('%s', (_, spec, wanted) => {
    expect(complaints(PriorityLevelConfiguration, `spec: {${spec}}`)).toEqual(wanted);
  });

  test('of the exempt one only what it lends may change', () => {
    expect(complaints(PriorityLevelConfiguration, '{metadata: {name: exempt}, spec: {type: Exempt, exempt: {lendablePercent: 50}}}')).toEqual([]);
    expect(complaints(PriorityLevelConfiguration, '{metadata: {name: catch-all}, spec: {type: Limited, limited: {limitResponse: {type: Reject}}}}')).toEqual([
      expect.stringMatching(/spec of 'catch-all' must equal the fixed value$/),
    ]);
  });
});

describe('API services', () => {
  const meta = 'metadata: {name: v1.a.example.com}';
  test.each([
    [
      'a good one',
      `{${meta}, spec: {group: a.example.com, version: v1, groupPriorityMinimum: 10, versionPriority: 10, service: {name: a, namespace: b}, insecureSkipTLSVerify: true}}`,
      [],
    ],
    [
      'is named after what it serves',
      '{metadata: {name: a}, spec: {group: a.example.com, version: v1, groupPriorityMinimum: 10, versionPriority: 10}}',
      ['metadata.name: Invalid value: "a": must be `spec.version+"."+spec.group`: "v1.a.example.com"'],
    ],
    [
      'has priorities',
      `{${meta}, spec: {group: a.example.com, version: v1}}`,
      [
        'spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000',
        'spec.versionPriority: Invalid value: 0: must be positive and less than 1000',
      ],
    ],
    [
      'trusts in one way',
      `{${meta}, spec: {group: a.example.com, version: v1, groupPriorityMinimum: 10, versionPriority: 10, service: {}, caBundle: YQ==, insecureSkipTLSVerify: true}}`,
      [
        'spec.service.namespace: Required value',
        'spec.service.name: Required value',
        'spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present',
      ],
    ],
    [
      'needs no trust when it is local',
      `{${meta}, spec: {group: a.example.com, version: v1, groupPriorityMinimum: 10, versionPriority: 10, caBundle: YQ==, insecureSkipTLSVerify: true}}`,
      [
        'spec.caBundle: Invalid value: "1 bytes": local APIServices may not have a caBundle',
        'spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify',
      ],
    ],
  ])('%s', (_, yaml, wanted) => {
    expect(complaints(APIService, yaml)).toEqual(wanted);
  });
});

describe('runtime classes', () => {
  test('have a handler that is a label and stays, and sound overheads and tolerations', () => {
    expect(complaints(RuntimeClass, 'handler: runc')).toEqual([]);
    expect(
      complaints(RuntimeClass, '{handler: "A", overhead: {podFixed: {sing: "1"}}, scheduling: {tolerations: [{key: a, operator: Like}]}}').map((text) =>
        text.split(': ').slice(0, 2).join(': '),
      ),
    ).toEqual([
      'handler: Invalid value',
      'overhead.limits[sing]: Invalid value',
      'overhead.limits[sing]: Invalid value',
      'scheduling.tolerations[0].operator: Unsupported value',
    ]);
    expect(stepComplaints(RuntimeClass, 'handler: a', 'handler: b')).toEqual(['handler: Invalid value: "b": field is immutable']);
  });
});
