import type { Clock, Database, KeyStore, Tx } from '#kernel';
import type { Catalogue } from '#lists';
import type { Permit, PolicySet, StatisticsFloor } from '#security';
import type { IndicatorBook } from '../indicators/indicator.ts';

/** One edition of an enterprise's grade. */
export type GradeEdition = {
  /** Beijing day that it was evaluated as of. */
  readonly asOf: string;
  readonly grade: string | null;
  /** 1/100 points; null towards whom points do not go. */
  readonly score: number | null;
};

/** Grades of the Permit's subject as far as its Permit goes, oldest first. */
export type ReadGradeHistory = (tx: Tx, permit: Permit) => Promise<readonly GradeEdition[]>;

/** What portraits need; made once by compose. */
export type PortraitContext = {
  readonly database: Database;
  readonly clock: Clock;
  readonly keys: KeyStore;
  readonly policies: PolicySet;
  readonly catalogue: Pick<Catalogue, 'contracts'>;
  readonly book: IndicatorBook;
  readonly readGradeHistory: ReadGradeHistory;
  /** Smallest group of which quantiles are given: in a smaller one they are somebody's own. */
  readonly peersFloor: StatisticsFloor;
};

export const PORTRAIT_LIMITS = Object.freeze({
  /** Three years of months: what the longest windows of penalties look back. */
  monthsMax: 36,
  /** Values kept of one group and indicator while its quantiles are computed: their error is about two per cent. */
  groupSampleMax: 1_000,
  /** Related enterprises shown; more are counted. */
  relationsMax: 20,
  /** A person or shareholder in more enterprises than this relates nobody: a registrar, a fund of funds, a common name. */
  sharedMax: 50,
});
