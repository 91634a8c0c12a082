import { closeSync, fstatSync, openSync, readSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';

/** What is kept of one module: where its text and its compiled code lie in the file. */
interface Kept {
  readonly text: Place;
  readonly code: Place;
  /** Every character is one byte. */
  readonly ascii: boolean;
  /** `stampOf` the file when it is of the build; packages have one together. */
  readonly stamp?: string;
}

type Place = readonly [offset: number, length: number];

interface Index {
  /** `stampOf` the list of installed packages. */
  readonly packages: string;
  readonly files: Readonly<Record<string, Kept>>;
  /** Folder of who asks → what it asks for → the file that was found. */
  readonly found: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** One module as it was loaded: `code` is what V8 has compiled of it. */
export interface Loaded {
  readonly file: string;
  readonly text: string;
  readonly code: Buffer;
}

/** The folder with the build, beside `node_modules`. */
const BUILD = resolve(__dirname, '../..');

/** At the end of the file: where its index lies. */
const TRAILER = 16;

/** Code is good for one version of V8, its flags and the CPU: who runs with others has a file of its own. */
const cacheFile = (build: string): string => join(build, `.modules-${process.version}-${cachedDataVersionTag().toString(16)}`);

const packagesStamp = (build: string): string | undefined => stampOf(join(build, '../node_modules/.package-lock.json'));

/** Layers of container images keep whole seconds. */
function stampOf(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat && `${Math.floor(stat.mtimeMs / 1000)} ${stat.size}`;
}

/**
 * Texts and compiled code of modules, and which file each `require` means, as the build has left them for the programs that start after it:
 * two thirds of what loading costs a program, 0.7 s of CPU of an API server. A file of the build that was compiled again is not taken
 * from it, and nothing is when packages were installed since.
 */
export class ModuleCache {
  private readonly fresh = new Map<string, boolean>();

  private constructor(
    private readonly build: string,
    private readonly handle: number,
    private readonly index: Index,
  ) {}

  /** undefined when there is none for this Node, its flags and these packages. `build`: default, this one. */
  static open(build = BUILD): ModuleCache | undefined {
    let handle: number | undefined;
    try {
      handle = openSync(cacheFile(build), 'r');
      const trailer = read(handle, [fstatSync(handle).size - TRAILER, TRAILER]);
      const place = [Number(trailer.readBigUInt64LE(0)), Number(trailer.readBigUInt64LE(8))] as const;
      const index = JSON.parse(read(handle, place).toString()) as Index;
      if (index.packages === packagesStamp(build)) return new ModuleCache(build, handle, index);
    } catch {
      // There is none, or half of one: everything is found and compiled as ever.
    }
    if (handle !== undefined) closeSync(handle);
    return undefined;
  }

  /** The file that `require(wanted)` means in a file of this folder. undefined: it has to be looked for. */
  find(folder: string, wanted: string): string | undefined {
    const file = this.index.found[folder]?.[wanted];
    return file !== undefined && this.isFresh(file) ? file : undefined;
  }

  /** Text and code of a module. undefined: it is not kept, or has changed. */
  take(file: string): Omit<Loaded, 'file'> | undefined {
    const kept = this.index.files[file];
    if (!kept || !this.isFresh(file)) return undefined;
    return { text: read(this.handle, kept.text).toString(kept.ascii ? 'latin1' : 'utf8'), code: read(this.handle, kept.code) };
  }

  private isFresh(file: string): boolean {
    if (!file.startsWith(this.build + sep)) return true;
    const known = this.fresh.get(file);
    if (known !== undefined) return known;
    const stamp = this.index.files[file]?.stamp;
    const fresh = stamp !== undefined && stamp === stampOf(file);
    this.fresh.set(file, fresh);
    return fresh;
  }
}

/** In memory of its own, not in a part of Buffer's: V8 wants its data aligned. */
function read(handle: number, [offset, length]: Place): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  if (readSync(handle, bytes, 0, length, offset) !== length) throw new Error('the module cache ends early');
  return bytes;
}

/** Writes what `ModuleCache.open` reads, all of it or nothing: nothing also when nobody could tell later whether packages have changed. */
export function writeModuleCache(modules: readonly Loaded[], found: Index['found'], build = BUILD): void {
  const packages = packagesStamp(build);
  if (packages === undefined) return;
  const parts: Buffer[] = [];
  let length = 0;
  const put = (bytes: Buffer): Place => {
    parts.push(bytes);
    length += bytes.length;
    return [length - bytes.length, bytes.length];
  };
  const keep = ({ file, text, code }: Loaded): Kept => {
    const bytes = Buffer.from(text);
    return {
      text: put(bytes),
      code: put(code),
      ascii: bytes.length === text.length,
      ...(file.startsWith(build + sep) && { stamp: stampOf(file) }),
    };
  };
  const files = Object.fromEntries(modules.map((module) => [module.file, keep(module)]));
  const [start, size] = put(Buffer.from(JSON.stringify({ packages, files, found } satisfies Index)));
  const trailer = Buffer.alloc(TRAILER);
  trailer.writeBigUInt64LE(BigInt(start), 0);
  trailer.writeBigUInt64LE(BigInt(size), 8);
  writeWhole(cacheFile(build), Buffer.concat([...parts, trailer]));
}

function writeWhole(to: string, bytes: Buffer): void {
  const beside = `${to}.${process.pid}`;
  try {
    writeFileSync(beside, bytes);
    renameSync(beside, to);
  } finally {
    rmSync(beside, { force: true });
  }
}
