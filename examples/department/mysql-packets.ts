/*
 * The few packets of the MySQL protocol that the parts at hand do not write: what a prepared statement is answered with.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_command_phase_ps.html
 */

const UTF8MB4 = 45;
const VAR_STRING = 253;

/** The answer to a prepare: so many parameters, columns told at execution. */
export function preparedPackets(statementId: number, parameters: number): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(statementId, 1);
  head.writeUInt16LE(parameters, 7);
  const definitions = Array.from({ length: parameters }, () => columnDefinition('?'));
  return frame(parameters === 0 ? [head] : [head, ...definitions, endOfFile()]);
}

/** The answer to an execute: every column a text, every row in the binary form. */
export function resultPackets(
  columns: readonly string[],
  rows: readonly (readonly (string | null)[])[],
): Buffer {
  return frame([
    Buffer.from([columns.length]),
    ...columns.map(columnDefinition),
    endOfFile(),
    ...rows.map(binaryRow),
    endOfFile(),
  ]);
}

/** Each packet with its length and number; a question is number 0. */
function frame(packets: readonly Buffer[]): Buffer {
  return Buffer.concat(
    packets.flatMap((packet, at) => {
      const head = Buffer.alloc(4);
      head.writeUIntLE(packet.length, 0, 3);
      head.writeUInt8((at + 1) % 256, 3);
      return [head, packet];
    }),
  );
}

function columnDefinition(name: string): Buffer {
  const tail = Buffer.alloc(13);
  tail.writeUInt8(12, 0);
  tail.writeUInt16LE(UTF8MB4, 1);
  tail.writeUInt32LE(65_535, 3);
  tail.writeUInt8(VAR_STRING, 7);
  return Buffer.concat([...['def', '', '', '', name, name].map(lengthCoded), tail]);
}

function endOfFile(): Buffer {
  return Buffer.from([0xfe, 0, 0, 2, 0]);
}

/** The bitmap of nulls begins at its third bit. */
function binaryRow(values: readonly (string | null)[]): Buffer {
  const bitmap = Buffer.alloc((values.length + 9) >> 3);
  for (const [at, value] of values.entries()) {
    const bit = at + 2;
    if (value === null) bitmap[bit >> 3] = (bitmap[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
  const texts = values.filter((value) => value !== null).map(lengthCoded);
  return Buffer.concat([Buffer.from([0]), bitmap, ...texts]);
}

function lengthCoded(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length < 251) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const head = Buffer.alloc(4, 0xfd);
  head.writeUIntLE(bytes.length, 1, 3);
  return Buffer.concat([head, bytes]);
}
