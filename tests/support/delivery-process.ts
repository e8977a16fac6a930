/**
 * A process of its own that delivers the files of a folder, for tests that kill it:
 * `delivery-process.ts DATABASE-URL NODE-FOLDER FILES-FOLDER [backwards]`. Starts as the node does, by recovery; then
 * delivers each file in order, which for a file that was delivered before is the same delivery again.
 * Prints `ready`, `working NAME`, `done NAME`, `finished`. Any error ends it, with exit code 1.
 */
import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '#kernel';
import { processDelivery, receive, recoverDeliveries } from '#lists';
import { listsOn } from './lists-on.ts';
import { CONTRACT } from './sample-penalties.ts';

const [, , url = '', nodeFolder = '', filesFolder = '', direction] = process.argv;
const database = openDatabase(url, 4);
const context = listsOn(database, nodeFolder);
const provider = context.catalogue.contracts.get(CONTRACT)?.provider ?? '';
console.log('ready');
await recoverDeliveries(context);
const names = readdirSync(filesFolder).sort();
for (const fileName of direction === 'backwards' ? names.reverse() : names) {
  console.log(`working ${fileName}`);
  const kind = fileName.includes('withdrawal') ? 'withdrawal' : 'records';
  const request = {
    contractId: CONTRACT,
    provider,
    kind,
    fileName,
    mapping: '',
    isSynthetic: true,
    receivedBy: 'test',
  } as const;
  const { deliveryNo } = await receive(context, request, createReadStream(join(filesFolder, fileName)));
  await processDelivery(context, deliveryNo);
  console.log(`done ${fileName}`);
}
await database.close();
console.log('finished');
process.exit(0); // the checking thread waits for more
