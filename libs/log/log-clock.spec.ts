import { LogClock } from './log-clock';

const HOUR = 3_600_000;

/** A machine whose wall clock can be set. */
class Machine {
  counted = 0;
  wall = Date.parse('2026-01-01T12:00:00Z');
  readonly clock = new LogClock({ wall: () => this.wall, counting: () => this.counted });

  pass(ms: number): number {
    this.counted += ms;
    this.wall += ms;
    return this.clock.now();
  }
}

describe("the log's clock", () => {
  test('is the wall clock, and follows it forward', () => {
    const machine = new Machine();
    expect(machine.pass(1_000)).toBe(machine.wall);
    machine.wall += HOUR;
    expect(machine.pass(1)).toBe(machine.wall);
  });

  test('goes on when the wall clock is set back, and a little slower until that has caught up', () => {
    const machine = new Machine();
    const before = machine.pass(0);
    machine.wall -= HOUR;
    const after = machine.pass(10_000);
    expect(after - before).toBeGreaterThan(9_000);
    expect(after - before).toBeLessThan(10_000);
    for (let i = 0; i < 11 * 60; i++) machine.pass(60_000);
    expect(machine.clock.now()).toBeGreaterThan(machine.wall);
    for (let i = 0; i < 2 * 60; i++) machine.pass(60_000);
    expect(machine.clock.now()).toBe(machine.wall);
  });

  test('never runs backwards, however often it is read', () => {
    const machine = new Machine();
    let last = machine.pass(0);
    machine.wall -= HOUR;
    for (let i = 0; i < 1_000; i++) {
      const now = machine.pass(0.25);
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
  });

  test('is never behind an entry of the log', () => {
    const machine = new Machine();
    const at = machine.wall + HOUR;
    machine.clock.notBefore(new Date(at).toISOString());
    expect(machine.clock.now()).toBe(at);
    machine.clock.notBefore(new Date(at - 1).toISOString());
    machine.clock.notBefore('no time at all');
    expect(machine.clock.now()).toBe(at);
  });

  test('a wrong date is put right at once', () => {
    const machine = new Machine();
    machine.pass(0);
    machine.wall -= 366 * 24 * HOUR;
    expect(machine.pass(0)).toBe(machine.wall);
    machine.clock.notBefore(new Date(machine.wall + 366 * 24 * HOUR).toISOString());
    expect(machine.clock.now()).toBe(machine.wall);
  });
});
