import { describeLog } from './log.contract';
import { MemoryLog } from './memory-log';

describeLog('the log in memory', async (clock) => {
  const log = new MemoryLog(() => clock.now);
  return { log, other: log, end: () => log.close() };
});
