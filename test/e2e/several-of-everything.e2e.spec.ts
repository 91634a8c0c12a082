import { seeded } from '#lib/reconcile/seeded';
import { campaign, type Result } from '../crash/campaign';
import type { CrashCluster } from '../crash/clusters/cluster';
import { several } from '../crash/clusters/several';

/** One after the other, each when all are whole again; `npm run crash -- --layout ha` takes any of the ten. */
const LOST = ['nats-1', 'the primary', 'member-1'];

describe('up --ha: whatever single process is lost', () => {
  let result: Result;

  beforeAll(async () => {
    const cluster: CrashCluster = await several();
    const chosen = LOST.map((name) => cluster.victims.find((one) => one.name === name)!);
    result = await campaign(cluster, chosen.length, seeded(1), undefined, chosen);
  }, 400_000);

  test('nothing acknowledged is lost, doubled or shown too late', () => {
    expect(result.story).toBe('');
    expect(result.requests).toBeGreaterThan(50);
  });

  test('a client that retries is served again, each time', () => {
    expect(result.rounds.map(({ what }) => what)).toEqual(LOST.map((name) => `kill -9 ${name}`));
  });
});
