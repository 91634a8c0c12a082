// Takes the descriptions of types and fields out of the typings of two npm packages and writes dist/descriptions.json,
// so that `kubectl explain` has something to say. Run by the build; takes about a second. The file is never committed.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const facts = readdirSync(join(root, 'libs/schema/data')).map((name) =>
  JSON.parse(readFileSync(join(root, 'libs/schema/data', name), 'utf8')),
);
const known = new Map(facts.flatMap((each) => Object.keys(each.types).map((type) => [`${each.package}.${type}`, each])));
const descriptions = {};

/** `/** text … name: type` in kubernetes-types, where a file is a Go package: `core/v1.d.ts`. */
function readKubernetesTypes() {
  const folder = join(root, 'node_modules/kubernetes-types');
  if (!existsSync(folder)) return;
  for (const file of readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.d.ts'))) {
    const id = relative(folder, join(folder, file)).replace(/\.d\.ts$/, '');
    collect(readFileSync(join(folder, file), 'utf8'), (name) => `${id === 'api/resource' ? 'resource' : id}.${name}`);
  }
}

/**
 * One class per file in @kubernetes/client-node, named `V1Pod`, or `CoreV1Event` where a name occurs in two groups. It is the newer of the
 * two.
 */
function readClientNode() {
  const folder = join(root, 'node_modules/@kubernetes/client-node/dist/gen/models');
  if (!existsSync(folder)) return;
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.d.ts'))) {
    collect(readFileSync(join(folder, file), 'utf8'), idOfClass);
  }
}

function idOfClass(name) {
  const [, group, version, type] = /^([A-Z][a-z]+?)?(V\d+(?:alpha\d+|beta\d+)?)([A-Z].*)$/.exec(name) ?? [];
  if (!type) return undefined;
  const packages = facts
    .map((each) => each.package)
    .filter((each) => each.endsWith(`/${version.toLowerCase()}`) && known.has(`${each}.${type}`));
  const found = group ? packages.filter((each) => each.startsWith(group.toLowerCase())) : packages;
  return found.length === 1 ? `${found[0]}.${type}` : undefined;
}

const COMMENT =
  /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*(?:export (?:declare class|interface|type) (\w+)|(?:readonly )?(?:'([^']+)'|"([^"]+)"|([\w$]+))\??:)/g;
const DECLARATION = /export (?:declare class|interface|type) (\w+)/g;

/** Comments belong to the declaration or field that follows them; fields to the last declaration before them. */
function collect(source, idOf) {
  const starts = [...source.matchAll(DECLARATION)].map((match) => [match.index, match[1]]);
  for (const match of source.matchAll(COMMENT)) {
    const end = match.index + match[0].length;
    const type = match[2] ?? starts.findLast(([at]) => at < end)?.[1];
    const id = type && idOf(type);
    if (!id || !known.has(id)) continue;
    const text = match[1]
      .split('\n')
      .map((line) => line.replace(/^\s*\*? ?/, ''))
      .join('\n')
      .replace(/\\(['"])/g, '$1')
      .trim();
    (descriptions[id] ??= {})[match[2] ? '' : nameInJson(match[3] ?? match[4] ?? match[5])] = text;
  }
}

/** client-node cannot call a field `_continue` by its real name. */
const nameInJson = (name) => name.replace(/^_/, '');

readKubernetesTypes();
readClientNode();
mkdirSync(join(root, 'dist'), { recursive: true });
writeFileSync(join(root, 'dist/descriptions.json'), JSON.stringify(descriptions));
