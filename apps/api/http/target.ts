import { badRequest } from '#lib/api/errors';

/** What a path asks for. */
export type Target =
  | { readonly what: 'path'; readonly path: string }
  | {
      readonly what: 'resource';
      readonly group: string;
      readonly version: string;
      /** '' for all namespaces and for cluster-scoped resources. */
      readonly namespace: string;
      readonly resource: string;
      /** '' for the collection. */
      readonly name: string;
      readonly subresource: string;
      /** The deprecated `/watch/` form of a path. */
      readonly watch: boolean;
    };

/** Parts of a namespace itself, which stand where a resource would. */
const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

/** Reads a decoded path without its query. Mirrors apiserver/pkg/endpoints/request/requestinfo.go. */
export function targetOf(path: string): Target {
  const parts = path.replace(/^\/+|\/+$/g, '').split('/');
  if (parts.includes('')) return { what: 'path', path };
  if (parts[0] === 'api' && parts.length >= 3) return resourceTarget('', parts[1] as string, parts.slice(2));
  if (parts[0] === 'apis' && parts.length >= 4) return resourceTarget(parts[1] as string, parts[2] as string, parts.slice(3));
  return { what: 'path', path };
}

function resourceTarget(group: string, version: string, rest: string[]): Target {
  const watch = rest[0] === 'watch' && rest.length > 1;
  const parts = watch ? rest.slice(1) : rest;
  let namespace = '';
  if (parts[0] === 'namespaces' && parts.length > 2 && !(parts.length === 3 && NAMESPACE_SUBRESOURCES.has(parts[2] as string))) {
    namespace = parts[1] as string;
    parts.splice(0, 2);
  }
  const [resource = '', name = '', ...sub] = parts;
  return { what: 'resource', group, version, namespace, resource, name, subresource: sub.join('/'), watch };
}

/** The path as it is meant: `%2F` is a slash like any other, as in Go. @throws ApiError 400. */
export function decodedPath(raw: string): string {
  const path = raw.replace(/^https?:\/\/[^/]*/, '') || '/';
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    throw badRequest(`parse ${JSON.stringify(path)}: invalid URL escape`);
  }
}

/** `/asof/1200/api/v1/pods` → the moment and the path below it. */
export function splitMoment(path: string): { moment: string | undefined; path: string } {
  const match = /^\/asof\/([^/]+)(\/.*)?$/.exec(path);
  return match ? { moment: match[1], path: match[2] ?? '/' } : { moment: undefined, path };
}

const ASOF = '.asof.decklog';

/** Each moment is also a TLS server name: `1200.asof.decklog` (for a time, with `-` in place of `:`). */
export function momentOfServerName(name: string | false | null | undefined): string | undefined {
  if (typeof name !== 'string' || name.length <= ASOF.length || name.slice(-ASOF.length).toLowerCase() !== ASOF) return undefined;
  const match = /^([^.]+)\.asof\.decklog$/i.exec(name);
  if (!match) return undefined;
  return (match[1] as string).toUpperCase().replace(/T(\d\d)-(\d\d)-(\d\d)/, 'T$1:$2:$3');
}
