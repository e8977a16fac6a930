import type { Clock, Database } from '#kernel';
import type { Caller } from '#security';
import { CLIENT_CALLER, clientCaller } from '../../callers.ts';
import { openClientBook } from '../clients/client-book.ts';

/**
 * Who a client is now, for work that it handed in and that runs later, without its token. `callerId` is the caller's id
 * at that time; undefined: the client is disabled, or it was no client.
 */
export async function findClientCaller(
  database: Database,
  clock: Clock,
  callerId: string,
): Promise<Caller | undefined> {
  if (!callerId.startsWith(CLIENT_CALLER)) return undefined;
  const client = await openClientBook(database, clock).read(callerId.slice(CLIENT_CALLER.length));
  return client && clientCaller(client);
}
