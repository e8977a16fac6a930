import type { Responsible, TermKind, TermMatter, Words } from '../definition/term-kinds.ts';

/** One running or ended term as it stands. Days are Beijing dates. */
export type Term = {
  readonly matter: TermMatter;
  readonly term: TermKind;
  readonly responsible: Responsible;
  readonly startedAt: Date;
  readonly startedOn: string;
  /**
   * The last day on which it is met; null: the profile in force sets no limit for it, and nothing above it does. While the
   * clock stands still it is the day that held before.
   */
  readonly dueOn: string | null;
  /** False when a year on the way has no calendar announced by the State Council. */
  readonly dueIsCertain: boolean;
  /** The all-in limit of the matter ends before the term's own would. */
  readonly isCapped: boolean;
  /** `late`: ended after its day, or, where a reader says what day it is, past its day and still running. */
  readonly state: 'running' | 'stopped' | 'met' | 'late';
  readonly endedAt: Date | null;
  readonly lateDays: number;
  readonly isExtended: boolean;
  readonly citation: Words;
  /** Profile and version under which the day was reckoned, `beijing 1.0.0`. */
  readonly profile: string;
};
