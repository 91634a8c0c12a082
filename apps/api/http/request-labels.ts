import type { CustomKinds } from '#lib/api/apiextensions/custom-kinds';
import type { Verb } from '#lib/api/kind';
import type { Exchange, Incoming } from './exchange';
import { labelsOfPath, type RequestLabels } from './metrics';
import type { ResourceTarget } from './resource';
import { decodedPath, splitMoment, targetOf } from './target';

/** What upstream's metrics call the verbs of RBAC. */
const VERBS: Readonly<Record<string, string>> = {
  create: 'POST',
  update: 'PUT',
  get: 'GET',
  list: 'LIST',
  watch: 'WATCH',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETECOLLECTION',
};

/** Of a request for a resource that is served. Mirrors CleanVerb, CleanScope and cleanDryRun of apiserver/pkg/endpoints/metrics. */
export function labelsOfRequest({ request, query }: Exchange, target: ResourceTarget, verb: Verb): RequestLabels {
  const { group, version, resource, subresource } = target;
  return {
    verb: patchOr(verb, request),
    group,
    version,
    resource,
    subresource,
    scope: scopeOf(target, verb),
    dryRun: query.get('dryRun') ? 'All' : '',
  };
}

function patchOr(verb: Verb, { headers }: Incoming): string {
  return verb === 'patch' && headers['content-type']?.startsWith('application/apply-patch') ? 'APPLY' : (VERBS[verb] ?? 'OTHER');
}

function scopeOf({ name, namespace }: ResourceTarget, verb: Verb): string {
  if (name !== '' || verb === 'create') return 'resource';
  return namespace === '' ? 'cluster' : 'namespace';
}

/** Of a request that an extension server answers: which resources it has is its own affair. */
export const labelsOfRemote = ({ query }: Exchange, target: ResourceTarget, verb: Verb | '', lasts: boolean): RequestLabels => ({
  verb: lasts ? 'CONNECT' : verb === '' ? 'OTHER' : (VERBS[verb] ?? 'OTHER'),
  group: target.group,
  version: target.version,
  resource: '',
  subresource: '',
  scope: verb === '' ? '' : scopeOf(target, verb),
  dryRun: query.get('dryRun') ? 'All' : '',
  component: 'aggregator',
});

/** Of one that was refused before it was known what it asks for; with the resource, if there is such a one. */
export function labelsOfRefused(request: Incoming, kinds: CustomKinds): RequestLabels {
  const { method = 'OTHER', url = '/' } = request;
  const unknown = labelsOfPath(method, '');
  try {
    const target = targetOf(splitMoment(decodedPath(url.replace(/\?.*/s, ''))).path);
    if (target.what === 'path') return unknown;
    const kind = kinds.kindOfPath(target.group, target.version, target.resource);
    if (!kind) return unknown;
    const [group, version, resource, isOne] = [kind.group, kind.version, kind.plural, target.name !== ''];
    const verb = unknown.verb === 'GET' && !isOne ? 'LIST' : unknown.verb === 'DELETE' && !isOne ? 'DELETECOLLECTION' : unknown.verb;
    return {
      ...unknown,
      verb,
      group,
      version,
      resource,
      scope: isOne || verb === 'POST' ? 'resource' : target.namespace === '' ? 'cluster' : 'namespace',
    };
  } catch {
    return unknown;
  }
}
