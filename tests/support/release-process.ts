/**
 * A process of its own that decides one held item for ever, for tests that kill it: accept, release, take back, and again.
 * `release-process.ts DATABASE-URL NODE-FOLDER REVIEW-NO ENTERPRISE-CODE`. Goes on from whatever state it finds.
 * Prints `ready`, then one line for each step done.
 */
import { inTransaction, openDatabase } from '#kernel';
import { acceptReview, listReviews, recoverDeliveries, releaseHeld, undoReview } from '#lists';
import { listsOn } from './lists-on.ts';

const [, , url = '', nodeFolder = '', reviewNo = '', enterpriseCode = ''] = process.argv;
const database = openDatabase(url, 4);
const context = listsOn(database, nodeFolder);
const act = { reviewNo, decidedBy: 'cli:test' };
await recoverDeliveries(context);
console.log('ready');
for (;;) {
  const open = await inTransaction(database, (tx) => listReviews(tx, { state: 'open', limit: 100 }));
  if (open.some((item) => item.reviewNo === reviewNo)) {
    await acceptReview(context, { ...act, choice: { enterpriseCode } });
    console.log('accepted');
  }
  await releaseHeld(context, reviewNo);
  console.log('released');
  await undoReview(context, act);
  console.log('undone');
}
