import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter } from 'node:path';
import { ROOT, TOOLS } from './paths.mjs';

/**
 * Runs a program in the foreground, with .decklog/tools on its PATH, and returns its exit code. Signals go to it, and it decides when to
 * end.
 */
export function runToEnd(program, args, env = {}) {
  const PATH = [process.env.PATH, TOOLS].filter(Boolean).join(delimiter);
  const child = spawn(program, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, PATH, ...env } });
  const pass = (signal) => () => child.kill(signal);
  // The terminal sends Ctrl-C to the whole group: the child has its own already, we only must not die before it.
  const handlers = { SIGINT: () => undefined, SIGTERM: pass('SIGTERM'), SIGHUP: pass('SIGHUP') };
  for (const [signal, handler] of Object.entries(handlers)) process.on(signal, handler);
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('exit', (code, signal) => {
      for (const [name, handler] of Object.entries(handlers)) process.off(name, handler);
      done(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

/** Runs a program to its end with its output kept. `ok` is false also when there is no such program. */
export function capture(program, args, options = {}) {
  const result = spawnSync(program, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 << 20, ...options });
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}`.trim();
  return { ok: result.status === 0, stdout: (result.stdout ?? '').trim(), output: result.error ? String(result.error.message) : output };
}

/** The last lines of a program's output: where it says why. */
export const tail = (text, lines = 12) => text.split('\n').slice(-lines).join('\n');
