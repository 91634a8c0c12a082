import { importsOf } from './imports';
import { isTest, type Source } from './sources';

/** Which libraries a library may know, besides itself. */
const KNOWS: Readonly<Record<string, readonly string[]>> = {
  api: [],
  reconcile: ['api'],
  schema: ['api'],
  cel: ['api'],
  log: ['api', 'reconcile'],
  bus: ['api'],
  client: ['api'],
  embedded: [],
  pki: [],
  loading: [],
  runtime: ['api', 'reconcile', 'schema', 'log', 'bus', 'client', 'loading'],
};

/**
 * Composition roots: the only files that know several apps. One hosts all in one process, one serves a bundle, one makes decisions again,
 * one lists the controllers.
 */
const ROOTS = new Set(['apps/cli/up/cluster.ts', 'apps/cli/bundle/serve.ts', 'apps/cli/replay/candidates.ts', 'apps/controllers.ts']);

/** Imports that go against the layers: apps → libs/runtime → libs/log, libs/bus → libs/reconcile → libs/api. */
export function againstTheLayers(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => !isTest(path))
    .flatMap((source) =>
      importsOf(source)
        .flatMap(({ target }) => (target ? [problem(source.path, target)] : []))
        .filter((text) => text !== undefined),
    );
}

function problem(from: string, to: string): string | undefined {
  const [fromTop, fromPart = ''] = from.split('/');
  const [toTop, toPart = ''] = to.split('/');
  if (toTop === '..') return `${from} imports ${to}, outside the repository`;
  if (toTop === 'test') return `${from} imports ${to}: only tests import tests`;
  if (from.startsWith('libs/log/') && toTop === 'migrations') return undefined; // the log owns the schema
  if (fromTop === 'libs') {
    if (toTop !== 'libs') return `${from} imports ${to}: a library knows no app; turn the dependency round`;
    if (fromPart === toPart || KNOWS[fromPart]?.includes(toPart)) return undefined;
    return `${from} imports ${to}: libs/${fromPart} may know ${['itself', ...(KNOWS[fromPart] ?? [])].join(', ')} (test/house/layers.ts)`;
  }
  if (fromTop === 'apps' && toTop === 'apps' && fromPart !== toPart && !ROOTS.has(from)) {
    return `${from} imports ${to}: an app knows no other app; move what both need to libs/`;
  }
  return undefined;
}

/** Imports of our own libraries by a relative path, which break when a file moves. */
export function relativeAcrossFolders(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => path.startsWith('apps/'))
    .flatMap((source) =>
      importsOf(source)
        .filter(({ specifier, target }) => specifier.startsWith('.') && target?.startsWith('libs/'))
        .map(({ specifier }) => `${source.path} imports ${specifier}: write #lib/…`),
    );
}
