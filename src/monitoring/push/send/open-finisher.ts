import { setTimeout as wait } from 'node:timers/promises';
import { inTransaction } from '#kernel';
import type { PushContext } from '../push-context.ts';
import { type Attempted, finishDeliveries } from './finish-delivery.ts';

/** Returns when what came of the attempt is committed; throws what kept it from being so. */
export type Finish = (attempted: Attempted) => Promise<void>;

/** Answers come in bursts: the first of one waits so long for the others. */
const COMPANY_MS = 3;

/** One transaction for the attempts that end together: a commit for each would cost more than the attempt itself. */
export function openFinisher(context: Pick<PushContext, 'database' | 'terms'>): Finish {
  let ended: Attempted[] = [];
  let writing: Promise<void> | undefined;
  return async (attempted) => {
    ended.push(attempted);
    writing ??= wait(COMPANY_MS).then(async () => {
      const attempts = ended;
      [ended, writing] = [[], undefined];
      await inTransaction(context.database, (tx) => finishDeliveries(tx, context, attempts));
    });
    await writing;
  };
}
