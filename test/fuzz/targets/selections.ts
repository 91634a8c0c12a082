import { kinds } from '#lib/api/kinds';
import type { KubeObject, LabelSelector } from '#lib/api/meta';
import { fromLabelSelector, printLabelSelector } from '#lib/api/validation/selectors';
import { kindFields } from '#lib/schema/managed/kind-fields';
import { negotiate, type Offer } from '#lib/schema/negotiate';
import { decodedPath, splitMoment, targetOf } from '../../../apps/api/http/target';
import { revisionOf, watchParameters } from '../../../apps/api/read/list-options';
import { selectionOf } from '../../../apps/api/read/selection';
import { garbled, objectOf, oddText, pick, type Random } from '../generate';
import { queryOf, PATHS } from '../requests';
import { takes, type Target } from '../target';

interface SelectionInput {
  readonly resource: string;
  readonly query: string;
  readonly selector: LabelSelector;
  readonly object: object;
}

/** Selectors and options of lists and watches are read or refused, and can be asked of any object. */
export const selections: Target<SelectionInput> = {
  name: 'selectors and options of lists and watches',
  share: 28,

  make(random) {
    const { resource, apiVersion, kind } = pick(random, kinds);
    const query = `${queryOf(random, 0.2)}&labelSelector=${encodeURIComponent(selectorText(random))}`;
    const expression = { key: oddText(random), operator: pick(random, ['In', 'NotIn', 'Exists', 'DoesNotExist']), values: [oddText(random)] };
    const selector = { matchLabels: { app: oddText(random) }, matchExpressions: [expression] };
    return {
      resource,
      query: random() < 0.8 ? query : garbled(random, query),
      selector,
      object: objectOf(random, { apiVersion, kind }, { name: 'a', labels: { app: oddText(random) } }),
    };
  },

  run({ resource, query, selector, object }) {
    const kind = kinds.find((each) => each.resource === resource) ?? (kinds[0] as (typeof kinds)[number]);
    const asked = new URLSearchParams(query);
    takes(() => fromLabelSelector(selector).matches({ app: 'web' }));
    takes(() => printLabelSelector(selector));
    takes(() => watchParameters(asked));
    takes(() => revisionOf(asked, 100));
    const whole = { ...kindFields(kind).empty, ...object } as KubeObject; // as it is after decoding
    return takes(() => selectionOf(kind, '', asked).matches(whole));
  },
};

const PIECES = ['app', 'x.io/a', '=', '==', '!=', '!', ' in ', ' notin ', '(', ')', ',', 'a', 'b', '>', '<', '5', ' ', 'ünï', '"', '\\', '/', ''];
const selectorText = (random: Random): string => Array.from({ length: Math.floor(random() * 9) }, () => pick(random, PIECES)).join('');

interface HeadInput {
  readonly path: string;
  readonly accept: string;
  readonly offer: Offer;
}

const ACCEPTS = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  '*/*',
  'text/*',
  ';as=Table',
  ';as=PartialObjectMetadata',
  ';v=v1',
  ';g=meta.k8s.io',
  ';stream=watch',
  ';q=0',
  ';q=x',
  ';profile=nopeer',
  ',',
  ';',
  '=',
  ' ',
  '"',
  'x',
];

/** Paths and Accept headers: what is asked for, and in which form. */
export const heads: Target<HeadInput> = {
  name: 'paths, moments of the past, Accept',
  share: 26,

  make(random) {
    const parts = [
      '',
      'api',
      'apis',
      'v1',
      'apps',
      'namespaces',
      'default',
      'pods',
      'a',
      'status',
      'log',
      'asof',
      '1',
      '2026-01-01T00:00:00Z',
      'proxy',
      'watch',
      '%2e%2e',
      '%',
      '%ff',
      '%00',
      '..',
      oddText(random),
    ];
    const path = random() < 0.3 ? pick(random, PATHS) : `/${Array.from({ length: Math.floor(random() * 10) }, () => pick(random, parts)).join('/')}`;
    const accept = Array.from({ length: Math.floor(random() * 7) }, () => pick(random, ACCEPTS)).join('');
    return { path: random() < 0.8 ? path : garbled(random, path), accept, offer: pick(random, ['all', 'text', 'watch', 'text watch', 'review'] as const) };
  },

  run({ path, accept, offer }) {
    takes(() => negotiate(accept, offer));
    return takes(() => targetOf(splitMoment(decodedPath(path)).path));
  },
};
