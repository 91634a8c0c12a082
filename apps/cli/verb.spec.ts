import { IsInt, Max, Min } from 'class-validator';
import { details, overview } from './help';
import { defineVerb, parse, type UserError } from './verb';

class SailOptions {
  @IsInt()
  @Min(1)
  @Max(9)
  sails = 3;
  homePort = 'here';
  fast = false;
}

const sail = defineVerb<SailOptions>({
  name: 'sail',
  usage: '<where> [--sails N]',
  summary: 'Leave the harbour',
  options: SailOptions,
  flags: {
    sails: { type: 'string', short: 's', about: 'How many (default 3)', env: 'SAILS' },
    homePort: { type: 'string', about: 'Where from (default here)' },
    fast: { type: 'boolean', about: 'Quicker' },
  },
  words: { min: 1, max: 1 },
  run: async () => 0,
});

const refused = (args: string[], env = {}): UserError => {
  try {
    parse(sail, args, env);
  } catch (error) {
    return error as UserError;
  }
  throw new Error('was not refused');
};

describe('a verb of the command line', () => {
  test('takes flags before the environment before the default', () => {
    expect(parse(sail, ['north'], {})).toEqual({ options: { sails: 3, homePort: 'here', fast: false }, words: ['north'] });
    expect(parse(sail, ['north'], { SAILS: '4' }).options.sails).toBe(4);
    expect(parse(sail, ['-s', '5', 'north', '--home-port=Kiel', '--fast'], { SAILS: '4' }).options).toEqual({ sails: 5, homePort: 'Kiel', fast: true });
    expect(parse(sail, ['north'], { SAILS: '' }).options.sails).toBe(3);
  });

  test('names the flag and the rule that a value breaks, in one line', () => {
    expect(refused(['north', '--sails', '12'])).toMatchObject({ message: 'sail: --sails must not be greater than 9 (got "12")', exitCode: 2 });
    expect(refused(['north'], { SAILS: 'many' }).message).toContain('--sails must');
    expect(refused(['north', '--anchor']).message).toMatch(/^sail: Unknown option '--anchor'; usage: decklog sail <where>/);
  });

  test('wants as many words as it has a use for', () => {
    expect(refused([]).message).toBe('usage: decklog sail <where> [--sails N]');
    expect(refused(['north', 'south']).exitCode).toBe(2);
  });

  test('is listed, and explained with its flags and variables', () => {
    expect(overview([sail])).toContain('  sail  Leave the harbour');
    expect(details(sail)).toContain('  -s, --sails VALUE  How many (default 3) [SAILS]');
    expect(details(sail)).toContain('  --fast             Quicker');
  });
});
