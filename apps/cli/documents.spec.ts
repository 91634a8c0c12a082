import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPublicKey } from './documents';

describe('the public key of a log', () => {
  let folder: string;
  const home = process.env.DECKLOG_HOME;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'decklog-key-'));
    process.env.DECKLOG_HOME = folder;
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    if (home === undefined) delete process.env.DECKLOG_HOME;
    else process.env.DECKLOG_HOME = home;
  });

  test('is read from the file that is named', () => {
    const pem = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
    writeFileSync(join(folder, 'log.pub'), pem);
    expect(readPublicKey(join(folder, 'log.pub'))).toBe(pem);
  });

  test('is asked for where there is none, and where the file is something else', () => {
    expect(() => readPublicKey('')).toThrow('name the public key of the log with --key');
    writeFileSync(join(folder, 'log.pub'), 'x');
    expect(() => readPublicKey(join(folder, 'log.pub'))).toThrow('holds no public key (PEM)');
  });
});
