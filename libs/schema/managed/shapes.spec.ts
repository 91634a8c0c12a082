import { Shapes, type Token } from './shapes';

describe('values by shape', () => {
  const counting = () => {
    let made = 0;
    const shapes = new Shapes<number>();
    const of = (...tokens: Token[]): number =>
      shapes.of(
        (way) => void tokens.forEach((token) => way.go(token)),
        () => ++made,
      );
    return { of, made: () => made };
  };

  test('are made once for each shape', () => {
    const { of } = counting();
    expect([of('a', 'b'), of('a', 'c'), of('a', 'b'), of('a'), of('a', 'c'), of()]).toEqual([1, 2, 1, 3, 2, 4]);
  });

  test('tell texts from numbers and from marks', () => {
    const { of } = counting();
    const mark = Symbol('1');
    expect([of('1'), of(1), of(mark), of(true), of('true'), of(Symbol('1'))]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([of('1'), of(1), of(mark), of(true)]).toEqual([1, 2, 3, 4]);
  });

  test('of what is too long are made each time', () => {
    const { of, made } = counting();
    const long = Array.from({ length: 2_500 }, (_, i) => i);
    of(...long);
    of(...long);
    of('x'.repeat(300));
    of('x'.repeat(300));
    expect(made()).toBe(4);
    expect(of(...long.slice(0, 100))).toBe(5);
    expect(of(...long.slice(0, 100))).toBe(5);
  });

  test('are forgotten when there are too many', () => {
    const { of } = counting();
    const first = of('first');
    for (let i = 0; i < 50_000; i++) of(i);
    expect(of('first')).toBeGreaterThan(first);
  });
});
