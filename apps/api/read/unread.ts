import type { KubeObject } from '#lib/api/meta';
import { rememberBytes } from '../world/wire';

/**
 * An object that is parsed when somebody looks into it, and not before. It is everything that the parsed one would be (its members, their
 * order, what a copy of it has), but cannot be changed.
 * @param bytes its JSON: not to be changed, and what `wireBytes` gives out
 */
export function unread(bytes: Uint8Array): KubeObject {
  const object = new Proxy<KubeObject>({} as KubeObject, new Unread(bytes));
  rememberBytes(object, bytes);
  return object;
}

/** Fills what the proxy stands for when it is first asked for anything. */
class Unread implements ProxyHandler<KubeObject> {
  private isRead = false;

  constructor(private readonly bytes: Uint8Array) {}

  get(target: KubeObject, name: string | symbol): unknown {
    return Reflect.get(this.read(target), name);
  }

  has(target: KubeObject, name: string | symbol): boolean {
    return Reflect.has(this.read(target), name);
  }

  ownKeys(target: KubeObject): (string | symbol)[] {
    return Reflect.ownKeys(this.read(target));
  }

  getOwnPropertyDescriptor(target: KubeObject, name: string | symbol): PropertyDescriptor | undefined {
    return Reflect.getOwnPropertyDescriptor(this.read(target), name);
  }

  set(): boolean {
    return false;
  }

  defineProperty(): boolean {
    return false;
  }

  deleteProperty(): boolean {
    return false;
  }

  private read(target: KubeObject): KubeObject {
    if (this.isRead) return target;
    this.isRead = true;
    const { buffer, byteOffset, byteLength } = this.bytes;
    return Object.assign(target, JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString()));
  }
}
