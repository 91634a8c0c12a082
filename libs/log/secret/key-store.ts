import type { Pool } from 'pg';
import { patiently } from '#lib/log/database/patience';
import { ADD_KEY, FIND_KEY, SHRED_KEYS } from '#lib/log/database/queries';

/** Whose key it is. The names are there so that a key can be destroyed after the object is gone. */
export interface ObjectKeyName {
  readonly uid: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** Where wrapped data keys are kept. */
export interface KeyStore {
  find(uid: string): Promise<Buffer | undefined>;
  /** Stores the key durably, and answers the one that stands: an earlier one wins. */
  add(name: ObjectKeyName, wrapped: Buffer): Promise<Buffer>;
  /** Destroys the keys of every object that had this name, and answers their uids. */
  destroy(resource: string, namespace: string, name: string): Promise<readonly string[]>;
}

/** Data keys in the table `object_key`. */
export class PostgresKeyStore implements KeyStore {
  constructor(private readonly pool: Pool) {}

  async find(uid: string): Promise<Buffer | undefined> {
    const { rows } = await patiently(() => this.pool.query<{ wrapped: Buffer }>({ ...FIND_KEY, values: [uid] }));
    return rows[0]?.wrapped;
  }

  async add({ uid, resource, namespace, name }: ObjectKeyName, wrapped: Buffer): Promise<Buffer> {
    const values = [uid, resource, namespace, name, wrapped];
    const { rows } = await patiently(() => this.pool.query<{ wrapped: Buffer }>({ ...ADD_KEY, values }));
    return (rows[0] as { wrapped: Buffer }).wrapped;
  }

  async destroy(resource: string, namespace: string, name: string): Promise<readonly string[]> {
    const { rows } = await this.pool.query<{ uid: string }>({ ...SHRED_KEYS, values: [resource, namespace, name] });
    // A deleted row stays in its page until that is written over; this writes the table anew, in milliseconds.
    if (rows.length > 0) await this.pool.query('VACUUM FULL object_key').catch(() => undefined);
    return rows.map(({ uid }) => uid);
  }
}

/** Data keys that live as long as the process. */
export class MemoryKeyStore implements KeyStore {
  private readonly keys = new Map<string, { readonly of: ObjectKeyName; readonly wrapped: Buffer }>();

  async find(uid: string): Promise<Buffer | undefined> {
    return this.keys.get(uid)?.wrapped;
  }

  async add(of: ObjectKeyName, wrapped: Buffer): Promise<Buffer> {
    const standing = this.keys.get(of.uid) ?? { of, wrapped };
    this.keys.set(of.uid, standing);
    return standing.wrapped;
  }

  async destroy(resource: string, namespace: string, name: string): Promise<readonly string[]> {
    const gone = [...this.keys.values()].filter(({ of }) => of.resource === resource && of.namespace === namespace && of.name === name);
    for (const { of } of gone) this.keys.delete(of.uid);
    return gone.map(({ of }) => of.uid);
  }
}
