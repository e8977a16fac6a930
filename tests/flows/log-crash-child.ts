/**
 * Writes leaves and sequences them until it is killed, for log-crash.test.ts: DATABASE_URL is not read, the address and
 * the folder of keys come as arguments. Prints the id of each leaf after its commit.
 */
import { inTransaction, openDatabase, openKeyStore, silentLogger, systemClock } from '#kernel';
import { recordLeaf, startSequencer } from '#security';

const [, , url = '', keyFolder = ''] = process.argv;
const database = openDatabase(url, 6);
const keys = openKeyStore(keyFolder);
startSequencer({ database, keys, origin: 'node.example/log', logger: silentLogger });

async function write(writer: number): Promise<never> {
  for (let count = 0; ; count += 1) {
    const receipt = await inTransaction(database, (tx) =>
      recordLeaf(tx, keys, { kind: 'delivery', at: systemClock.now(), body: { writer, count } }),
    );
    process.stdout.write(`${receipt.id}\n`);
  }
}

await Promise.all([write(1), write(2), write(3)]);
