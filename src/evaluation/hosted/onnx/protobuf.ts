import { hostedRefusal } from '../hosted-refusals.ts';

/** One field as it stands on the wire; a number for varints, the bytes for everything else. */
export type ProtoField = { readonly number: number; readonly value: number | Uint8Array };

/**
 * The fields of one message in order. Varints beyond 2^53 come out rounded: this reader looks at sizes, types and names.
 * Throws `hosted.onnx_broken` where the bytes end early or are of a wire type that ONNX does not use.
 */
export function* readProto(bytes: Uint8Array): Generator<ProtoField, void> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = (): number => {
    let [value, scale] = [0, 1];
    for (let count = 0; count < 10; count += 1) {
      if (at >= bytes.length) throw broken();
      const byte = view.getUint8(at);
      at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw broken();
  };
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw broken();
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = varint();
    const [number, wire] = [Math.floor(key / 8), key % 8];
    if (wire === 0) yield { number, value: varint() };
    else if (wire === 1) yield { number, value: take(8) };
    else if (wire === 2) yield { number, value: take(varint()) };
    else if (wire === 5) yield { number, value: take(4) };
    else throw broken();
  }
}

/** The bytes of a field that holds a message or a text. */
export function bytesOf({ value }: ProtoField): Uint8Array {
  if (typeof value === 'number') throw broken();
  return value;
}

export function numberOf({ value }: ProtoField): number {
  if (typeof value !== 'number') throw broken();
  return value;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

export function textOf(field: ProtoField): string {
  try {
    return decoder.decode(bytesOf(field));
  } catch (error) {
    if (error instanceof TypeError) throw broken();
    throw error;
  }
}

function broken(): Error {
  return hostedRefusal('hosted.onnx_broken', {
    zh: '不是 ONNX 的 ModelProto，或者不完整',
    en: 'it is no ModelProto of ONNX, or not whole',
  });
}
