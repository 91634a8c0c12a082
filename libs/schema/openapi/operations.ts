import type { DiscoveredResource, DiscoveredSubresource, ResponseKind } from '#lib/schema/discovery/resources';
import { typeTable, type StructType } from '#lib/schema/types';
import { customStruct } from './custom';

export type Method = 'get' | 'put' | 'post' | 'patch' | 'delete';

/** One thing that can be asked of one path, in words that both versions of OpenAPI are written from. */
export interface Operation {
  readonly path: string;
  readonly method: Method;
  /** `x-kubernetes-action` */
  readonly action: string;
  readonly id: string;
  readonly tag: string;
  readonly description: string;
  readonly kind: ResponseKind;
  /** What the client sends. A patch has no type of its own. */
  readonly body?: StructType | 'patch';
  /** Forms of a patch; all when absent. */
  readonly patchTypes?: readonly string[];
  /** What comes back; a string for logs. */
  readonly result: StructType | 'string';
  /** Names of query parameters. */
  readonly query: readonly string[];
  /** Names of the parts of the path in braces. */
  readonly inPath: readonly string[];
}

const LIST = [
  'allowWatchBookmarks',
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'timeoutSeconds',
  'watch',
];
const WRITE = ['dryRun', 'fieldManager', 'fieldValidation'];
const DELETE = ['dryRun', 'gracePeriodSeconds', 'orphanDependents', 'propagationPolicy'];
const LOG = ['container', 'follow', 'limitBytes', 'previous', 'sinceSeconds', 'tailLines', 'timestamps'];

/** Every operation on a resource and its subresources, from its verbs. */
export function operationsOf(resource: DiscoveredResource): Operation[] {
  const at = new Place(resource);
  const own = ownStruct(resource);
  if (!own) return [];
  return [
    ...collectionOperations(resource, at, own),
    ...itemOperations(resource, at, own),
    ...resource.subresources.flatMap((sub) => subresourceOperations(resource, sub, at)),
  ];
}

/** Where a resource lives, and what its operations are called. */
class Place {
  readonly root: string;
  readonly tag: string;
  private readonly scope: string;
  private readonly prefix: string;

  constructor(readonly resource: DiscoveredResource) {
    const { group, version } = resource.responseKind;
    this.root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const words = (group === '' ? 'core' : group.replace(/\.k8s\.io$/, '')).split('.');
    this.prefix = [...words, version].map(capital).join('');
    this.tag = `${words[0]}${words.slice(1).map(capital).join('')}_${version}`;
    this.scope = resource.namespaced ? 'Namespaced' : '';
  }

  get collection(): string {
    return `${this.root}${this.resource.namespaced ? '/namespaces/{namespace}' : ''}/${this.resource.plural}`;
  }

  id(verb: string, suffix = ''): string {
    return `${verb}${this.prefix}${this.scope}${this.resource.responseKind.kind}${suffix}`;
  }

  idOfCollection(): string {
    return `delete${this.prefix}Collection${this.scope}${this.resource.responseKind.kind}`;
  }

  idForAllNamespaces(): string {
    return `list${this.prefix}${this.resource.responseKind.kind}ForAllNamespaces`;
  }
}

function collectionOperations(resource: DiscoveredResource, at: Place, own: StructType): Operation[] {
  const { verbs, namespaced, responseKind: kind } = resource;
  const list = (resource.served?.schema ? customStruct(resource.served).list : structOf({ ...kind, kind: `${kind.kind}List` })) ?? own;
  const common = { kind, tag: at.tag, path: at.collection, inPath: namespaced ? ['namespace'] : [] };
  const found: Operation[] = [];
  if (verbs.includes('list')) {
    found.push({
      ...common,
      method: 'get',
      action: 'list',
      id: at.id('list'),
      description: `list or watch objects of kind ${kind.kind}`,
      result: list,
      query: LIST,
    });
    if (namespaced) {
      const path = `${at.root}/${resource.plural}`;
      found.push({
        ...found[0]!,
        path,
        inPath: [],
        id: at.idForAllNamespaces(),
        description: `list or watch objects of kind ${kind.kind} in all namespaces`,
      });
    }
  }
  if (verbs.includes('create')) {
    found.push({
      ...common,
      method: 'post',
      action: 'post',
      id: at.id('create'),
      description: `create a ${kind.kind}`,
      body: own,
      result: own,
      query: WRITE,
    });
  }
  if (verbs.includes('deletecollection')) {
    const description = `delete all objects of kind ${kind.kind} that match`;
    const query = [...LIST.filter((name) => name !== 'watch' && name !== 'allowWatchBookmarks'), ...DELETE];
    found.push({
      ...common,
      method: 'delete',
      action: 'deletecollection',
      id: at.idOfCollection(),
      description,
      body: metav1('DeleteOptions'),
      result: metav1('Status'),
      query,
    });
  }
  return found;
}

function itemOperations(resource: DiscoveredResource, at: Place, own: StructType): Operation[] {
  const { verbs, namespaced, responseKind: kind } = resource;
  const common = {
    ...patchTypesOf(resource),
    kind,
    tag: at.tag,
    path: `${at.collection}/{name}`,
    inPath: namespaced ? ['name', 'namespace'] : ['name'],
    result: own,
  };
  const found: Operation[] = [];
  if (verbs.includes('get'))
    found.push({ ...common, method: 'get', action: 'get', id: at.id('read'), description: `read the specified ${kind.kind}`, query: [] });
  if (verbs.includes('update'))
    found.push({
      ...common,
      method: 'put',
      action: 'put',
      id: at.id('replace'),
      description: `replace the specified ${kind.kind}`,
      body: own,
      query: WRITE,
    });
  if (verbs.includes('patch'))
    found.push({
      ...common,
      method: 'patch',
      action: 'patch',
      id: at.id('patch'),
      description: `partially update the specified ${kind.kind}`,
      body: 'patch',
      query: [...WRITE, 'force'],
    });
  if (verbs.includes('delete')) {
    found.push({
      ...common,
      method: 'delete',
      action: 'delete',
      id: at.id('delete'),
      description: `delete a ${kind.kind}`,
      body: metav1('DeleteOptions'),
      result: metav1('Status'),
      query: DELETE,
    });
  }
  return found;
}

