import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { keepRunning, type Server } from './keep-running';

const children: ChildProcess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));

function aProcess(script = 'setInterval(() => {}, 1000)'): Server {
  const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
  children.push(child);
  return {
    pid: child.pid!,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

const until = async (done: () => boolean): Promise<void> => {
  for (let left = 200; !done(); left--) {
    if (left === 0) throw new Error('waited too long');
    await new Promise((next) => setTimeout(next, 25));
  }
};

describe('a kept server', () => {
  test('is started again when it dies, and is not when it was stopped', async () => {
    const lines: string[] = [];
    const started: Server[] = [];
    const restart = async (): Promise<Server> => started[started.push(aProcess()) - 1]!;
    const first = aProcess();
    const kept = keepRunning({ name: 'it', first, restart, say: (line) => lines.push(line), giveUp: fail, lookEveryMs: 20 });
    process.kill(first.pid, 'SIGKILL');
    await until(() => lines.includes('it runs again'));
    expect(started).toHaveLength(1);

    await kept.stop();
    expect(() => process.kill(started[0]!.pid, 0)).toThrow('ESRCH');
    await new Promise((next) => setTimeout(next, 400));
    expect(started).toHaveLength(1);
  });

  test('is given up when it dies too often', async () => {
    const reasons: string[] = [];
    const restart = async (): Promise<Server> => Promise.reject(new Error('port in use'));
    const first = { pid: 2 ** 22 + 1, stop: async () => undefined };
    const kept = keepRunning({ name: 'it', first, restart, say: () => undefined, giveUp: (reason) => reasons.push(reason), lookEveryMs: 5 });
    await until(() => reasons.length > 0);
    expect(reasons).toEqual(['it died 6 times within a minute']);
    await kept.stop();
  });

  test('is not given up for what is not its fault, and runs again as soon as that has passed', async () => {
    const lines: string[] = [];
    let excuse: string | undefined = 'the disk is full';
    let attempts = 0;
    const restart = async (): Promise<Server> => {
      if (++attempts < 9) throw new Error('no space left on device');
      excuse = undefined;
      return aProcess();
    };
    const first = { pid: 2 ** 22 + 1, stop: async () => undefined };
    const kept = keepRunning({ name: 'it', first, restart, say: (line) => lines.push(line), giveUp: fail, excuse: () => excuse, lookEveryMs: 5 });
    await until(() => lines.includes('it runs again'));
    expect(lines).toEqual(['it cannot run: the disk is full; it is started again as soon as it can', 'it runs again']);
    await kept.stop();
  });
});

function fail(reason: string): never {
  throw new Error(reason);
}
