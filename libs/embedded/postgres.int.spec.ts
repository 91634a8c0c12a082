import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres } from './postgres';

const TIMEOUT = 60_000;

describe('the embedded PostgreSQL', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'decklog-pg-'));
    chmodSync(dataDir, 0o711);
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  const query = async (url: string, sql: string): Promise<unknown[]> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };

  test(
    'keeps its data from one start to the next',
    async () => {
      const first = await startPostgres({ dataDir, durable: false });
      await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
      await first.stop();
      const second = await startPostgres({ dataDir, durable: false });
      try {
        expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
      } finally {
        await second.stop();
      }
    },
    TIMEOUT,
  );

  test(
    'asks for the password, which only the owner can read',
    async () => {
      const server = await startPostgres({ dataDir, durable: false });
      try {
        await expect(query(server.url.replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1')).rejects.toThrow('password authentication failed');
        expect(statSync(join(dataDir, 'password')).mode & 0o777).toBe(0o600);
      } finally {
        await server.stop();
      }
    },
    TIMEOUT,
  );

  test(
    'refuses a folder on which a server of a living process runs',
    async () => {
      const server = await startPostgres({ dataDir, durable: false });
      try {
        await expect(startPostgres({ dataDir, durable: false })).rejects.toThrow(/already runs on .*process \d+ started it/);
        expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      } finally {
        await server.stop();
      }
    },
    TIMEOUT,
  );

  test(
    'starts although the pid that its predecessor left behind belongs to somebody else now',
    async () => {
      const first = await startPostgres({ dataDir }); // durable, for it will be killed
      await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
      process.kill(first.pid, 'SIGKILL');
      for (let up = true; up;)
        up = await query(first.url, 'SELECT 1').then(
          () => true,
          () => false,
        );
      const lock = join(dataDir, 'data', 'postmaster.pid');
      const owner = statSync(lock);
      const other = spawn('sleep', ['60'], { uid: owner.uid, gid: owner.gid });
      writeFileSync(lock, readFileSync(lock, 'utf8').replace(/^\d+/, String(other.pid)));
      const second = await startPostgres({ dataDir, durable: false });
      try {
        expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
        expect(other.exitCode).toBeNull();
      } finally {
        other.kill();
        await second.stop();
      }
    },
    TIMEOUT,
  );

  // Only root starts it as another user.
  (process.getuid?.() === 0 ? test : test.skip)(
    'keeps its data in a folder that its user cannot reach, and opens nothing for that',
    async () => {
      const closed = join(dataDir, 'closed');
      mkdirSync(closed, { mode: 0o700 });
      const home = join(closed, 'home');
      const first = await startPostgres({ dataDir: home }); // durable, for it will be killed
      await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
      await expect(startPostgres({ dataDir: home })).rejects.toThrow(/already runs on .*process \d+ started it/);
      process.kill(first.pid, 'SIGKILL');
      const moved = join(dataDir, 'closed', 'moved');
      renameSync(home, moved);
      const second = await startPostgres({ dataDir: moved, durable: false });
      try {
        expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
        expect(statSync(closed).mode & 0o777).toBe(0o700);
        expect(readdirSync(moved).sort()).toEqual(['data', 'password', 'postgres.log']);
      } finally {
        await second.stop();
      }
    },
    TIMEOUT,
  );

  /** Starts it as a process did that was killed since: nobody looks after it. */
  async function leftBehind(): Promise<{ url: string; pid: number }> {
    const program = `
      const { spawn } = require('node:child_process');
      const [command, args, options] = JSON.parse(process.argv[1]);
      spawn(command, args, { ...options, stdio: 'ignore', detached: true }).unref();`;
    const first = await startPostgres({ dataDir, durable: false });
    await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS one');
    const [command, ...args] = readFileSync(`/proc/${first.pid}/cmdline`, 'utf8')
      .split('\0')
      .filter((part) => part !== '');
    const { uid, gid } = statSync(join(dataDir, 'data'));
    await first.stop();
    await new Promise((done) =>
      spawn(process.execPath, ['-e', program, JSON.stringify([command, args, { uid, gid, cwd: join(dataDir, 'data') }])]).once('exit', done),
    );
    for (let up = false; !up;)
      up = await query(first.url, 'SELECT 1').then(
        () => true,
        () => false,
      );
    return { url: first.url, pid: Number(readFileSync(join(dataDir, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]) };
  }

  test(
    'ends the server that a killed process left behind, and takes over its data',
    async () => {
      const first = await leftBehind();
      const second = await startPostgres({ dataDir, durable: false });
      try {
        expect(second.pid).not.toBe(first.pid);
        expect(await query(second.url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
      } finally {
        await second.stop();
      }
    },
    TIMEOUT,
  );

  test('does not wait for the end of one that is killed while it is being ended', async () => {
    const first = await leftBehind();
    process.kill(first.pid, 'SIGSTOP'); // so that it does not end before it is killed
    const starting = startPostgres({ dataDir, durable: false });
    setTimeout(() => process.kill(first.pid, 'SIGKILL'), 300);
    const second = await starting;
    try {
      expect(await query(second.url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
    } finally {
      await second.stop();
    }
  }, 30_000);

  test(
    'starts again when it, or the process that reads its journal, is killed at the start',
    async () => {
      const first = await startPostgres({ dataDir }); // durable, for it will be killed
      await query(first.url, 'CREATE TABLE kept AS SELECT g AS one FROM generate_series(1, 300000) AS g');
      process.kill(first.pid, 'SIGKILL');
      const killed = killFirst(/^postgres: startup/);
      const second = await startPostgres({ dataDir });
      try {
        expect(killed()).toBe(true);
        expect(await query(second.url, 'SELECT max(one) AS one FROM kept')).toEqual([{ one: 300_000 }]);
      } finally {
        await second.stop();
      }
    },
    TIMEOUT,
  );

  /** Kills the first process of ours that is called so. */
  function killFirst(name: RegExp): () => boolean {
    let found: number | undefined;
    const timer = setInterval(() => {
      found = readdirSync('/proc')
        .map(Number)
        .find((pid) => pid > 0 && name.test(nameOf(pid)) && isIn(pid, dataDir));
      if (found === undefined) return;
      clearInterval(timer);
      process.kill(found, 'SIGKILL');
    }, 1);
    return () => found !== undefined;
  }
});

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it has just ended
  }
}

function isIn(pid: number, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
  } catch {
    return false;
  }
}
