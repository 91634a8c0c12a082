import { connectionTo, isReplicated, serversOf } from './connection';

describe('the address of a database', () => {
  test('may name several servers, as libpq writes it', () => {
    expect(serversOf('postgres://me:p%40ss@one:5432,two:5433/log?target_session_attrs=read-write')).toEqual([
      'postgres://me:p%40ss@one:5432/log',
      'postgres://me:p%40ss@two:5433/log',
    ]);
    expect(serversOf('postgresql://one,two/log?sslmode=require&target_session_attrs=any')).toEqual([
      'postgresql://one/log?sslmode=require',
      'postgresql://two/log?sslmode=require',
    ]);
    expect(isReplicated('postgres://one,two/log')).toBe(true);
  });

  test('of one server is left as it is', () => {
    for (const url of ['postgres://me:a,b@one:5432/log?x=1,2', 'postgres://one/log', '/var/run/postgresql log']) {
      expect(serversOf(url)).toEqual([url]);
      expect(connectionTo(url).url).toBe(url);
      expect(isReplicated(url)).toBe(false);
    }
  });
});
