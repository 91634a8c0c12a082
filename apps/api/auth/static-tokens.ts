import { createHash, timingSafeEqual } from 'node:crypto';
import type { TokenChecker } from './authenticator';
import type { User } from './authorizer';

/** Fixed tokens from a file of `token,user,uid,"group1,group2"` lines, as kube-apiserver's --token-auth-file. */
export class StaticTokens implements TokenChecker {
  private readonly users: readonly { readonly digest: Buffer; readonly user: User }[];

  constructor(csv: string) {
    this.users = csv
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map(parseLine);
  }

  check(token: string): User | undefined {
    const digest = digestOf(token);
    return this.users.find((known) => timingSafeEqual(known.digest, digest))?.user;
  }
}

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();

function parseLine(line: string): { digest: Buffer; user: User } {
  const match = /^([^,]+),([^,]+),([^,]*)(?:,"?([^"]*)"?)?$/.exec(line);
  if (!match) throw new Error(`tokens.csv: not a line of the form token,user,uid,"group1,group2": ${line.slice(0, 4)}…`);
  const [, token = '', name = '', uid = '', groups = ''] = match;
  return {
    digest: digestOf(token),
    user: {
      name,
      uid,
      groups: groups
        .split(',')
        .map((g) => g.trim())
        .filter(Boolean),
    },
  };
}
