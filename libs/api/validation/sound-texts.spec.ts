import { SoundTexts } from './sound-texts';

describe('texts that passed a check', () => {
  const checked: string[] = [];
  const check = (sound: SoundTexts, text: string, ...errors: string[]): string[] => sound.errorsOf(text, () => (checked.push(text), errors));
  beforeEach(() => (checked.length = 0));

  test('are not checked again', () => {
    const sound = new SoundTexts();
    expect([check(sound, 'a'), check(sound, 'a'), check(sound, 'b')]).toEqual([[], [], []]);
    expect(checked).toEqual(['a', 'b']);
  });

  test('those that did not pass are', () => {
    const sound = new SoundTexts();
    expect([check(sound, 'a', 'bad'), check(sound, 'a', 'bad')]).toEqual([['bad'], ['bad']]);
    expect(checked).toEqual(['a', 'a']);
  });

  test('are forgotten when there are many, or when they are long', () => {
    const sound = new SoundTexts(4, 3);
    for (const text of ['a', 'b', 'c', 'd', 'e', 'f']) check(sound, text);
    check(sound, 'a');
    expect(checked.at(-1)).toBe('a');
    check(sound, 'long');
    check(sound, 'long');
    expect(checked.slice(-2)).toEqual(['long', 'long']);
  });
});
