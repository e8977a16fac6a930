import { drawBytes } from './random.ts';

declare const brand: unique symbol;
type Branded<Name extends string, Value> = Value & { readonly [brand]: Name };

/** Internal number of an enterprise: immutable, never shown as an identity to the outside. Text of a bigint. */
export type EnterpriseId = Branded<'EnterpriseId', string>;

export function toEnterpriseId(value: string | number | bigint): EnterpriseId {
  const text = String(value);
  if (!/^[1-9][0-9]{0,18}$/.test(text)) throw new TypeError(`not an enterprise id: ${text}`);
  return text as EnterpriseId;
}

/**
 * A sortable public id: prefix, 48 bits of time, 80 bits of chance (26 characters, Crockford base 32).
 * Prefixes in use: `dlv` delivery, `dsc` disclosure, `rpt` report, `rcp` receipt, `acc` account, `tkt` ticket.
 */
export function newId(prefix: string, at: Date): string {
  const bytes = Buffer.concat([timeBytes(at), drawBytes(10)]);
  return `${prefix}_${base32(bytes)}`;
}

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

function timeBytes(at: Date): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(at.getTime(), 0, 6);
  return bytes;
}

/** Five bits a character from the front; the last character has what is left, filled with zeros. */
function base32(bytes: Buffer): string {
  let [text, bits, count] = ['', 0, 0];
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xfff;
    count += 8;
    for (; count >= 5; count -= 5) text += ALPHABET.charAt((bits >> (count - 5)) & 31);
  }
  return count === 0 ? text : text + ALPHABET.charAt((bits << (5 - count)) & 31);
}
