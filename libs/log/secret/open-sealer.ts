import { join } from 'node:path';
import type { Pool } from 'pg';
import { PostgresKeyStore } from './key-store';
import { MasterKey } from './master-key';
import { Sealer } from './seal';

/** The sealer of a cluster: data keys in its database, wrapped by the master key that lies with its other keys (made when missing). */
export const openSealer = (pool: Pool, pkiDir: string): Sealer =>
  new Sealer(MasterKey.load(join(pkiDir, 'master.key')), new PostgresKeyStore(pool));
