import { Deadlines } from './deadlines';

describe('deadlines', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test('pass in the order in which they were set, each after its time', () => {
    const passed: string[] = [];
    const deadlines = new Deadlines(1_000);
    deadlines.set(() => passed.push('first'));
    jest.advanceTimersByTime(600);
    deadlines.set(() => passed.push('second'));
    jest.advanceTimersByTime(399);
    expect(passed).toEqual([]);
    jest.advanceTimersByTime(2);
    expect(passed).toEqual(['first']);
    jest.advanceTimersByTime(600);
    expect(passed).toEqual(['first', 'second']);
  });

  test('do not pass once they were cleared', () => {
    const passed: string[] = [];
    const deadlines = new Deadlines(1_000);
    const clear = deadlines.set(() => passed.push('cleared'));
    deadlines.set(() => passed.push('kept'));
    clear();
    jest.advanceTimersByTime(1_001);
    expect(passed).toEqual(['kept']);
  });

  test('keep nothing waiting when there are none', () => {
    const deadlines = new Deadlines(1_000);
    deadlines.set(() => undefined)();
    jest.advanceTimersByTime(1_001);
    expect(jest.getTimerCount()).toBe(0);
  });
});
