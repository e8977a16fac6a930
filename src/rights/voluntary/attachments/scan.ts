import { createConnection, type Socket } from 'node:net';
import { ATTACHMENT_LIMITS } from '../voluntary-limits.ts';
import { attachmentRefusal } from './attachment-refusals.ts';

/** The city's scanner: says whether bytes are clean. Throws `attachments.infected`, `attachments.scanner_silent`. */
export type Scanner = (bytes: Buffer) => Promise<void>;

/**
 * A scanner that speaks clamd's protocol (INSTREAM), at `tcp://host:port` or `unix:/path`. While it does not answer nothing is
 * taken: a city that sets one wants no file past it. Throws `attachments.scanner_address`.
 */
export function openScanner(address: string): Scanner {
  const connect = connectorOf(address);
  return async (bytes) => {
    const reply = await ask(connect, bytes).catch(() => ''); // away, slow or broken: all the same to whoever waits
    if (/^stream: OK$/.test(reply)) return;
    if (reply.endsWith(' FOUND')) throw attachmentRefusal('attachments.infected');
    throw attachmentRefusal('attachments.scanner_silent');
  };
}

type Connector = () => Socket;

function connectorOf(address: string): Connector {
  const [, path] = /^unix:(\/.+)$/.exec(address) ?? [];
  if (path !== undefined) return () => createConnection({ path });
  const [, host, port] = /^tcp:\/\/([^/:]+|\[[0-9a-f:]+\]):(\d{1,5})$/.exec(address) ?? [];
  if (host === undefined || port === undefined) throw attachmentRefusal('attachments.scanner_address');
  return () => createConnection({ host: host.replace(/^\[|\]$/g, ''), port: Number(port) });
}

const REPLY_BYTES_MAX = 4_096;

/** The bytes in length-led chunks, an empty one last; the reply ends with NUL. */
function ask(connect: Connector, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect();
    let reply = '';
    const end = (error?: Error): void => {
      socket.destroy();
      if (error === undefined) resolve(reply.replace(/[\0\n]+$/, ''));
      else reject(error);
    };
    socket.setTimeout(ATTACHMENT_LIMITS.scanMs, () => end(new Error('the scanner is silent')));
    socket.on('error', end);
    socket.on('data', (chunk) => {
      reply += chunk.toString('latin1');
      if (reply.includes('\0') || reply.length > REPLY_BYTES_MAX) end();
    });
    socket.on('end', () => end());
    socket.write('zINSTREAM\0');
    for (let at = 0; at < bytes.length; at += ATTACHMENT_LIMITS.chunkBytes) {
      const chunk = bytes.subarray(at, at + ATTACHMENT_LIMITS.chunkBytes);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(chunk.length);
      socket.write(length);
      socket.write(chunk);
    }
    socket.write(Buffer.alloc(4));
  });
}
