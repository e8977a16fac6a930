/** Why something does not hold. A closed list: programs read it, people get a sentence for each. */
export type FaultReason =
  /** The file is not there. */
  | 'missing'
  /** Not the form that it should have. */
  | 'malformed'
  /** A signature by a known key does not hold. */
  | 'signature'
  /** No signature by a key of the log. */
  | 'unsigned'
  /** A line by nobody's key, where every key is known. */
  | 'unknown_signature'
  /** The checkpoint of another log. */
  | 'other_log'
  /** A checkpoint that stands in the wrong place, or twice. */
  | 'misplaced'
  /** Entry and tile disagree, and the signed root is with the other side, or with neither. */
  | 'altered'
  /** The entries do not give the signed root, and tiles that go with them do not say which one. */
  | 'root'
  /** A witness has signed another root for this size. */
  | 'split'
  /** A witness has seen a larger tree. */
  | 'rolled_back'
  /** No cosignature by this witness. */
  | 'not_cosigned';

/** The first thing in the log that does not hold. */
export type LogFault = {
  readonly what: 'keys' | 'checkpoint' | 'tile' | 'entry' | 'witness';
  /** Path of the file below the log's prefix, or the witness's name. */
  readonly path: string;
  readonly reason: FaultReason;
  /** Number of the entry, or of the hash in its tile, or the size that a checkpoint states. */
  readonly at?: number;
  /** With `root`: the broken entry is one of `at` to this one. */
  readonly to?: number;
};
