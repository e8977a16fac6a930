import { LIMITS } from './limits.ts';
import type { Logger } from './logger.ts';

export type StopReason = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'parent gone';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** How often the parent is looked at; a part of `LIMITS.stopMs`. */
const PARENT_CHECK_MS = 500;

/** One Ctrl-C arrives twice, from the terminal and passed on by npm; only what comes later is a second wish. */
const SAME_REQUEST_MS = 750;

/**
 * Calls the handler at the first request to stop, then ends the process with `exitCode`: 0 for a server, which
 * is meant to be stopped, 130 for a command that did not finish. A second press of Ctrl-C, a handler that
 * fails, or `LIMITS.stopMs` passing end it with 1. With `watchParent` (under npm and npx, which may die
 * without passing a signal on) a change of parent is such a request too.
 * Returns the function that stops listening, for work that has ended by itself.
 */
export function onStopRequested(
  handler: (reason: StopReason) => Promise<void>,
  options: { logger: Logger; watchParent: boolean; exitCode?: number },
): () => void {
  const { logger } = options;
  let asked = false;
  let isForceable = false;
  const stop = (reason: StopReason): void => {
    if (isForceable) end(1, 'stop forced');
    if (asked) return;
    asked = true;
    logger.info({ reason }, 'stopping');
    setTimeout(() => (isForceable = reason !== 'parent gone'), SAME_REQUEST_MS).unref();
    setTimeout(() => end(1, 'stop took too long'), LIMITS.stopMs - PARENT_CHECK_MS); // also keeps an idle process until the handler is done
    handler(reason).then(() => end(options.exitCode ?? 0, 'stopped'), failed);
  };
  const end = (code: number, message: string): void => {
    logger.info({ code }, message);
    process.exit(code);
  };
  const failed = (error: unknown): void => {
    logger.error({ error: error instanceof Error ? error.name : 'unknown' }, 'stop failed');
    end(1, 'stopped with an error');
  };
  const listeners = SIGNALS.map((name) => ({ name, listener: () => stop(name) }));
  for (const { name, listener } of listeners) process.on(name, listener);
  const watcher = options.watchParent ? watchParent(() => asked || stop('parent gone')) : undefined;
  return () => {
    clearInterval(watcher);
    for (const { name, listener } of listeners) process.off(name, listener);
  };
}

function watchParent(gone: () => void): NodeJS.Timeout {
  const parent = process.ppid;
  return setInterval(() => process.ppid === parent || gone(), PARENT_CHECK_MS).unref();
}