const METHOD_OF: Readonly<Record<string, readonly [Method, string]>> = {
  get: ['get', 'read'],
  update: ['put', 'replace'],
  patch: ['patch', 'patch'],
  create: ['post', 'create'],
};

function subresourceOperations(resource: DiscoveredResource, sub: DiscoveredSubresource, at: Place): Operation[] {
  const struct = sub.responseKind === resource.responseKind ? ownStruct(resource) : structOf(sub.responseKind);
  if (!struct) return [];
  const isLog = sub.name === 'log';
  return sub.verbs.map((verb) => {
    const [method, word] = METHOD_OF[verb]!;
    return {
      path: `${at.collection}/{name}/${sub.name}`,
      method,
      action: method,
      id: at.id(word, capital(sub.name)),
      tag: at.tag,
      ...(isLog ? {} : patchTypesOf(resource)),
      description: `${word} ${sub.name} of the specified ${resource.responseKind.kind}`,
      kind: sub.responseKind,
      ...(method === 'put' || method === 'post' ? { body: struct } : method === 'patch' ? { body: 'patch' as const } : {}),
      result: isLog ? ('string' as const) : struct,
      query: isLog ? LOG : method === 'get' ? [] : method === 'patch' ? [...WRITE, 'force'] : WRITE,
      inPath: resource.namespaced ? ['name', 'namespace'] : ['name'],
    };
  });
}

const ownStruct = ({ served, responseKind }: DiscoveredResource): StructType | undefined =>
  served?.schema ? customStruct(served).own : structOf(responseKind);
const structOf = ({ group, version, kind }: ResponseKind): StructType | undefined =>
  typeTable().ofKind(group === '' ? version : `${group}/${version}`, kind);
const metav1 = (name: string): StructType => typeTable().byId(`meta/v1.${name}`);
const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** What the parameters mean; all are strings where no other type is named. */
export const PARAMETERS: Readonly<Record<string, { readonly type?: 'boolean' | 'integer'; readonly description: string }>> = {
  allowWatchBookmarks: { type: 'boolean', description: 'Ask for events of type BOOKMARK in a watch.' },
  container: { description: 'The container whose log is wanted. May be left out when the pod has only one.' },
  continue: { description: 'The token that came with the previous part of a list.' },
  dryRun: { description: 'With the value All nothing is stored, but every check is made.' },
  fieldManager: { description: 'The name of the actor that makes the change, at most 128 printable characters.' },
  fieldSelector: { description: 'Restricts the answer by fields of the objects. Default: everything.' },
  fieldValidation: { description: 'What happens to unknown and doubled fields: Ignore, Warn (the default) or Strict.' },
  follow: { type: 'boolean', description: 'Keep the log open and send what is written from now on.' },
  force: { type: 'boolean', description: 'Take over fields that other managers own. Only for apply patches.' },
  gracePeriodSeconds: {
    type: 'integer',
    description: 'Seconds before the object is deleted; zero is at once. Default: what the kind asks for.',
  },
  labelSelector: { description: 'Restricts the answer by labels of the objects. Default: everything.' },
  limit: { type: 'integer', description: 'The most objects to send at once. The answer has a continue token when there are more.' },
  limitBytes: { type: 'integer', description: 'The most bytes of the log to send.' },
  name: { description: 'Name of the object.' },
  namespace: { description: 'Namespace of the object.' },
  orphanDependents: { type: 'boolean', description: 'Deprecated: use propagationPolicy.' },
  pretty: { description: 'With the value true the answer is indented.' },
  previous: { type: 'boolean', description: 'The log of the previous run of the container.' },
  propagationPolicy: { description: 'What happens to the objects that this one owns: Orphan, Background or Foreground.' },
  resourceVersion: { description: 'The version that the answer must be at, or not be older than.' },
  resourceVersionMatch: { description: 'How resourceVersion is meant: Exact or NotOlderThan.' },
  sendInitialEvents: { type: 'boolean', description: 'Begin a watch with the objects that are there, then a bookmark.' },
  sinceSeconds: { type: 'integer', description: 'Only what was logged in the last so many seconds.' },
  tailLines: { type: 'integer', description: 'Only the last so many lines of the log.' },
  timeoutSeconds: { type: 'integer', description: 'Ends a list or watch after this time.' },
  timestamps: { type: 'boolean', description: 'Begin each line with the time it was logged at.' },
  watch: { type: 'boolean', description: 'Send changes as they happen.' },
};

/** Media types of patches, in upstream's order. */
export const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];
/** Custom resources do not say how their lists are merged, so there is no strategic merge. */
const patchTypesOf = ({ served }: DiscoveredResource): Pick<Operation, 'patchTypes'> =>
  served?.schema ? { patchTypes: PATCH_TYPES.filter((type) => !type.includes('strategic')) } : {};

/** Media types of bodies that are sent. */
export const BODY_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
/** Media types of answers. */
export const ANSWER_TYPES = ['application/json', 'application/yaml'];
