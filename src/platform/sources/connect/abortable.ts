import { SourceFault } from '../fault.ts';

/**
 * Waits for work that cannot be called off itself, until the signal ends the wait with `timed_out`. What comes later
 * goes to `late`; a later failure is nobody's any more.
 */
export async function abortable<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
  late: (result: Result) => void = () => {},
): Promise<Result> {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const stop = (): void => {
    work.then(late, () => {});
    reject(new SourceFault('timed_out'));
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, ended]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
