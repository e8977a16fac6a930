/** A process that stops as the node does, with an embedded database, for tests that signal it: `stop-process.ts FOLDER [stuck | watch]`. */
import { createLogger, onStopRequested, openEmbedded } from '#kernel';

const [folder = '', manner] = process.argv.slice(2);
const logger = createLogger('error');
const server = await openEmbedded({ folder, logger });
const keepAlive = setInterval(() => {}, 60_000);
const stuck = new Promise<void>(() => {});
onStopRequested(
  async () => {
    clearInterval(keepAlive);
    if (manner === 'stuck') await stuck;
    await server.stop();
  },
  { logger, watchParent: manner === 'watch' },
);
console.log(JSON.stringify({ pid: process.pid, processId: server.processId }));
