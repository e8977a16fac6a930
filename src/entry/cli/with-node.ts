import { userInfo } from 'node:os';
import { createLogger, onStopRequested, readEnv, shapeConfig } from '#kernel';
import { commandLineCaller, type Role } from '#platform';
import type { Caller } from '#security';
import { openNode } from '../compose.ts';
import type { Node } from '../node.ts';
import { openOutput, type Output } from './output.ts';

export type CommandContext = { readonly node: Node; readonly output: Output; readonly caller: Caller };

/**
 * Runs one command on the node: attaches to the running node's database, or starts it for the command.
 * The person at the shell acts as `cli:<user>` through the same decision as everyone else, in the one duty that the
 * command is for: duties that must not meet in one person never meet in one call (三员分立).
 */
export async function withNode(
  options: { json?: boolean; duty?: Role },
  work: (context: CommandContext) => Promise<void>,
): Promise<void> {
  const config = shapeConfig(readEnv());
  const logger = createLogger(config.logLevel === 'info' ? 'warn' : config.logLevel);
  const output = openOutput(options.json === true);
  const node = await openNode({ config, logger, say: output.say });
  const stopListening = onStopRequested(() => node.close(), { logger, watchParent: false, exitCode: 130 });
  try {
    await work({ node, output, caller: commandLineCaller(userInfo().username, options.duty) });
  } finally {
    stopListening();
    await node.close();
  }
}
