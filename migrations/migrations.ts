import { EventLog1790000000001 } from './0001-event-log';
import { Partitions1790000000002 } from './0002-partitions';
import { Checkpoint1790000000003 } from './0003-checkpoint';
import { ObjectKey1790000000004 } from './0004-object-key';
import { MerkleTree1790000000005 } from './0005-merkle-tree';
import { SessionIndex1790000000006 } from './0006-session-index';
import { Pruned1790000000007 } from './0007-pruned';
import { SqlOverHistory1790000000008 } from './0008-sql-over-history';
import { Request1790000000009 } from './0009-request';
import { Entry1790000000010 } from './0010-entry';
import { RequestAnnotations1790000000011 } from './0011-request-annotations';
import { ReadLease1790000000012 } from './0012-read-lease';
import { CheckpointResources1790000000013 } from './0013-checkpoint-resources';

/** THE REGISTRY: every step of the schema, in order. A step that was released is never edited; a new one is a file and a line here. */
export const migrations = [
  EventLog1790000000001,
  Partitions1790000000002,
  Checkpoint1790000000003,
  ObjectKey1790000000004,
  MerkleTree1790000000005,
  SessionIndex1790000000006,
  Pruned1790000000007,
  SqlOverHistory1790000000008,
  Request1790000000009,
  Entry1790000000010,
  RequestAnnotations1790000000011,
  ReadLease1790000000012,
  CheckpointResources1790000000013,
];
