import type { AnyKind } from '#lib/api/kind';
import { kinds } from '#lib/api/kinds';
import { reviewKinds } from '#lib/api/reviews';
import { PROTOBUF_TYPE } from '#lib/schema/decode/body';
import { stringify } from 'yaml';
import type { Asked } from '../support/ask';
import { customKinds, customObject } from './custom';
import { garbled, mutated, objectOf, oddText, oddValue, pick, type Random } from './generate';
import { messageOf } from './message';

/** Names that requests are about: few, so that many of them meet. */
const NAMES = ['a', 'b', 'web'];
const NAMESPACES = [...Array.from({ length: 20 }, () => 'default'), 'other', 'other', 'nowhere'];

/** One request, as wild as can be; the same random numbers give the same. */
export function request(random: Random): Asked {
  const kind = random() < 0.12 ? pick(random, customKinds) : pick(random, kinds);
  const what = random();
  if (what < 0.35) return create(random, kind);
  if (what < 0.5) return update(random, kind);
  if (what < 0.7) return patch(random, kind);
  if (what < 0.8) return remove(random, kind);
  if (what < 0.85) return subresource(random);
  if (what < 0.88) return ask(random);
  if (what < 0.97) return read(random, kind);
  return anything(random);
}

const pathOf = (kind: AnyKind, namespace: string, name = ''): string =>
  [
    kind.group === '' ? '/api/v1' : `/apis/${kind.apiVersion}`,
    ...(kind.namespaced ? ['namespaces', namespace] : []),
    kind.plural,
    ...(name === '' ? [] : [escaped(name)]),
  ].join('/');

/** What goes over the line: a message stands as text in a request, a byte a character. */
export function onTheWire(asked: Asked): Asked {
  const isMessage = typeof asked.body === 'string' && asked.headers?.['content-type'] === PROTOBUF_TYPE;
  return isMessage ? { ...asked, body: Buffer.from(asked.body as string, 'latin1') } : asked;
}

const isCustom = ({ group }: AnyKind): boolean => group === 'fuzz.io';

/** An object of a kind, built in or not. */
const made = (random: Random, kind: AnyKind, metadata: object): Record<string, unknown> =>
  isCustom(kind) ? customObject(random, kind, metadata) : objectOf(random, kind, metadata);

/** A lone half of a character cannot be part of a path. */
const escaped = (text: string): string => encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, ''));

const nameOf = (random: Random): string => (random() < 0.9 ? pick(random, NAMES) : oddText(random));

/** JSON most of the time, YAML and protobuf now and then, garbled now and then. */
function bodyOf(random: Random, value: unknown): { body: string; headers: Record<string, string> } {
  if (random() < 0.08) {
    const message = messageOf(value as Record<string, unknown>);
    return { body: random() < 0.8 ? message : garbled(random, message), headers: { 'content-type': PROTOBUF_TYPE } };
  }
  const wild = random() < 0.7 ? value : mutated(random, value);
  if (random() < 0.06) return { body: random() < 0.5 ? stringify(wild) : garbled(random, stringify(wild)), headers: { 'content-type': 'application/yaml' } };
  const text = JSON.stringify(wild) ?? '';
  const type =
    random() < 0.97
      ? 'application/json'
      : pick(random, ['', 'text/plain', 'application/vnd.kubernetes.protobuf', 'application/yaml', ';', 'application/json; charset=latin1']);
  return { body: random() < 0.93 ? text : garbled(random, text), headers: { 'content-type': type } };
}

const METADATA = { labels: { app: 'web' }, annotations: { a: 'b' } };

function metadataOf(random: Random, name: string): object {
  const what = random();
  if (what < 0.1) return { generateName: `${name}-` };
  if (what < 0.6) return { name };
  return { name, ...METADATA, ...(random() < 0.3 && { finalizers: ['x.io/a'] }), ...(random() < 0.1 && { resourceVersion: '1' }) };
}

function create(random: Random, kind: AnyKind): Asked {
  const object = made(random, kind, metadataOf(random, nameOf(random)));
  return { method: 'POST', path: pathOf(kind, pick(random, NAMESPACES)) + queryOf(random), ...withHeaders(random, bodyOf(random, object)) };
}

