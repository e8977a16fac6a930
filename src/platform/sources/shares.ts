import type { SourceBook } from './source-book.ts';

/** What one institution has of a source now, beside what is everyone's equal share. */
export type SourceShare = {
  readonly sourceId: string;
  readonly contractId: string;
  /** Calls of the running minute: what the institution used, can be sure of, and could still make. */
  readonly minute: { readonly used: number; readonly share: number; readonly left: number };
  /** Calls at once, of the whole source in the process that answers. */
  readonly concurrency: { readonly running: number; readonly waiting: number; readonly share: number };
};

/** The shares of this institution in every connected interface. */
export function readSourceShares({ lanes }: SourceBook, institution: string): SourceShare[] {
  return [...lanes.values()].flatMap(({ source, gate, lines }) =>
    [...lines].map(([contractId, { capacity }]) => {
      const { used, share, left } = capacity.shares.standing(institution, capacity.allowed.perMinute);
      const concurrency = { ...gate.stateOf(institution), share: gate.state.share };
      return { sourceId: source.id, contractId, minute: { used, share, left }, concurrency };
    }),
  );
}
