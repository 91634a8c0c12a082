import Module from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';
import type { Loaded, ModuleCache } from './module-cache';

/** The parts of Node's loader for CommonJS that loaders hook into; Node's typings leave them out. */
interface Loader {
  _resolveFilename(wanted: string, parent: Asker | undefined, isMain: boolean, options?: object): string;
  _extensions: Record<string, (module: Asker, file: string) => void>;
  _cache: unknown;
}

interface Asker {
  readonly filename?: string;
  exports: unknown;
  require(wanted: string): unknown;
}

type Body = (this: unknown, exports: unknown, require: unknown, module: Asker, file: string, folder: string) => void;

/** Compiled code of V8 11 has forgotten whom to ask for an import at run time. */
const DYNAMIC_IMPORT = /\bimport\s*\(/;

const loader = Module as unknown as Loader;

/** From now on modules that the cache knows are taken from it. What it does not know is loaded as ever. */
export function loadFrom(cache: ModuleCache): void {
  const resolve = loader._resolveFilename;
  loader._resolveFilename = (wanted, parent, isMain, options) =>
    (parent?.filename !== undefined && options === undefined ? cache.find(dirname(parent.filename), wanted) : undefined) ??
    resolve.call(Module, wanted, parent, isMain, options);
  const load = loader._extensions['.js'] as Loader['_extensions'][string];
  loader._extensions['.js'] = (module, file) => {
    const kept = cache.take(file);
    if (kept) run(compile(file, kept.text, kept.code), module, file);
    else load(module, file);
  };
}

/** What was loaded since `record`. */
export interface Recording {
  modules(): Loaded[];
  readonly found: Record<string, Record<string, string>>;
}

/** Notes what is loaded from now on. @param read the text of a file */
export function record(read: (file: string) => string): Recording {
  const scripts = new Map<string, { text: string; script: Script }>();
  const found: Recording['found'] = {};
  const resolve = loader._resolveFilename;
  loader._resolveFilename = (wanted, parent, isMain, options) => {
    const file = resolve.call(Module, wanted, parent, isMain, options);
    if (parent?.filename !== undefined && options === undefined && file !== wanted) (found[dirname(parent.filename)] ??= {})[wanted] = file;
    return file;
  };
  const load = loader._extensions['.js'] as Loader['_extensions'][string];
  loader._extensions['.js'] = (module, file) => {
    const text = read(file);
    const script = DYNAMIC_IMPORT.test(text) ? undefined : compiled(file, text);
    if (!script) return load(module, file); // Node loads it, as it does a module of the newer kind
    scripts.set(file, { text, script });
    run(script, module, file);
  };
  // Now, and not when they were compiled: functions that have run by then are compiled, too.
  return { found, modules: () => [...scripts].map(([file, { text, script }]) => ({ file, text, code: script.createCachedData() })) };
}

function compiled(file: string, text: string): Script | undefined {
  try {
    return compile(file, text);
  } catch {
    return undefined;
  }
}

const compile = (file: string, text: string, cachedData?: Buffer): Script => new Script(Module.wrap(text), { filename: file, cachedData });

const run = (script: Script, module: Asker, file: string): void =>
  (script.runInThisContext() as Body).call(module.exports, module.exports, requireOf(module), module, file, dirname(file));

/** As Node makes it for every module. */
function requireOf(module: Asker): unknown {
  const resolve = (wanted: string, options?: object): string => loader._resolveFilename(wanted, module, false, options);
  return Object.assign((wanted: string) => module.require(wanted), {
    resolve,
    main: process.mainModule,
    extensions: loader._extensions,
    cache: loader._cache,
  });
}
