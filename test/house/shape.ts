import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as ts from 'typescript';
import { parse } from './imports';
import { lineCount, read, repositoryFiles, ROOT, type Source } from './sources';

const MAX_LINES = 400;
const FORBIDDEN_NAMES = /(^|[/.-])(utils?|commons?|helpers?|shared|misc|stuff)([/.-]|$)/;

/** Files that nobody can read at one go, and whether the whole has drifted there. */
export function tooLong(sources: readonly Source[]): string[] {
  const lengths = sources.map(({ text }) => lineCount(text)).sort((a, b) => a - b);
  const at = (share: number): number => lengths[Math.min(lengths.length - 1, Math.floor(share * lengths.length))] ?? 0;
  return [
    ...sources
      .filter(({ text }) => lineCount(text) > MAX_LINES)
      .map(({ path, text }) => `${path} has ${lineCount(text)} lines: cut it by noun, at most ${MAX_LINES}`),
    ...(at(0.5) > 100 ? [`half of all files have more than ${at(0.5)} lines: at most 100`] : []),
    ...(at(0.9) > 300 ? [`a tenth of all files has more than ${at(0.9)} lines: at most 300`] : []),
  ];
}

/** Files that only pass on what others hold. */
export function barrels(sources: readonly Source[]): string[] {
  return sources
    .filter((source) => {
      const { statements } = parse(source);
      const passesOn = statements.length > 0 && statements.every((one) => ts.isExportDeclaration(one) && one.moduleSpecifier);
      return passesOn || /(^|\/)index\.(ts|mjs)$/.test(source.path);
    })
    .map(({ path }) => `${path} is a barrel: import the file that holds the thing`);
}

/** `forwardRef` cures a circle by making the order of construction random. */
export function forwardRefs(sources: readonly Source[]): string[] {
  const uses = (node: ts.Node): boolean => (ts.isIdentifier(node) && node.text === 'forwardRef') || (ts.forEachChild(node, uses) ?? false);
  return sources.filter((source) => uses(parse(source))).map(({ path }) => `${path} uses forwardRef: take the circle apart`);
}

/** Names that say nothing. */
export function emptyNames(paths: readonly string[] = repositoryFiles()): string[] {
  return paths.filter((path) => /^(apps|libs|test|migrations)\//.test(path) && FORBIDDEN_NAMES.test(path)).map((path) => `${path}: name the noun it is about`);
}

/** The folders of apps/. */
export const apps = (): string[] =>
  readdirSync(join(ROOT, 'apps'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();

/** Apps that do not say on one screen what they own, what wakes them, what they write and where they differ from upstream. */
export function readmes(paths: readonly string[] = repositoryFiles()): string[] {
  return apps().flatMap((app) => {
    const path = `apps/${app}/README.md`;
    if (!paths.includes(path)) return [`${path} is missing: what it owns, what wakes it, what it writes, where it differs from upstream`];
    const lines = lineCount(read(path).text);
    return lines > 30 ? [`${path} has ${lines} lines: at most 30`] : [];
  });
}

/** Controllers that no process would run. */
export function unregistered(sources: readonly Source[]): string[] {
  const registry = sources.find(({ path }) => path === 'apps/controllers.ts')?.text ?? '';
  return sources
    .filter(({ path }) => /^apps\/[^/]+\/[^/]+\.controller\.ts$/.test(path))
    .filter(({ path }) => !registry.includes(`'./${path.slice('apps/'.length, -'.ts'.length)}'`))
    .map(({ path }) => `${path} is not in apps/controllers.ts: add its line`);
}

/** Texts that name a folder of the machine they were written on: the checkout's own parent, or somebody's home. */
export function machinePaths(paths: readonly string[] = repositoryFiles()): string[] {
  const parent = dirname(ROOT);
  const here = parent.split('/').length > 1 && !['/', '/tmp', '/home'].includes(parent) ? [`${parent}/`] : [];
  const home = /\/(home|Users)\/[a-z][\w.-]*\//;
  return paths
    .filter((path) => !path.endsWith('package-lock.json') && !path.endsWith('.json'))
    .map(read)
    .filter(({ text }) => here.some((folder) => text.includes(folder)) || home.test(text))
    .map(({ path }) => `${path} names a folder of one machine: use a path from the repository's root`);
}
