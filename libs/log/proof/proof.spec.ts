import { MemoryLog } from '#lib/log/memory-log';
import { describeProofs } from './proof.contract';
import { MemoryTreeStore } from './tree-store';

describeProofs('proofs from a log in memory', async () => {
  const log = new MemoryLog();
  return { log, store: new MemoryTreeStore(log), end: () => log.close() };
});
