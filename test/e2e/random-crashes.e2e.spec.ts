import { seeded } from '#lib/reconcile/seeded';
import { campaign } from '../crash/campaign';
import { oneProcess } from '../crash/clusters/one-process';
import { processEach } from '../crash/clusters/process-each';

/** Another one each day, the same one all day long: what it finds can be found again. */
const seed = Number(process.env.DECKLOG_TEST_SEED ?? Math.floor(Date.now() / 86_400_000));

/** Whom a Deployment's pods need. All 25 take longer to start than the rest of this suite. */
const NEEDED = ['log', 'service-account', 'root-ca', 'deployment', 'replicaset', 'scheduler', 'node'];

/** `npm run crash` plays as many rounds as wanted: test/crash/README.md. */
describe(`whatever dies, whenever (DECKLOG_TEST_SEED=${seed})`, () => {
  test.each([
    ['one process', oneProcess, 2],
    ['a process each', () => processEach(NEEDED), 1],
  ])(
    '%s: what clients were told is in the log, once and in order, and everything works again',
    async (_, start, rounds) => {
      const result = await campaign(await start(), rounds, seeded(seed));
      expect(result.story).toBe('');
      expect(result.rounds).toHaveLength(rounds);
      expect(result.requests).toBeGreaterThan(50);
    },
    120_000,
  );
});
