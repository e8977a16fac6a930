import type { JSONColumnType } from 'kysely';

/** In which part of its life a model runs. */
export type ModelRole = 'champion' | 'challenger' | 'shadow';

export type RunState = 'running' | 'finished' | 'abandoned';

/** Tables of runs and scores; `bigint` and `date` columns arrive as text. */
export type RunTables = {
  'evaluation.runs': {
    run_no: string;
    run_id: string;
    kind: 'full' | 'incremental';
    role: ModelRole;
    state: RunState;
    model_hash: string;
    system_hash: string;
    grading_hash: string;
    indicators_hash: string;
    policy_hash: string;
    as_of: string;
    known_at: Date;
    base_run_no: string | null;
    since: Date | null;
    baseline: JSONColumnType<Record<string, number>>;
    baseline_run: string;
    sample_every: number;
    started_by: string;
    started_at: Date;
    finished_at: Date | null;
    enterprises: string | null;
    merkle_root: Buffer | null;
    figures: JSONColumnType<RunFigures> | null;
    receipt_id: string | null;
  };
  'evaluation.run_slices': {
    run_no: string;
    slice_no: number;
    from_id: string;
    until_id: string;
    ids: string[] | null;
    enterprises: number | null;
    digest: Buffer | null;
    figures: JSONColumnType<SliceFigures> | null;
    done_at: Date | null;
  };
  'evaluation.scores': {
    enterprise_id: string;
    run_no: string;
    score: number | null;
    covered_marks: number | null;
    ceilings: number;
    state: number;
    grade: number | null;
    grade_by_score: number | null;
    shown_grade: number | null;
    undisputed_score: number | null;
    undisputed_grade: number | null;
    noticed_until: string | null;
    bins: number[];
    reasons: number[];
  };
};

/** What is counted by; `migration` is `<grade before>><grade now>`, `-` for none. */
export type FigurePart = 'state' | 'grade' | 'migration' | 'size' | 'district' | 'industry';

/** Part, key, enterprises, those with a grade, sum of the marks covered of those evaluated. */
export type FigureLine = readonly [FigurePart, string, number, number, number];

export type SliceFigures = {
  readonly lines: readonly FigureLine[];
  /** Leaf, bin, enterprises of the sample with data in it. */
  readonly samples: readonly (readonly [number, number, number])[];
};

export type RunFigures = SliceFigures;