function update(random: Random, kind: AnyKind): Asked {
  const name = nameOf(random);
  const below = belowOf(random, kind);
  const object = below === '/scale' ? objectOf(random, SCALE, { name }) : made(random, kind, metadataOf(random, name));
  return { method: 'PUT', path: pathOf(kind, pick(random, NAMESPACES), name) + below + queryOf(random), ...withHeaders(random, bodyOf(random, object)) };
}

const SCALE = { apiVersion: 'autoscaling/v1', kind: 'Scale' };

/** The object itself most of the time, else one of its parts, now and then one that it does not have. */
function belowOf(random: Random, kind: AnyKind): string {
  if (random() < 0.75) return '';
  return `/${random() < 0.85 && kind.subresources.length > 0 ? pick(random, kind.subresources) : pick(random, ['status', 'scale', 'finalize', 'resize', 'ephemeralcontainers', 'approval', 'log', 'proxy', 'x'])}`;
}

export const PATCHES = [
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/json-patch+json',
  'application/apply-patch+yaml',
];

function patch(random: Random, kind: AnyKind): Asked {
  const name = nameOf(random);
  const type = pick(random, PATCHES);
  const below = belowOf(random, kind);
  const metadata = random() < 0.7 ? {} : metadataOf(random, name);
  const object = below === '/scale' ? objectOf(random, SCALE, metadata) : made(random, kind, metadata);
  const body = patchBody(random, type, object);
  const query = queryOf(random);
  const asManager =
    type.includes('apply') && random() < 0.8
      ? `${query === '' ? '?' : `${query}&`}fieldManager=${pick(random, ['me', 'you'])}${random() < 0.5 ? '&force=true' : ''}`
      : query;
  return { method: 'PATCH', path: pathOf(kind, pick(random, NAMESPACES), name) + below + asManager, body, headers: { 'content-type': type } };
}

/** A patch of a type, made from an object of the kind. */
export function patchBody(random: Random, type: string, object: Record<string, unknown>): string {
  const { body, headers } = bodyOf(random, type.includes('json-patch') ? operations(random, object) : directed(random, object));
  return headers['content-type'] === PROTOBUF_TYPE ? JSON.stringify(object) : body;
}

/** RFC 6902, more or less. */
function operations(random: Random, object: Record<string, unknown>): object[] {
  const pointer = (): string => {
    if (random() < 0.4) return pointerInto(random, object);
    const keys = [
      '',
      ...Object.keys(object),
      'metadata/labels/app',
      'metadata/labels',
      'metadata/annotations/x.io~1a',
      'metadata/labels/~0~1',
      'metadata/finalizers/01',
      'spec/replicas',
      'spec/containers/0',
      'spec/containers/-',
      'spec/containers/-1',
      'spec/parts/0/name',
      'data/a',
      '~',
      '~2',
      '~01',
      '__proto__',
      'constructor/prototype',
    ];
    return random() < 0.1 ? oddText(random) : `/${pick(random, keys)}`;
  };
  return Array.from({ length: Math.floor(random() * 4) }, () => ({
    op: pick(random, ['add', 'remove', 'replace', 'move', 'copy', 'test', 'jump']),
    path: pointer(),
    ...(random() < 0.8 && { value: oddValue(random) }),
    ...(random() < 0.4 && { from: pointer() }),
  }));
}

/** The place of something that is there, however deep. */
function pointerInto(random: Random, value: unknown): string {
  if (typeof value !== 'object' || value === null || random() < 0.15) return '';
  const keys = Object.keys(value);
  if (keys.length === 0) return '/a';
  const key = pick(random, keys);
  return `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}${pointerInto(random, (value as Record<string, unknown>)[key])}`;
}

/** Directives of strategic merge patches, wherever they fall. */
function directed(random: Random, object: Record<string, unknown>): Record<string, unknown> {
  if (random() < 0.6) return object;
  const spec = (object.spec ?? {}) as Record<string, unknown>;
  const directive = pick(random, [
    { $patch: pick(random, ['delete', 'replace', 'merge', 'x']) },
    { $retainKeys: ['a', 'strategy'] },
    { '$setElementOrder/containers': [{ name: 'a' }, { name: 'b' }] },
    { '$deleteFromPrimitiveList/finalizers': ['x.io/a'] },
    { '$setElementOrder/finalizers': oddValue(random) },
    { containers: [{ name: 'a', $patch: 'delete' }, { $patch: 'replace' }] },
  ]);
  return random() < 0.5 ? { ...object, ...directive } : { ...object, spec: { ...spec, ...directive } };
}

