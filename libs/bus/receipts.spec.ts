import { Counted, OneByOne } from './receipts';

const stored = (sequence: number, duplicate = false): string => JSON.stringify({ stream: 'LOG', seq: sequence, ...(duplicate && { duplicate }) });

describe('acknowledgements', () => {
  describe('of which one stands for all before it', () => {
    test('are asked for now and then, and for the last one', () => {
      const receipts = new Counted(0, 100);
      const asked = Array.from({ length: 70 }, (_, i) => receipts.isAsked(1_000, i === 69)).flatMap((isAsked, i) => (isAsked ? [i] : []));
      expect(asked).toEqual([31, 63, 69]);
    });

    test('are asked for more often when messages are large, so that the window cannot fill up without one', () => {
      const receipts = new Counted(0, 100);
      expect([receipts.isAsked(300_000, false), receipts.isAsked(300_000, false), receipts.isAsked(300_000, false)]).toEqual([false, true, false]);
    });

    test('tell that all are there when the numbers fit', () => {
      const receipts = new Counted(0, 100);
      expect(receipts.take(31, stored(132))).toBeUndefined();
      expect(receipts.take(40, stored(141))).toBeUndefined();
      expect(receipts).toMatchObject({ stored: 41, sequence: 141 });
    });

    test.each([
      ['one is missing', stored(131)],
      ['somebody else has published', stored(133)],
      ['the stream is another one', stored(1)],
      ['it was there before', stored(90, true)],
      ['the answer makes no sense', 'ok'],
    ])('are refused when %s', (_, acknowledgement) => {
      const receipts = new Counted(0, 100);
      expect(receipts.take(31, acknowledgement)).toBeInstanceOf(Error);
      expect(receipts.stored).toBe(0);
    });
  });

  describe('of each message', () => {
    test('count up to the first that has none', () => {
      const receipts = new OneByOne(5);
      receipts.take(5, stored(10));
      receipts.take(7, stored(12));
      expect(receipts.stored).toBe(6);
      receipts.take(6, stored(11));
      expect(receipts.stored).toBe(8);
    });

    test('tell where to count from, unless the last one was there before', () => {
      const receipts = new OneByOne(0);
      receipts.take(0, stored(10, true));
      expect(receipts.sequence).toBeUndefined();
      receipts.take(1, stored(11));
      expect(receipts.sequence).toBe(11);
    });
  });
});
