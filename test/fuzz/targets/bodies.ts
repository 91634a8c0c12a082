import { sameValue } from '#lib/api/equality';
import { kinds } from '#lib/api/kinds';
import { decodeBody, JSON_TYPE, PROTOBUF_TYPE, YAML_TYPE, type FieldValidation } from '#lib/schema/decode/body';
import { encodeMessage, isEncodable } from '#lib/schema/protobuf/encode';
import { typeTable } from '#lib/schema/types';
import { stringify } from 'yaml';
import { garbled, mutated, objectOf, oddText, pick, type Random } from '../generate';
import { messageOf } from '../message';
import { Fault, takes, type Target } from '../target';

interface BodyInput {
  readonly apiVersion: string;
  readonly kind: string;
  readonly type: string;
  /** Each character is a byte. */
  readonly body: string;
  readonly validation: FieldValidation;
}

const VALIDATIONS = ['Ignore', 'Warn', 'Strict'] as const;
const bytesOf = (text: string): string => Buffer.from(text).toString('latin1');

/** What comes in as a body is an object of its kind or refused; an object that was read once is read again as the same. */
export const bodies: Target<BodyInput> = {
  name: 'bodies: JSON, YAML, protobuf',
  share: 6,

  make(random) {
    const { apiVersion, kind } = pick(random, kinds);
    const object = objectOf(random, { apiVersion, kind }, { name: 'a' });
    const wild = random() < 0.5 ? object : mutated(random, object);
    const what = random();
    const [type, body] =
      what < 0.4 ? [JSON_TYPE, bytesOf(JSON.stringify(wild) ?? '')] : what < 0.6 ? [YAML_TYPE, bytesOf(stringify(wild))] : [PROTOBUF_TYPE, messageOf(object)];
    const odd = random() < 0.02 ? pick(random, ['', 'application/cbor', 'text/html', ';;', oddText(random)]) : type;
    return {
      apiVersion,
      kind,
      type: odd,
      body: random() < 0.4 ? garbled(random, random() < 0.5 ? body : flipped(random, body)) : body,
      validation: pick(random, VALIDATIONS),
    };
  },

  run({ apiVersion, kind, type, body, validation }) {
    return takes(() => {
      const { object } = decodeBody(Buffer.from(body, 'latin1'), type, { apiVersion, kind }, validation);
      const again = decodeBody(Buffer.from(JSON.stringify(object)), JSON_TYPE, { apiVersion, kind }, 'Strict').object;
      if (!sameValue(JSON.parse(JSON.stringify(object)), JSON.parse(JSON.stringify(again))))
        throw new Fault(`read again it is another: ${JSON.stringify(object)} and ${JSON.stringify(again)}`);
      const struct = typeTable().ofKind(apiVersion, kind);
      if (struct && isEncodable(struct)) encodeMessage(struct, object);
    });
  },
};

function flipped(random: Random, text: string): string {
  const at = Math.floor(random() * text.length);
  return text.slice(0, at) + String.fromCharCode(Math.floor(random() * 256)) + text.slice(at + 1);
}
