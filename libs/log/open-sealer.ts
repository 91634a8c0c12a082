import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { PostgresKeyStore } from './key-store';
import { MasterKey } from './master-key';
import { poolOf } from './schema';
import { Sealer } from './seal';

/** The sealer of a cluster: data keys in its database, wrapped by the master key that lies with its other keys (made when missing). */
export const openSealer = (source: DataSource, pkiDir: string): Sealer =>
  new Sealer(MasterKey.load(join(pkiDir, 'master.key')), new PostgresKeyStore(poolOf(source)));
