import { posix } from 'node:path';
import * as ts from 'typescript';
import type { Source } from './sources';

/** One import or re-export of a file. */
export interface Import {
  /** As written. */
  readonly specifier: string;
  /** Path from the root for our own files; undefined for packages. */
  readonly target?: string;
  /** Erased by the compiler. */
  readonly typeOnly: boolean;
}

/** Parses a file. Rules walk the tree, because a regular expression also finds words in comments. */
export const parse = ({ path, text }: Source): ts.SourceFile => ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);

/** Static imports, re-exports and `import()` with a fixed text, in order. */
export function importsOf(source: Source): Import[] {
  const found: Import[] = [];
  const add = (node: ts.Node | undefined, typeOnly: boolean): void => {
    if (node && ts.isStringLiteralLike(node)) found.push({ specifier: node.text, target: targetOf(source.path, node.text), typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0], false);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    ts.forEachChild(node, visit);
  };
  visit(parse(source));
  return found;
}

function isTypeOnly({ importClause }: ts.ImportDeclaration): boolean {
  if (!importClause) return false;
  if (importClause.isTypeOnly) return true;
  const names = importClause.namedBindings;
  return !importClause.name && names !== undefined && ts.isNamedImports(names) && names.elements.length > 0 && names.elements.every((one) => one.isTypeOnly);
}

function targetOf(from: string, specifier: string): string | undefined {
  const path = specifier.startsWith('#lib/')
    ? specifier.replace('#lib/', 'libs/')
    : specifier.startsWith('.')
      ? posix.join(posix.dirname(from), specifier)
      : undefined;
  return path === undefined || /\.(json|mjs)$/.test(path) ? path : `${path.replace(/\.js$/, '')}.ts`;
}

/** Circles of imports that exist at run time, each once, as the paths along it. */
export function circles(sources: readonly Source[]): string[][] {
  const edges = new Map(sources.map((source) => [source.path, importsOf(source).flatMap(({ target, typeOnly }) => (target && !typeOnly ? [target] : []))]));
  const done = new Set<string>();
  const found: string[][] = [];
  const walk = (path: string, trail: string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) found.push([...trail.slice(at), path]);
    if (at >= 0 || done.has(path)) return;
    for (const next of edges.get(path) ?? []) walk(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) walk(path, []);
  return found;
}
