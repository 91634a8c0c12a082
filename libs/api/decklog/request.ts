import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';

/** A request to the API as it was recorded. */
export interface RequestSpec {
  readonly level: 'Metadata' | 'Request';
  /** '' when it is not known who asked. */
  readonly user: string;
  readonly groups: readonly string[];
  readonly impersonatedBy?: string;
  readonly userAgent?: string;
  readonly address?: string;
  readonly command?: string;
  readonly verb: string;
  /** `pods`, `deployments.apps`; absent when a path was asked for. */
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly path: string;
  /** The revision of the world that it was judged against. */
  readonly revision: number;
}

/** What became of it. */
export interface RequestStatus {
  readonly code: number;
  readonly verdict: 'allowed' | 'unknown' | 'denied' | 'refused' | 'failed';
  readonly reason?: string;
  readonly message?: string;
  readonly tookMilliseconds: number;
}

/** One request; its name is the audit id, which the entries that it wrote have too. */
export interface Request extends KubeObject {
  readonly kind: 'Request';
  readonly spec: RequestSpec;
  readonly status: RequestStatus;
}

/**
 * The record of requests for `kubectl get requests.decklog.dev`: a view of what the audit policy had recorded, refusals too. A list has the
 * newest 500 (or `--chunk-size`), the newest last. What was sent is not shown: `decklog audit -o json` has it. Ours; upstream keeps audit
 * in files.
 */
export const Request = defineKind<Request>({
  group: 'decklog.dev',
  version: 'v1',
  kind: 'Request',
  plural: 'requests',
  scope: 'Cluster',
  verbs: ['get', 'list'],
  view: true,
  selectableFields: {
    user: ({ spec }) => spec.user,
    verb: ({ spec }) => spec.verb,
    resource: ({ spec }) => spec.resource ?? '',
    namespace: ({ spec }) => spec.namespace ?? '',
    name: ({ spec }) => spec.name ?? '',
    verdict: ({ status }) => status.verdict,
    code: ({ status }) => String(status.code),
  },
  columns: [
    NAME,
    { name: 'By', type: 'string', value: ({ spec }) => spec.user || '<unknown>' },
    { name: 'Verb', type: 'string', value: ({ spec }) => spec.verb },
    { name: 'Object', type: 'string', value: ({ spec }) => objectOf(spec) },
    { name: 'Code', type: 'integer', value: ({ status }) => status.code },
    { name: 'Verdict', type: 'string', value: ({ status }) => status.verdict },
    { name: 'Message', type: 'string', priority: 1, value: ({ status }) => status.message ?? '' },
    AGE,
  ],
});

const objectOf = ({ resource, subresource, namespace, name, path }: RequestSpec): string =>
  resource ? [namespace, resource, name, subresource].filter(Boolean).join('/') : path;
