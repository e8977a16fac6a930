import type { EnterpriseId } from '#kernel';
import type { LiveLoan, LoanEnd } from '#outcomes';

/** What a watch says of the loans behind it. */
export type WatchContent = {
  readonly enterpriseId: EnterpriseId;
  readonly institutionId: string;
  readonly branchId: string;
  readonly platformId: string | null;
  /** Beijing day. */
  readonly since: string;
  readonly loans: number;
  readonly balanceFen: bigint;
};

/** A watch as it stands in the list, under the id with which it was opened. */
export type ListedWatch = WatchContent & { readonly watchId: string };

export type EndedWatch = Pick<ListedWatch, 'enterpriseId' | 'watchId'> & {
  readonly reason: LoanEnd['reason'] | 'moved';
  readonly endedOn: string;
};

export type WatchChanges = {
  readonly opened: readonly WatchContent[];
  readonly changed: readonly ListedWatch[];
  readonly ended: readonly EndedWatch[];
};

/** One watch for each enterprise and institution with live loans; office and platform are those of the newest loan. */
export function watchesOf(
  loans: readonly LiveLoan[],
  branchOf: (loan: LiveLoan) => string,
): ReadonlyMap<string, WatchContent> {
  return new Map(
    [...Map.groupBy(loans, pairOf)].map(([pair, own]) => {
      const newest = own.reduce((last, loan) => (loan.disbursedOn > last.disbursedOn ? loan : last));
      const since = own.reduce(
        (first, { disbursedOn }) => (disbursedOn < first ? disbursedOn : first),
        newest.disbursedOn,
      );
      return [
        pair,
        {
          enterpriseId: newest.enterpriseId,
          institutionId: newest.institutionId,
          branchId: branchOf(newest),
          platformId: newest.platformId,
          since,
          loans: own.length,
          balanceFen: own.reduce((sum, { balanceFen }) => sum + balanceFen, 0n),
        },
      ];
    }),
  );
}

/**
 * What has to happen to the list so that it says what the loans say. A watch goes on without a gap while another loan
 * follows on one that ended, and so keeps its first day. `today` is a Beijing day.
 */
export function decideWatches(
  listed: readonly ListedWatch[],
  wanted: ReadonlyMap<string, WatchContent>,
  about: { readonly ends: readonly LoanEnd[]; readonly today: string },
): WatchChanges {
  const known = new Set(listed.map(pairOf));
  const endOf = new Map(about.ends.map((end) => [pairOf(end), end]));
  const changed: ListedWatch[] = [];
  const ended: EndedWatch[] = [];
  for (const watch of listed) {
    const content = wanted.get(pairOf(watch));
    if (content === undefined) ended.push(endWatch(watch, endOf.get(pairOf(watch)), about.today));
    else if (differs(watch, content))
      changed.push({ ...content, since: earlier(watch, content), watchId: watch.watchId });
  }
  const opened = [...wanted].filter(([pair]) => !known.has(pair)).map(([, content]) => content);
  return { opened, changed, ended };
}

/** An end before the watch began is one of an earlier loan: these loans are read under another enterprise now. */
function endWatch(watch: ListedWatch, end: LoanEnd | undefined, today: string): EndedWatch {
  const { enterpriseId, watchId } = watch;
  if (end === undefined || end.endedOn < watch.since)
    return { enterpriseId, watchId, reason: 'moved', endedOn: today };
  return { enterpriseId, watchId, reason: end.reason, endedOn: end.endedOn };
}

function differs(watch: ListedWatch, content: WatchContent): boolean {
  return (
    watch.branchId !== content.branchId ||
    watch.platformId !== content.platformId ||
    watch.loans !== content.loans ||
    watch.balanceFen !== content.balanceFen ||
    content.since < watch.since
  );
}

function earlier(watch: WatchContent, content: WatchContent): string {
  return watch.since < content.since ? watch.since : content.since;
}

/** Names who is watched for whom. */
export function pairOf(pair: {
  readonly enterpriseId: EnterpriseId;
  readonly institutionId: string;
}): string {
  return `${pair.enterpriseId} ${pair.institutionId}`;
}
