/**
 * A process of its own that uses the embedded database of a folder, for tests that kill it, race it or run it as another user.
 * Prints one JSON line when the server is ready; leaves the server when its standard input ends.
 */
import { createLogger, openEmbedded } from '#kernel';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new TypeError('usage: embedded-process.ts FOLDER');
const lines: string[] = [];
const server = await openEmbedded({
  folder,
  logger: createLogger('error'),
  say: (line) => lines.push(line),
  onExit: (reason) => {
    console.log(JSON.stringify({ ended: reason }));
    process.exit(3);
  },
});
const { url, owned, folder: place, processId } = server;
console.log(JSON.stringify({ url, owned, folder: place, processId, said: lines }));
process.stdin.resume();
process.stdin.once('end', () => {
  server.stop().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
});
