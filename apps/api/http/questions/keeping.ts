import { audit } from './audit';
import { exported } from './export';
import { fsck, rebuild } from './fsck';
import { consistency, prove, treeHead, verify } from './proofs';
import type { Question } from './question';
import { retention } from './retention';
import { shred } from './shred';

/** What whoever keeps the log asks: is it whole, what does it prove, what may go. Part of questions.ts. */
export const keeping: Readonly<Record<string, Question>> = {
  audit,
  'tree-head': treeHead,
  consistency,
  export: exported,
  fsck,
  prove,
  rebuild,
  retention,
  shred,
  verify,
};
