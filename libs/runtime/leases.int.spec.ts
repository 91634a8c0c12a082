import { Client } from 'pg';
import { eventually } from '#lib/bus/bus.contract';
import { PostgresLeases, type Duty } from './leases';

const url = process.env.DECKLOG_TEST_DATABASE_URL as string;

describe('leases', () => {
  const duty = (): Duty & { running: boolean } => ({
    running: false,
    async start() {
      this.running = true;
    },
    async stop() {
      this.running = false;
    },
  });

  test('let one instance work, and the next one when that ends', async () => {
    const [first, second] = [new PostgresLeases(url), new PostgresLeases(url)];
    const [mine, other] = [duty(), duty()];
    first.hold('toy', mine);
    await eventually(() => mine.running);
    second.hold('toy', other);
    second.hold('another', duty());
    await eventually(() => second.holds('another'));
    expect(other.running).toBe(false);
    await first.close();
    expect(mine.running).toBe(false);
    await eventually(() => other.running);
    await second.close();
  });

  test('let all duties begin at once: none waits for another one to have begun', async () => {
    const leases = new PostgresLeases(url);
    const begun: string[] = [];
    for (const name of ['waits for both', 'waits for both, too']) {
      const start = async (): Promise<void> => {
        begun.push(name);
        await eventually(() => begun.length === 2);
      };
      leases.hold(name, { start, stop: async () => undefined });
    }
    await eventually(() => begun.length === 2);
    await leases.close();
  });

  test('are lost with the session, and found again', async () => {
    const leases = new PostgresLeases(url);
    const mine = duty();
    const started = jest.spyOn(mine, 'start');
    leases.hold('lost', mine);
    await eventually(() => mine.running);
    const admin = new Client({ connectionString: url });
    await admin.connect();
    await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'decklog leases'");
    await admin.end();
    await eventually(() => started.mock.calls.length === 2);
    await leases.close();
  });
});
