import { readFileSync } from 'node:fs';

/**
 * Loaded before a program (`node --require`), it gives it another wall clock: that of the machine and as many milliseconds as the file says
 * which DECKLOG_TEST_CLOCK names. Clocks that only count on, by which timers go, stay as they are: that is what a step of a machine's clock
 * does.
 */
const file = process.env.DECKLOG_TEST_CLOCK;

const READ_EVERY_MS = 100;

function offsetIn(path: string): number {
  try {
    return Number(readFileSync(path, 'utf8')) || 0;
  } catch {
    return 0; // nobody has stepped it yet
  }
}

if (file) {
  const RealDate = Date;
  let offset = offsetIn(file);
  setInterval(() => (offset = offsetIn(file)), READ_EVERY_MS).unref();
  const now = (): number => RealDate.now() + offset;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args: unknown[], newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
    apply: () => new RealDate(now()).toString(),
    get: (target, key, receiver) => (key === 'now' ? now : (Reflect.get(target, key, receiver) as unknown)),
  });
}
