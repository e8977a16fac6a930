/** How the bad rate may go from bin to bin. `monotone` takes the better of ascending and descending. */
export const TRENDS = ['ascending', 'descending', 'monotone', 'peak', 'valley', 'none'] as const;
export type Trend = (typeof TRENDS)[number];

/** Values that are codes and no quantities, such as -999; they get a bin of their own under this name. */
export type Special = { readonly name: string; readonly values: readonly (number | string)[] };

/** What a binning has to keep. Shares are of all rows, specials and missing included. */
export type BinRules = {
  readonly trend: Trend;
  readonly prebins: 'tree' | 'quantile';
  readonly prebinsMax: number;
  readonly binsMin: number;
  readonly binsMax: number;
  readonly binShareMin: number;
  readonly goodsMin: number;
  readonly badsMin: number;
  /** Difference of bad rates between neighbours. */
  readonly rateDifferenceMin: number;
  /** Between neighbours, by the two-sided pooled two-proportion z-test (χ² with one degree, uncorrected); 1: none. */
  readonly pValueMax: number;
  /** Categories below this share of rows are pooled before anything else is looked at. */
  readonly rareShareMax: number;
  readonly specials: readonly Special[];
};

/** Cuts of numbers or groups of categories that a person gives: candidates, and those that must stay. */
export type GivenBins = {
  readonly cuts?: readonly number[];
  readonly fixedCuts?: readonly number[];
  readonly groups?: readonly (readonly string[])[];
  readonly fixedGroups?: readonly (readonly string[])[];
};

export const BIN_RULES: BinRules = Object.freeze({
  trend: 'monotone',
  prebins: 'tree',
  prebinsMax: 32,
  binsMin: 2,
  binsMax: 8,
  binShareMin: 0.05,
  goodsMin: 1,
  badsMin: 1,
  rateDifferenceMin: 0,
  pValueMax: 1,
  rareShareMax: 0.01,
  specials: Object.freeze([]),
});

/** Rows in the order in which bins may be joined: each pre-bin with what the search needs of it. */
export type Prebins = {
  readonly goods: Float64Array;
  readonly bads: Float64Array;
  /** 1 at a place where a bin must begin, by the place of the pre-bin. */
  readonly fixed: Uint8Array;
};

/** Weights of good and bad rows. */
export type Totals = { readonly goods: number; readonly bads: number };
