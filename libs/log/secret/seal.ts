import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import type { KeyStore, ObjectKeyName } from './key-store';
import type { MasterKey } from './master-key';

/** What stands in front of every sealed value. */
export const SEALED_PREFIX = 'decklog:sealed:v1:';

/** What a sealed value opens to once its key is gone. In `data`, whose values are base64, it is encoded itself. */
export const SHREDDED = '<shredded>';

/** kubectl apply keeps a copy of what was applied here, secrets included. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
/** Data keys kept in memory: 100 bytes each. */
const MAX_CACHED = 50_000;

/** The two keys of one object: one that encrypts, one that makes nonces. Both come from its data key. */
interface DataKey {
  readonly encrypt: Buffer;
  readonly nonce: Buffer;
}

interface Sealable extends KubeObject {
  data?: Record<string, string>;
}

type Change = (value: string, path: string) => string;

/**
 * Encrypts secret material before it becomes a row, a message or a line of a log, and decrypts it after.
 *
 * Every object (uid) has a random data key, wrapped by the master key; destroying it erases the object's secrets from all
 * history. AES-256-GCM with a synthetic nonce, HMAC(path, plaintext), so that an unchanged value keeps its ciphertext and a diff
 * of two versions shows what changed, but not to what. uid and path are authenticated: a ciphertext moved elsewhere does not open.
 * What does not open reads `<shredded>` and is no error: after a shred the object may get a new key, which older values do not fit,
 * and one broken value must not keep a server from starting. Damage is found by the hash chain.
 *
 * Sealed: of a Secret every value of `data` and the last-applied-configuration annotation. `stringData` is never stored.
 */
export class Sealer {
  private readonly cache = new Map<string, DataKey>();

  constructor(
    private readonly master: MasterKey,
    private readonly keys: KeyStore,
  ) {}

  /** Whether objects of this kind hold secret material. Others need not be given to `seal` and `open` at all. */
  seals(kind: Pick<AnyKind, 'kind' | 'group'>): boolean {
    return kind.kind === 'Secret' && kind.group === '';
  }

  /**
   * A copy with its secret material encrypted; the object itself when it has none. Answers at once when the key is in memory; otherwise
   * makes or fetches it, and a new key is stored durably before this resolves. What is sealed already stays as it is.
   */
  seal(object: KubeObject): KubeObject | Promise<KubeObject> {
    if (!isSecret(object) || !hasMaterial(object)) return object;
    const key = this.cache.get(object.metadata.uid);
    if (key) return sealed(object, key);
    return this.obtain(nameOf(object)).then((obtained) => sealed(object, obtained));
  }

  /** A copy with its secret material readable; the object itself when nothing in it is sealed. */
  open(object: KubeObject): KubeObject | Promise<KubeObject> {
    if (!isSecret(object) || !hasSealed(object)) return object;
    const { uid } = object.metadata;
    const key = this.cache.get(uid);
    if (key) return opened(object, key);
    return this.find(uid).then((found) => opened(object, found));
  }

  /** Forgets the key in memory too: after `shred`, so that this process cannot open the values any more either. */
  forget(uid: string): void {
    this.cache.delete(uid);
  }

  /** Destroys the keys of all objects that ever had this name: their secrets are gone from all history. Answers their uids. */
  async shred(resource: string, namespace: string, name: string): Promise<readonly string[]> {
    const uids = await this.keys.destroy(resource, namespace, name);
    for (const uid of uids) this.forget(uid);
    return uids;
  }

  private async obtain(name: ObjectKeyName): Promise<DataKey> {
    const found = await this.find(name.uid);
    if (found) return found;
    const wrapped = await this.keys.add(name, this.master.wrap(randomBytes(KEY_BYTES), name.uid));
    return this.remember(name.uid, wrapped);
  }

  private async find(uid: string): Promise<DataKey | undefined> {
    const wrapped = await this.keys.find(uid);
    return wrapped && this.remember(uid, wrapped);
  }

  private remember(uid: string, wrapped: Buffer): DataKey {
    const secret = this.master.unwrap(wrapped, uid);
    const derive = (use: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', `decklog ${use} v1`, KEY_BYTES));
    const key = { encrypt: derive('encrypt'), nonce: derive('nonce') };
    if (this.cache.size >= MAX_CACHED) this.cache.delete(this.cache.keys().next().value as string);
    this.cache.set(uid, key);
    return key;
  }
}

const isSecret = (object: KubeObject): object is Sealable => object.kind === 'Secret' && object.apiVersion === 'v1';
const nameOf = ({ metadata }: KubeObject): ObjectKeyName => ({
  uid: metadata.uid,
  resource: 'secrets',
  namespace: metadata.namespace ?? '',
  name: metadata.name,
});
const isSealed = (value: string | undefined): boolean => value !== undefined && value.startsWith(SEALED_PREFIX);
const hasMaterial = ({ data, metadata }: Sealable): boolean =>
  Object.keys(data ?? {}).length > 0 || metadata.annotations?.[LAST_APPLIED] !== undefined;
const hasSealed = ({ data, metadata }: Sealable): boolean =>
  Object.values(data ?? {}).some(isSealed) || isSealed(metadata.annotations?.[LAST_APPLIED]);

const sealed = (object: Sealable, key: DataKey): KubeObject => {
  const { uid } = object.metadata;
  const change: Change = (value, path) => (isSealed(value) ? value : encrypt(value, key, uid, path));
  return changed(object, change, change);
};

function opened(object: Sealable, key: DataKey | undefined): KubeObject {
  const { uid } = object.metadata;
  const change =
    (gone: string): Change =>
    (value, path) =>
      isSealed(value) ? ((key && decrypt(value, key, uid, path)) ?? gone) : value;
  return changed(object, change(Buffer.from(SHREDDED).toString('base64')), change(SHREDDED));
}

/** A copy of the object in which every value that may be secret was changed. Fields keep their order. */
function changed(object: Sealable, ofData: Change, ofAnnotation: Change): KubeObject {
  const { data, metadata } = object;
  const copy: Sealable = { ...object };
  if (data) copy.data = Object.fromEntries(Object.entries(data).map(([name, value]) => [name, ofData(value, `data/${name}`)]));
  const applied = metadata.annotations?.[LAST_APPLIED];
  if (applied !== undefined) {
    const annotations = { ...metadata.annotations, [LAST_APPLIED]: ofAnnotation(applied, `metadata/annotations/${LAST_APPLIED}`) };
    copy.metadata = { ...metadata, annotations };
  }
  return copy;
}

function encrypt(plaintext: string, key: DataKey, uid: string, path: string): string {
  const nonce = createHmac('sha256', key.nonce).update(`${path}\0`).update(plaintext).digest().subarray(0, NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key.encrypt, nonce).setAAD(Buffer.from(`${uid}\0${path}`));
  const parts = [nonce, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()];
  return SEALED_PREFIX + Buffer.concat(parts).toString('base64');
}

function decrypt(value: string, key: DataKey, uid: string, path: string): string | undefined {
  const bytes = Buffer.from(value.slice(SEALED_PREFIX.length), 'base64');
  const end = bytes.length - TAG_BYTES;
  if (end < NONCE_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key.encrypt, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(`${uid}\0${path}`)).setAuthTag(bytes.subarray(end));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, end)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}
