import type { EnterpriseId } from '#kernel';
import { SELF_LIMITS } from './self-limits.ts';
import { selfRefusal } from './self-refusals.ts';

/**
 * Bounds how many questions of one enterprise are under way at once in this process, so that one that asks for everything in
 * a loop takes nothing from others. Nobody is turned away for asking often; who does not wait for answers is.
 */
export class OwnTurns {
  readonly #busy = new Map<EnterpriseId, { running: number; readonly waiting: (() => void)[] }>();

  /** Does the work in the enterprise's turn. Throws `everything.busy` when too many wait. */
  async take<Result>(enterpriseId: EnterpriseId, work: () => Promise<Result>): Promise<Result> {
    const line = this.#busy.get(enterpriseId) ?? { running: 0, waiting: [] };
    this.#busy.set(enterpriseId, line);
    const { atOnceMax, waitingMax } = SELF_LIMITS;
    if (line.running >= atOnceMax) {
      if (line.waiting.length >= waitingMax) throw selfRefusal('everything.busy', { waitingMax });
      await new Promise<void>((resolve) => line.waiting.push(resolve)); // whoever ends hands its place on
    } else line.running += 1;
    try {
      return await work();
    } finally {
      const next = line.waiting.shift();
      if (next === undefined) {
        line.running -= 1;
        if (line.running === 0) this.#busy.delete(enterpriseId);
      } else next();
    }
  }
}
