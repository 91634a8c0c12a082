import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

  test('keeps its data from one start to the next', async () => {
    const first = await startPostgres({ dataDir, durable: false });
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    const second = await startPostgres({ dataDir, durable: false });
    try {
      expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    } finally {
      await second.stop();
    }
  }, TIMEOUT);

  test('asks for the password, which only the owner can read', async () => {
    const server = await startPostgres({ dataDir, durable: false });
    try {
      await expect(query(server.url.replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1')).rejects.toThrow('password authentication failed');
      expect(statSync(join(dataDir, 'password')).mode & 0o777).toBe(0o600);
    } finally {
      await server.stop();
    }
  }, TIMEOUT);

  test('refuses a folder on which a server of a living process runs', async () => {
    const server = await startPostgres({ dataDir, durable: false });
    try {
      await expect(startPostgres({ dataDir, durable: false })).rejects.toThrow(/already runs on .*process \d+ started it/);
      expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      await server.stop();
    }
  }, TIMEOUT);

  test('starts although the pid that its predecessor left behind belongs to somebody else now', async () => {
    const first = await startPostgres({ dataDir }); // durable, for it will be killed
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    process.kill(first.pid, 'SIGKILL');
    for (let up = true; up; ) up = await query(first.url, 'SELECT 1').then(() => true, () => false);
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
  }, TIMEOUT);

  // Only root starts it as another user.
  (process.getuid?.() === 0 ? test : test.skip)('keeps its data in a folder that its user cannot reach, and opens nothing for that', async () => {
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
  }, TIMEOUT);

  test('ends the server that a killed process left behind, and takes over its data', async () => {
    const program = `
      const { spawn } = require('node:child_process');
      const [command, args, options] = JSON.parse(process.argv[1]);
      spawn(command, args, { ...options, stdio: 'ignore', detached: true }).unref();`;
    const first = await startPostgres({ dataDir, durable: false });
    await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS one');
    const [command, ...args] = readFileSync(`/proc/${first.pid}/cmdline`, 'utf8').split('\0').filter((part) => part !== '');
    const { uid, gid } = statSync(join(dataDir, 'data'));
    await first.stop();
    await new Promise((done) => spawn(process.execPath, ['-e', program, JSON.stringify([command, args, { uid, gid, cwd: join(dataDir, 'data') }])]).once('exit', done));
    for (let up = false; !up; ) up = await query(first.url, 'SELECT 1').then(() => true, () => false);

    const second = await startPostgres({ dataDir, durable: false });
    try {
      expect(second.pid).not.toBe(first.pid);
      expect(await query(second.url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
    } finally {
      await second.stop();
    }
  }, TIMEOUT);
});
