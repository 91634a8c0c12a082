import { anEntry } from './bus.contract';
import { decodeMessage, encodeMessage, withoutObject } from './message';

describe('a message', () => {
  test('carries the object text to the letter', () => {
    const entry = anEntry(7, { object: '{"b": 1,  "a":"\\u00e4,\\"object\\":{}"}' });
    expect(decodeMessage(encodeMessage(entry).toString())).toEqual(entry);
    expect(JSON.parse(encodeMessage(entry).toString()).object).toEqual({ b: 1, a: 'ä,"object":{}' });
  });

  test('survives names that look like its own punctuation', () => {
    const entry = anEntry(7, { name: 'x","object":{"', namespace: ',"object":' });
    expect(decodeMessage(encodeMessage(entry).toString())).toEqual(entry);
  });

  test('is the same when the bytes of the object are at hand', () => {
    const entry = anEntry(7, { object: '{"a":"ä"}' });
    expect(encodeMessage({ ...entry, bytes: Buffer.from('{"a":"ä"}') })).toEqual(encodeMessage(entry));
  });

  test('may come without its object', () => {
    const small = withoutObject(anEntry(7));
    expect(decodeMessage(encodeMessage(small).toString())).toEqual(small);
    expect(small.object).toBeUndefined();
  });
});
