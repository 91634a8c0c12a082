import type { NodeSelectorTerm, PodAffinityTerm, Toleration, TopologySpreadConstraint } from 'kubernetes-types/core/v1';
import { complaints } from '#lib/api/testing/pod-complaints';

type Requirement = { key: string; operator: string; values?: string[] };

describe('a requirement about nodes', () => {
  const PATH = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]';
  const of = (term: NodeSelectorTerm): string[] =>
    complaints({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } } } });
  test.each<[string, Requirement, string[]]>([
    ['is one of some values', { key: 'a', operator: 'In', values: ['b'] }, []],
    ['has values to be in', { key: 'a', operator: 'NotIn' }, ["values: Required value: must be specified when `operator` is 'In' or 'NotIn'"]],
    [
      'has none to exist',
      { key: 'a', operator: 'DoesNotExist', values: ['b'] },
      ["values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'"],
    ],
    ['exists', { key: 'a', operator: 'Exists' }, []],
    [
      'is compared with one',
      { key: 'a', operator: 'Lt', values: ['1', '2'] },
      ["values: Required value: must be specified single value when `operator` is 'Lt' or 'Gt'"],
    ],
    ['is greater', { key: 'a', operator: 'Gt', values: ['1'] }, []],
    ['has an operator', { key: 'a', operator: 'Like' }, ['operator: Invalid value: "Like": not a valid selector operator']],
  ])('%s', (_sentence, requirement, expected) =>
    expect(of({ matchExpressions: [requirement] })).toEqual(expected.map((text) => `${PATH}.matchExpressions[0].${text}`)),
  );
  test.each<[string, Requirement, string[]]>([
    ['names one node', { key: 'metadata.name', operator: 'In', values: ['n'] }, []],
    [
      'names only one node',
      { key: 'metadata.name', operator: 'In', values: ['n', 'm'] },
      ["values: Required value: must be only one value when `operator` is 'In' or 'NotIn' for node field selector"],
    ],
    ['knows one field', { key: 'spec.x', operator: 'In', values: ['n'] }, ['key: Invalid value: "spec.x": not a valid field selector key']],
    ['compares fields for equality only', { key: 'metadata.name', operator: 'Exists' }, ['operator: Invalid value: "Exists": not a valid selector operator']],
  ])('%s', (_sentence, requirement, expected) => expect(of({ matchFields: [requirement] })).toEqual(expected.map((text) => `${PATH}.matchFields[0].${text}`)));
  test('has a weight from 1 to 100 when it is a wish', () => {
    const wish = (weight: number) =>
      complaints({ affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight, preference: {} }] } } });
    expect([wish(1), wish(100)]).toEqual([[], []]);
    expect([wish(0), wish(101)].flat()).toEqual(
      [0, 101].map(
        (weight) =>
          `spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: ${weight}: must be in the range 1-100`,
      ),
    );
  });
});

describe('a term about other pods', () => {
  const PATH = 'spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]';
  const of = (term: Partial<PodAffinityTerm>): string[] =>
    complaints({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', labelSelector: {}, ...term }] } } });
  test.each<[string, Partial<PodAffinityTerm>, string[]]>([
    ['is fine', { matchLabelKeys: ['a'], mismatchLabelKeys: ['b'], namespaces: ['n'] }, []],
    ['names namespaces', { namespaces: ['a.b'] }, ['namespace: Invalid value: "a.b": must not contain dots']],
    [
      'has keys for its selector',
      { labelSelector: undefined, matchLabelKeys: ['a'] },
      ['matchLabelKeys: Forbidden: must not be specified when labelSelector is not set'],
    ],
    [
      'does not match and mismatch',
      { matchLabelKeys: ['a'], mismatchLabelKeys: ['a'] },
      ['matchLabelKeys[0]: Invalid value: "a": exists in both matchLabelKeys and mismatchLabelKeys'],
    ],
  ])('%s', (_sentence, term, expected) => expect(of(term)).toEqual(expected.map((text) => `${PATH}.${text}`)));
  test('does not select by a key twice', () => {
    const matchExpressions = [{ key: 'a', operator: 'In', values: ['1'] }];
    expect(of({ matchLabelKeys: ['b', 'a'], labelSelector: { matchExpressions } })).toEqual([]);
    expect(of({ matchLabelKeys: ['b', 'a'], labelSelector: { matchLabels: { a: '1' }, matchExpressions } })).toEqual([
      `${PATH}[1]: Invalid value: "a": exists in both matchLabelKeys and labelSelector`,
    ]);
  });
});

describe('a toleration', () => {
  test.each<[string, Toleration, string[]]>([
    ['bears everything', { operator: 'Exists' }, []],
    ['bears one value', { key: 'a', value: 'b', effect: 'NoExecute', tolerationSeconds: 0 }, []],
    ['has a value that is a label', { key: 'a', value: '!' }, [expect.stringMatching(/^operator: Invalid value: "!": a valid label must be/)]],
    [
      'has no value for anything',
      { key: 'a', operator: 'Exists', value: 'b' },
      ['operator: Invalid value: "b": value must be empty when `operator` is \'Exists\''],
    ],
    ['has an operator', { key: 'a', operator: 'Like' }, ['operator: Unsupported value: "Like": supported values: "Equal", "Exists"']],
  ])('%s', (_sentence, toleration, expected) =>
    expect(complaints({ tolerations: [toleration] }).map((text) => text.replace('spec.tolerations[0].', ''))).toEqual(expected),
  );
});

describe('a spread', () => {
  const of = (...list: Partial<TopologySpreadConstraint>[]): string[] =>
    complaints({
      topologySpreadConstraints: list.map((more) => ({ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: {}, ...more })),
    });
  test.each<[string, Partial<TopologySpreadConstraint>, string[]]>([
    ['is fine', { minDomains: 1, nodeTaintsPolicy: 'Honor', matchLabelKeys: ['a'] }, []],
    ['needs a topology', { topologyKey: '' }, ['topologyKey: Required value: can not be empty']],
    ['has domains', { minDomains: 0 }, ['minDomains: Invalid value: 0: must be greater than zero']],
    [
      'counts domains only where it insists',
      { minDomains: 2, whenUnsatisfiable: 'ScheduleAnyway' },
      ['minDomains: Invalid value: 2: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway'],
    ],
    ['honours or ignores', { nodeAffinityPolicy: 'Love' }, ['nodeAffinityPolicy: Unsupported value: "Love": supported values: "Honor", "Ignore"']],
    [
      'has keys for its selector',
      { labelSelector: undefined, matchLabelKeys: ['a'] },
      ['matchLabelKeys: Forbidden: must not be specified when labelSelector is not set'],
    ],
    [
      'does not select by a key twice',
      { labelSelector: { matchLabels: { a: '1' } }, matchLabelKeys: ['a'] },
      ['matchLabelKeys[0]: Invalid value: "a": exists in both matchLabelKeys and labelSelector'],
    ],
  ])('%s', (_sentence, constraint, expected) => expect(of(constraint)).toEqual(expected.map((text) => `spec.topologySpreadConstraints[0].${text}`)));
  test('is said once', () => {
    expect(of({}, {})).toEqual(['spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{zone, DoNotSchedule}"']);
    expect(of({}, { whenUnsatisfiable: 'ScheduleAnyway' })).toEqual([]);
  });
});