function remove(random: Random, kind: AnyKind): Asked {
  const name = random() < 0.85 ? nameOf(random) : '';
  const options = {
    gracePeriodSeconds: pick(random, [0, 1, 30, -1, 1e15]),
    propagationPolicy: pick(random, ['Orphan', 'Foreground', 'Background', 'X']),
    preconditions: { uid: 'x' },
  };
  const some = Object.fromEntries(Object.entries(options).filter(() => random() < 0.3));
  const path = pathOf(kind, pick(random, NAMESPACES), name) + queryOf(random);
  return random() < 0.5 ? { method: 'DELETE', path } : { method: 'DELETE', path, ...bodyOf(random, some) };
}

function subresource(random: Random): Asked {
  const name = nameOf(random);
  const at = escaped(name);
  const [path, type, metadata] = pick(random, [
    [`/api/v1/namespaces/default/pods/${at}/binding`, { apiVersion: 'v1', kind: 'Binding' }, { name }],
    [`/api/v1/namespaces/default/pods/${at}/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction' }, { name }],
    [`/api/v1/namespaces/default/serviceaccounts/${at}/token`, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' }, {}],
    [`/apis/apps/v1/namespaces/default/deployments/${at}/scale`, SCALE, { name }],
    [`/apis/fuzz.io/v1/namespaces/default/widgets/${at}/scale`, SCALE, { name }],
    [`/api/v1/namespaces/${at}/finalize`, { apiVersion: 'v1', kind: 'Namespace' }, { name }],
    [
      `/apis/certificates.k8s.io/v1/certificatesigningrequests/${at}/approval`,
      { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest' },
      { name },
    ],
    [`/api/v1/namespaces/default/pods/${at}/resize`, { apiVersion: 'v1', kind: 'Pod' }, { name }],
    [`/api/v1/namespaces/default/pods/${at}/ephemeralcontainers`, { apiVersion: 'v1', kind: 'Pod' }, { name }],
  ] as const);
  return { method: /binding|eviction|token/.test(path) ? 'POST' : 'PUT', path: path + queryOf(random), ...bodyOf(random, objectOf(random, type, metadata)) };
}

function ask(random: Random): Asked {
  const { group, version, kind, plural } = pick(random, reviewKinds);
  return { path: `/apis/${group}/${version}/${plural}`, ...bodyOf(random, objectOf(random, { apiVersion: `${group}/${version}`, kind }, {})) };
}

function read(random: Random, kind: AnyKind): Asked {
  const name = random() < 0.3 ? nameOf(random) : '';
  const past = random() < 0.1 ? `/asof/${escaped(pick(random, MOMENTS))}` : '';
  const below = name === '' ? '' : belowOf(random, kind);
  const accept = random() < 0.4 && { headers: { accept: pick(random, HEADERS.accept as readonly string[]) } };
  return { path: past + pathOf(kind, pick(random, NAMESPACES), name) + below + queryOf(random), ...withHeaders(random, { ...accept }) };
}

const MOMENTS = ['1', '40', '0', '-1', '99999999', '1h', '5m30s', 'now', '2026-01-01T00:00:00Z', '2026-13-01', '1e3', '9999999999999999999', 'x', '%', ' '];

export const PATHS = [
  '/',
  '/api',
  '/apis',
  '/apis/',
  '/api/v1',
  '/apis/apps',
  '/apis/apps/v1',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/api/v1',
  '/version',
  '/healthz',
  '/readyz?verbose',
  '/metrics',
  '/asof/1/api/v1/pods',
  '/asof/x/api',
  '/decklog/v1/log?limit=5',
  '/decklog/v1/why',
  '/decklog/v1/head',
];

function anything(random: Random): Asked {
  const path = random() < 0.5 ? pick(random, PATHS) : `/${Array.from({ length: Math.floor(random() * 7) }, () => escaped(oddText(random))).join('/')}`;
  return { method: pick(random, ['GET', 'GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'OPTIONS']), path, ...withHeaders(random, {}) };
}

const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  limit: ['0', '1', '2', '-1', 'x', '1e3'],
  continue: [
    'x',
    'eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6NSwic3RhcnQiOiJhIn0',
    'bnVsbA',
    'e30',
    'W10',
    'eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTEsInN0YXJ0IjoiYSJ9',
  ],
  resourceVersion: ['0', '1', '50', 'x', '-1', '99999999999', '1e3'],
  resourceVersionMatch: ['Exact', 'NotOlderThan', 'x', ''],
  labelSelector: ['app=web', 'app in (a,b)', '!app', 'a=b,', '((', 'app notin ()', 'a>1', 'a==b=c', '!', ',', 'x in'],
  fieldSelector: [
    'metadata.name=a',
    'metadata.name!=a',
    'spec.nodeName=',
    'status.phase=Running',
    'x=y',
    '=',
    'a\\',
    'a=b\\,c',
    '!=',
    'metadata.name=a,metadata.name=b',
  ],
  dryRun: ['All', 'All', '', 'x'],
  fieldManager: ['me', 'x'.repeat(200), '\u0001', ''],
  fieldValidation: ['Strict', 'Warn', 'Ignore', 'x'],
  force: ['true', ''],
  gracePeriodSeconds: ['0', '5', 'x', ''],
  propagationPolicy: ['Orphan', 'Foreground', 'x', ''],
  orphanDependents: ['true', 'x', ''],
  pretty: ['true', 'false', 'x'],
  includeObject: ['None', 'Object', 'x'],
  sendInitialEvents: ['true', 'false', 'x'],
  timeoutSeconds: ['1', 'x', '-1'],
  timeout: ['1s', 'x', '5'],
};

/** Each parameter with this probability. */
export function queryOf(random: Random, probability = 0.06): string {
  const chosen = Object.entries(PARAMETERS).filter(() => random() < probability);
  const parts = chosen.map(([name, values]) => `${name}=${escaped(random() < 0.9 ? pick(random, values) : oddText(random))}`);
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

const HEADERS: Readonly<Record<string, readonly string[]>> = {
  accept: [
    'application/vnd.kubernetes.protobuf',
    'application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
    'application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json',
    'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
    'application/yaml;as=Table;v=v1;g=meta.k8s.io',
    'application/json',
    'application/yaml',
    '*/*',
    'text/html',
    ';;',
    'application/json;as=Table;g=meta.k8s.io;v=v1',
    'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    'application/json;q=x,*/*;q=0.1',
    'application/json;as=Table;v=v1;g=meta.k8s.io;as=x',
  ],
  'impersonate-user': ['bob', 'system:serviceaccount:a:b', 'system:serviceaccount:', ''],
  'impersonate-group': ['system:masters', 'x', ''],
  'impersonate-extra-%zz': ['a'],
  'audit-id': ['x', 'x'.repeat(200), 'ä'],
  traceparent: ['00-x', 'x'.repeat(3000)],
  'user-agent': ['', 'curl/8', '/', 'x'.repeat(3000)],
  'accept-encoding': ['gzip', 'gzip;q=0', '*'],
  range: ['bytes=0-1', 'bytes=-1', 'x'],
  'content-encoding': ['gzip', 'x'],
  'x-remote-user': ['admin'],
  'x-forwarded-for': ['1.1.1.1', 'x'.repeat(500)],
  authorization: ['Bearer x', 'Bearer ', 'Basic eDp5', 'x'],
  expect: ['100-continue', 'x'],
  'impersonate-uid': ['x', ''],
  'impersonate-extra-scopes': ['a', ''],
  'if-none-match': ['*', '"x"', ''],
  'kubectl-command': ['kubectl apply', 'x'.repeat(3000)],
};

function withHeaders<A extends { headers?: Record<string, string> }>(random: Random, asked: A): A & { headers: Record<string, string> } {
  const more = Object.fromEntries(
    Object.entries(HEADERS)
      .filter(() => random() < 0.04)
      .map(([name, values]) => [name, pick(random, values)]),
  );
  return { ...asked, headers: { ...more, ...asked.headers } };
}
