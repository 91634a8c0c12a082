import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';

/** What the first `size` entries amount to. Whoever keeps one outside of the database can prove later what the log said then. */
export interface TreeHead {
  /** Number of entries = revision of the last of them. */
  readonly size: number;
  /** Root of the Merkle tree over them, hex. */
  readonly root: string;
  /** Chain hash of the last entry, hex. */
  readonly last: string;
  /** The time of the last entry. */
  readonly at: string;
}

/** A head with the signature of the log's key. Heads of the same entries are equal to the last byte: Ed25519 signs without chance. */
export interface SignedTreeHead extends TreeHead {
  readonly format: 'decklog/head/v1';
  /** SHA-256 of the public key (SPKI DER), hex: which key to check it with. */
  readonly key: string;
  /** Ed25519, base64. */
  readonly signature: string;
}

/** What is signed: a text that anybody can put together. */
export const signedText = ({ size, root, last, at }: TreeHead): string =>
  `decklog tree head v1\nsize ${size}\nroot ${root}\nlast ${last}\nat ${at}\n`;

/** SHA-256 of a public key (SPKI PEM), hex. */
export const fingerprintOf = (publicKey: string | KeyObject): string =>
  createHash('sha256')
    .update((typeof publicKey === 'string' ? createPublicKey(publicKey) : publicKey).export({ type: 'spki', format: 'der' }))
    .digest('hex');

/** Signs heads with the log's Ed25519 key. */
export class HeadSigner {
  private readonly key: KeyObject;
  /** SPKI PEM. */
  readonly publicKey: string;
  readonly fingerprint: string;

  /** @param privateKey PKCS #8 PEM */
  constructor(privateKey: string) {
    this.key = createPrivateKey(privateKey);
    const open = createPublicKey(this.key);
    this.publicKey = open.export({ type: 'spki', format: 'pem' }).toString();
    this.fingerprint = fingerprintOf(open);
  }

  sign({ size, root, last, at }: TreeHead): SignedTreeHead {
    const head = { size, root, last, at };
    const signature = sign(null, Buffer.from(signedText(head)), this.key).toString('base64');
    return { format: 'decklog/head/v1', ...head, key: this.fingerprint, signature };
  }
}

const HEX = /^[0-9a-f]{64}$/;

/** What is wrong with a head that somebody hands over; undefined when the holder of the key signed it. */
export function headProblem(head: Partial<SignedTreeHead>, publicKey: string): string | undefined {
  const { format, size, root = '', last = '', at = '', key, signature = '' } = head;
  if (format !== 'decklog/head/v1') return 'it is no signed tree head';
  if (!Number.isSafeInteger(size) || (size as number) < 0 || !HEX.test(root) || !HEX.test(last)) return 'the tree head is malformed';
  const fingerprint = fingerprintOf(publicKey);
  if (key !== fingerprint) return `the head was signed by the key ${key}, but the key given is ${fingerprint}`;
  const isSigned = verify(
    null,
    Buffer.from(signedText({ size: size as number, root, last, at })),
    createPublicKey(publicKey),
    Buffer.from(signature, 'base64'),
  );
  return isSigned ? undefined : 'the signature of the head is wrong: it was changed after it was signed, or another key signed it';
}
