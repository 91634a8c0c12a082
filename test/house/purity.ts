import { isBuiltin } from 'node:module';
import * as ts from 'typescript';
import { importsOf, parse } from './imports';
import { isTest, type Source } from './sources';

const PACKAGES = /^(@nestjs\/|typeorm$|nats$|pg$|rxjs|class-)/;
const GLOBALS = new Set(['process', 'fetch', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'crypto', 'performance', 'require', 'console']);

/**
 * Everything that decides: libs/api, libs/reconcile (but its test language, which reads files) and the controllers with what they import
 * beside them.
 */
export function pureFiles(sources: readonly Source[]): Source[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const pure = new Set(sources.map(({ path }) => path).filter((path) => isDecider(path) && !isTest(path)));
  for (const path of pure) {
    for (const { target, typeOnly } of importsOf(byPath.get(path)!)) {
      if (!typeOnly && target?.startsWith('apps/') && byPath.has(target)) pure.add(target);
    }
  }
  return [...pure].map((path) => byPath.get(path)!);
}

const isDecider = (path: string): boolean =>
  path.startsWith('libs/api/') || (path.startsWith('libs/reconcile/') && !path.startsWith('libs/reconcile/testing/')) || path.endsWith('.controller.ts');

/** What a pure file does that depends on anything but its arguments, with the line. */
export function impurities(source: Source): string[] {
  const file = parse(source);
  const found: string[] = [];
  const say = (node: ts.Node, what: string): void => {
    const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
    found.push(`${source.path}:${line + 1}: ${what}: a decision depends on its arguments only; take it as a parameter or leave it to libs/runtime`);
  };
  const visit = (node: ts.Node): void => {
    const problem = impurityOf(node);
    if (problem) say(node, problem);
    ts.forEachChild(node, visit);
  };
  visit(file);
  for (const { specifier, typeOnly } of importsOf(source)) {
    if (!typeOnly && (isBuiltin(specifier) || PACKAGES.test(specifier)))
      found.push(`${source.path}: imports ${specifier}: pure files import neither Node, Nest, TypeORM nor NATS`);
  }
  return found;
}

function impurityOf(node: ts.Node): string | undefined {
  if (ts.isAwaitExpression(node)) return 'await';
  if (ts.isForOfStatement(node) && node.awaitModifier) return 'for await';
  if (ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword)) return 'async function';
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length) return 'new Date() reads the clock';
  if (ts.isCallExpression(node) && node.expression.getText() === 'Date') return 'Date() reads the clock';
  if (ts.isPropertyAccessExpression(node) && ['Date.now', 'Math.random'].includes(node.getText()))
    return `${node.getText()} is neither recorded nor replayable`;
  if (ts.isIdentifier(node) && GLOBALS.has(node.text) && isFreeUse(node)) return `uses the global ${node.text}`;
  return undefined;
}

/** True where an identifier is read as a variable: not as a name of a property, parameter, import or the like. */
function isFreeUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) return parent.expression === node;
  return ts.isBinaryExpression(parent) || ts.isTypeOfExpression(parent) || ts.isElementAccessExpression(parent);
}
