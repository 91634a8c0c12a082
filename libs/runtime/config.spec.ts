import { readConfig } from './config';

describe('settings of a controller', () => {
  it('are two addresses, and a port when it is wanted', () => {
    const addresses = { DATABASE_URL: 'postgres://host/decklog', NATS_URL: 'nats://host' };
    expect(readConfig({ ...addresses, OTHER: 'x' })).toEqual(addresses);
    expect(readConfig({ ...addresses, HEALTH_PORT: '9090' })).toEqual({ ...addresses, HEALTH_PORT: 9090 });
  });

  it('are refused with one line that names every wrong one', () => {
    expect(() => readConfig({ DATABASE_URL: '', HEALTH_PORT: '65536' })).toThrow(
      'DATABASE_URL must name a database; NATS_URL must name a NATS server; HEALTH_PORT must be a number from 1 to 65535',
    );
    expect(() => readConfig({ DATABASE_URL: 'd', NATS_URL: 'n', HEALTH_PORT: '' })).toThrow('HEALTH_PORT');
  });
});
