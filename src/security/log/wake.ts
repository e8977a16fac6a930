import type { Database, Logger, Tx } from '#kernel';
import { LEAVES_CHANNEL } from './record-leaf.ts';

/** Lets one loop sleep until a leaf is notified, somebody calls, or the time is over. */
export type Wake = {
  wait(timeoutMs: number): Promise<void>;
  now(): void;
  close(): void;
};

type Connection = Tx['client'];

/** Keeps one pooled connection on LISTEN. When it breaks, waiting goes on by time and the next wait connects anew. */
export function listenForLeaves(database: Database, logger: Logger): Wake {
  const listener = openListener(database, logger, () => ring());
  let isRung = false;
  const remember = (): void => {
    isRung = true;
  };
  let ring = remember;
  const sleep = (timeoutMs: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      ring = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  return {
    async wait(timeoutMs) {
      await listener.connect();
      if (!isRung) await sleep(timeoutMs);
      [ring, isRung] = [remember, false];
    },
    now: () => ring(),
    close: () => listener.close(),
  };
}

type Listener = { connect(): Promise<void>; close(): void };

function openListener(database: Database, logger: Logger, notified: () => void): Listener {
  const held: { connection?: Connection } = {};
  const lose = (error: Error): void => {
    logger.warn({ error: error.name }, 'log listener lost');
    held.connection?.release(error);
    delete held.connection;
  };
  return {
    async connect() {
      if (held.connection !== undefined) return;
      try {
        held.connection = await database.pool.connect();
        held.connection.on('notification', notified).once('error', lose);
        await held.connection.query(`listen ${LEAVES_CHANNEL}`);
      } catch (error) {
        lose(error instanceof Error ? error : new TypeError(String(error)));
      }
    },
    close() {
      held.connection?.off('notification', notified).off('error', lose);
      held.connection?.release(true); // ended rather than given back: a pooled connection must not go on listening
      delete held.connection;
    },
  };
}
